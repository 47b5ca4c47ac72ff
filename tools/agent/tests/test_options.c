// SPDX-License-Identifier: GPL-2.0
/* The command line: Go's flag syntax, the environment, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/options.h"
#include "base/secret.h"
#include "base/util.h"

#define READ(opt, ...)							\
	({								\
		char *argv_[] = { "flannel-agent", ##__VA_ARGS__, NULL };\
		options_read(opt, ARRAY_SIZE(argv_) - 1, argv_);	\
	})

static void test_defaults(void **state)
{
	struct options opt;

	assert_int_equal(READ(&opt), OPTIONS_RUN);
	assert_string_equal(opt.etcd_endpoints,
			    "http://127.0.0.1:4001,http://127.0.0.1:2379");
	assert_string_equal(opt.etcd_prefix, "/coreos.com/network");
	assert_string_equal(opt.subnet_file, "/run/flannel/subnet.env");
	assert_int_equal(opt.subnet_lease_renew_margin, 60);
	assert_int_equal(opt.iptables_resync, 5);
	assert_false(opt.ip_masq);
	assert_true(opt.iptables_forward_rules);
	assert_int_equal(opt.iface.count, 0);
	assert_int_equal(opt.populate_mode, POPULATE_EAGER);
	options_free(&opt);
}

static void test_syntax(void **state)
{
	struct options opt;

	assert_int_equal(READ(&opt, "-etcd-prefix", "/a", "--public-ip=1.2.3.4",
			      "--iface", "eth0", "-iface=eth1", "-ip-masq",
			      "--iptables-forward-rules=false", "-v=0x2",
			      "--populate=lazy"), OPTIONS_RUN);
	assert_string_equal(opt.etcd_prefix, "/a");
	assert_string_equal(opt.public_ip, "1.2.3.4");
	assert_int_equal(opt.iface.count, 2);
	assert_string_equal(opt.iface.items[0], "eth0");
	assert_string_equal(opt.iface.items[1], "eth1");
	assert_true(opt.ip_masq);
	assert_false(opt.iptables_forward_rules);
	assert_int_equal(opt.verbosity, 2);
	assert_int_equal(opt.populate_mode, POPULATE_LAZY);
	options_free(&opt);
}

static void test_refused(void **state)
{
	struct options opt;

	assert_int_equal(READ(&opt, "--nonsense"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "---v=1"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--ip-masq", "false"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--ip-masq=yes"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--healthz-port=x"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--healthz-port=65536"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--etcd-prefix"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--subnet-lease-renew-margin=0"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--subnet-lease-renew-margin=1440"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--kubeconfig-file=x"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--kube-subnet-mgr", "--store-file=x"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--kube-subnet-mgr", "--kubeconfig-file=x"), OPTIONS_RUN);
	assert_int_equal(READ(&opt, "--populate=some"), OPTIONS_BAD);
	assert_int_equal(READ(&opt, "--iface-regex=eth[0"), OPTIONS_BAD);
	options_free(&opt);
	assert_int_equal(READ(&opt, "--iface-regex=(?i)^ETH\\d$", "--iface-regex=*"),
			 OPTIONS_BAD);
	options_free(&opt);
	assert_int_equal(READ(&opt, "--version"), OPTIONS_DONE);
	assert_int_equal(READ(&opt, "-h"), OPTIONS_DONE);
}

static void test_environment(void **state)
{
	struct options opt;

	setenv("FLANNELD_ETCD_PREFIX", "/env", 1);
	setenv("FLANNELD_PUBLIC_IP", "9.9.9.9", 1);
	setenv("FLANNELD_IP_MASQ", "true", 1);
	setenv("FLANNELD_HEALTHZ_PORT", "nonsense", 1);
	assert_int_equal(READ(&opt, "--public-ip=1.1.1.1"), OPTIONS_RUN);
	assert_string_equal(opt.etcd_prefix, "/env");
	assert_string_equal(opt.public_ip, "1.1.1.1");
	assert_true(opt.ip_masq);
	assert_int_equal(opt.healthz_port, 0);
	options_free(&opt);
	unsetenv("FLANNELD_ETCD_PREFIX");
	unsetenv("FLANNELD_PUBLIC_IP");
	unsetenv("FLANNELD_IP_MASQ");
	unsetenv("FLANNELD_HEALTHZ_PORT");
}

/* A file of one line below $CREDENTIALS_DIRECTORY */
static void put_credential(const char *folder, const char *flag, const char *line)
{
	char *path = xasprintf("%s/flannel-agent.%s", folder, flag);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fprintf(file, "%s", line);
	fclose(file);
	free(path);
}

static void test_credentials(void **state)
{
	char folder[] = "/tmp/flannel-test.XXXXXX", error[256] = "";
	struct options opt;
	char *password;

	assert_non_null(mkdtemp(folder));
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	put_credential(folder, "etcd-password-file", "s3cret\nnot this\n");
	put_credential(folder, "etcd-cafile", "");
	assert_int_equal(READ(&opt, "--etcd-cafile=/mine"), OPTIONS_RUN);
	assert_string_equal(opt.etcd_cafile, "/mine");
	assert_string_equal(opt.etcd_keyfile, "");
	assert_non_null(strstr(opt.etcd_password_file, folder));
	password = secret_read(opt.etcd_password_file, error, sizeof(error));
	assert_string_equal(password, "s3cret");
	free(password);
	options_free(&opt);

	/* What is given counts. */
	assert_int_equal(READ(&opt, "--etcd-password=x"), OPTIONS_RUN);
	assert_string_equal(opt.etcd_password_file, "");
	assert_non_null(strstr(opt.etcd_cafile, folder));
	assert_null(secret_read(opt.etcd_cafile, error, sizeof(error)));
	assert_non_null(strstr(error, "no password"));
	assert_null(secret_read("/nonexistent", error, sizeof(error)));
	assert_non_null(strstr(error, "cannot read"));
	options_free(&opt);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(READ(&opt, "--etcd-password=x", "--etcd-password-file=/y"),
			 OPTIONS_BAD);
	options_free(&opt);
	assert_int_equal(READ(&opt, "--release", "--hand-over"), OPTIONS_BAD);
	options_free(&opt);
	unlink(strcat(strcpy(error, folder), "/flannel-agent.etcd-password-file"));
	unlink(strcat(strcpy(error, folder), "/flannel-agent.etcd-cafile"));
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
