// SPDX-License-Identifier: GPL-2.0
/* Regular expressions as flanneld's users write them, and hostile ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <time.h>

#include "base/pattern.h"
#include "base/util.h"

static int finds(const char *text, const char *subject)
{
	struct flc_error err = { 0 };
	struct pattern *pattern = pattern_new(text, &err);
	int ret;

	if (!pattern)
		fail_msg("%s: %s", text, err.text);
	ret = pattern_finds(pattern, subject, &err);
	pattern_free(pattern);
	return ret;
}

static void test_syntax(void **state)
{
	static const struct {
		const char *pattern, *yes, *no;
	} cases[] = {
		{ "eth\\d", "eth0", "ethx" },
		{ "^198\\.51\\.100\\.\\d+$", "198.51.100.17", "198.51.100.1x" },
		{ "^\\w+$", "bond0_a", "bond0.17" },
		{ "(?i)^ETH0$", "eth0", "eth1" },
		{ "(?i:e)th", "Eth0", "eTH0" },
		{ "^(eth|ens?)\\d{1,3}$", "ens192", "ens1920" },
		{ "^10\\.0\\.(?P<rack>\\d+)\\.", "10.0.7.1", "10.1.7.1" },
		{ "^[[:alpha:]]+[[:digit:]]$", "eno1", "eno1np0" },
		{ "\\bp\\d\\b", "vlan p1", "enp1s0" },
		{ "\\Aeth0\\z", "eth0", "eth00" },
		{ "^[^.]*$", "eth0", "eth0.5" },
		{ "^\\S+?0", "eth0", "eth1" },
		{ "113\\.2$", "203.0.113.2", "203.0.113.20" },
		{ "^2001:db8:\\w*::", "2001:db8:100::1", "2001:db8:1:2::1" },
		{ "^\\Qeth0.5\\E$", "eth0.5", "eth0x5" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (finds(cases[i].pattern, cases[i].yes) != 1)
			fail_msg("%s does not match %s", cases[i].pattern,
				 cases[i].yes);
		if (finds(cases[i].pattern, cases[i].no) != 0)
			fail_msg("%s matches %s", cases[i].pattern,
				 cases[i].no);
	}
	assert_int_equal(finds("", "eth0"), 1);
}

static void assert_bad(const char *text, const char *where)
{
	struct flc_error err = { 0 };

	assert_null(pattern_new(text, &err));
	assert_int_equal(err.code, EINVAL);
	if (!strstr(err.text, "is not a valid regular expression") ||
	    !strstr(err.text, where))
		fail_msg("%s: %s", text, err.text);
	/* Who asks for no words gets none. */
	assert_null(pattern_new(text, NULL));
}

static void test_bad(void **state)
{
	assert_bad("eth[0", "at character 6");
	assert_bad("eth0)", "unmatched closing parenthesis, at character 5");
	assert_bad("*", "quantifier does not follow a repeatable item, at character 1");
	assert_bad("ab\\", "at character 4");
	assert_bad("a\\Cb", "at character 4");
	assert_bad("(?z)", "at character 3");
}

/* Each of these would be tried in more ways than there are atoms. */
static void test_bounds(void **state)
{
	static const char *const costly[] = {
		"^(a+)+$", "^(a|a)*$", "^(\\w*)*\\d$", "(((a*)*)*)*[bc]$",
	};
	char subject[65];
	clock_t begin = clock();
	size_t i;

	memset(subject, 'a', sizeof(subject) - 2);
	subject[sizeof(subject) - 2] = '!';
	subject[sizeof(subject) - 1] = '\0';
	for (i = 0; i < ARRAY_SIZE(costly); i++)
		if (finds(costly[i], subject) != -ELOOP)
			fail_msg("%s is tried to its end", costly[i]);
	/*
	 * 30 ms of the processor (a busy machine does not matter); by the
	 * limits of the library itself it would be a second.
	 */
	assert_true(clock() - begin < CLOCKS_PER_SEC / 3);
	/* Recursion has an end of its own. */
	assert_true(finds("^(a(?1)?b|a(?1))*$", subject) <= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
