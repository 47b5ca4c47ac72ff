// SPDX-License-Identifier: GPL-2.0
/* subnet.env and the options of Docker: as they shall be, whatever is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "network/subnet_env.h"

static const char right[] =
	"FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.3.1/24\n"
	"FLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n";

static char dir[] = "/tmp/test_subnet_env.XXXXXX";
static char folder[64], path[80];
static struct subnet_env env = { .mtu = 1450, .ip_masq = true };

static void put(const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void assert_right(void)
{
	char seen[512] = "";
	FILE *file = fopen(path, "re");
	struct stat st;

	assert_non_null(file);
	assert_true(fread(seen, 1, sizeof(seen) - 1, file) > 0);
	fclose(file);
	assert_string_equal(seen, right);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void assert_comes_back(void)
{
	struct flc_error err = { 0 };

	if (subnet_env_keep(path, &env, &err) != 1)
		fail_msg("not written: %s", err.text);
	assert_right();
	assert_int_equal(subnet_env_keep(path, &env, &err), 0);
}

static void test_comes_back(void **state)
{
	struct stat before, after;

	/* No folder at all. */
	assert_comes_back();
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(subnet_env_keep(path, &env, NULL), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);

	assert_int_equal(unlink(path), 0);
	assert_comes_back();
	assert_int_equal(unlink(path) || rmdir(folder), 0);
	assert_comes_back();
	put("");
	assert_comes_back();
	put("FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.4.1/24\n"
	    "FLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n");
	assert_comes_back();
	put(right);
	assert_int_equal(truncate(path, sizeof(right) + 5), 0);
	assert_comes_back();

	/* What would make a reader wait, or lead elsewhere. */
	assert_int_equal(unlink(path) || mkfifo(path, 0644), 0);
	assert_comes_back();
	assert_int_equal(unlink(path) || symlink("/dev/zero", path), 0);
	assert_comes_back();
	assert_int_equal(access("/dev/zero", R_OK), 0);
}

static void test_error(void **state)
{
	struct flc_error err = { 0 };

	assert_int_equal(unlink(path) || mkdir(path, 0755), 0);
	assert_true(subnet_env_keep(path, &env, &err) < 0);
	assert_non_null(strstr(err.text, "cannot write"));
	assert_non_null(strstr(err.text, path));
	assert_true(docker_opts_keep(path, &env, NULL) < 0);
	assert_int_equal(rmdir(path), 0);
	assert_comes_back();
}

static void test_docker(void **state)
{
	assert_int_equal(docker_opts_keep(path, &env, NULL), 1);
	assert_int_equal(docker_opts_keep(path, &env, NULL), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(docker_opts_keep(path, &env, NULL), 1);
}

static int make_folder(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(folder, sizeof(folder), "%s/run", dir);
	snprintf(path, sizeof(path), "%s/subnet.env", folder);
	return !flc_prefix_parse(&env.network4, "10.244.0.0/16") ||
	       !flc_prefix_parse(&env.subnets.v4, "10.244.3.0/24");
}

static int remove_folder(void **state)
{
	unlink(path);
	rmdir(folder);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_docker),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
