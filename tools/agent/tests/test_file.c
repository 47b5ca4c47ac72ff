// SPDX-License-Identifier: GPL-2.0
/* Files that are replaced as a whole: nothing is followed, nothing is half. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"

static char dir[] = "/tmp/test_file.XXXXXX";
static char path[64], other[64], temporary[96];

static void put(const char *name, const char *text)
{
	FILE *file = fopen(name, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void assert_text(const char *name, const char *text)
{
	char seen[64] = "";
	FILE *file = fopen(name, "re");

	assert_non_null(file);
	if (!fgets(seen, sizeof(seen), file))
		seen[0] = '\0';
	fclose(file);
	assert_string_equal(seen, text);
}

static unsigned int mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(name, &st), 0);
	return st.st_mode;
}

static void test_replace(void **state)
{
	struct stat like;

	umask(077);
	assert_int_equal(file_replace(path, "one", 3, NULL), 0);
	assert_text(path, "one");
	assert_int_equal(mode_of(path), S_IFREG | 0644);

	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(stat(path, &like), 0);
	assert_int_equal(file_replace(path, "two", 3, &like), 0);
	assert_text(path, "two");
	assert_int_equal(mode_of(path), S_IFREG | 0640);
}

/* Somebody who may write the folder guesses the name of the new file. */
static void test_link_in_the_way(void **state)
{
	put(other, "secret");
	assert_int_equal(chmod(other, 0600), 0);
	assert_int_equal(symlink(other, temporary), 0);
	assert_int_equal(file_replace(path, "three", 5, NULL), 0);
	assert_text(other, "secret");
	assert_int_equal(mode_of(other), S_IFREG | 0600);
	assert_text(path, "three");
	assert_int_equal(mode_of(path), S_IFREG | 0644);
	assert_int_equal(access(temporary, F_OK), -1);
}

static void test_short_write(void **state)
{
	struct rlimit old, small = { 0 };
	static char data[8192];

	memset(data, 'x', sizeof(data));
	put(path, "before");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_cur = 4096;
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	/* The first write is short and tells no error; the second one does. */
	errno = EPERM;
	assert_int_equal(file_replace(path, data, sizeof(data), NULL), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_text(path, "before");
	assert_int_equal(access(temporary, F_OK), -1);
}

static void test_no_folder(void **state)
{
	assert_int_equal(file_replace("/nonexistent/file", "x", 1, NULL),
			 -ENOENT);
}

static void test_has(void **state)
{
	put(path, "four");
	assert_true(file_has(path, "four", 4));
	assert_false(file_has(path, "five", 4));
	assert_false(file_has(path, "fou", 3));
	assert_false(file_has(path, "fours", 5));
	assert_false(file_has("/nonexistent/file", "x", 1));
	assert_false(file_has(dir, "", 0));
	unlink(other);
	assert_int_equal(symlink(path, other), 0);
	assert_false(file_has(other, "four", 4));
}

static int make_folder(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	snprintf(temporary, sizeof(temporary), "%s.%d.new", path, getpid());
	return 0;
}

static int remove_folder(void **state)
{
	unlink(path);
	unlink(other);
	unlink(temporary);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_link_in_the_way),
		cmocka_unit_test(test_short_write),
		cmocka_unit_test(test_no_folder),
		cmocka_unit_test(test_has),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
