// SPDX-License-Identifier: GPL-2.0
/* Names and values of leases: flannel's formats of every age, and rubbish. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "network/lease_value.h"
#include "network/subnet_key.h"

static void test_key_round_trip(void **state)
{
	static const char *const names[] = {
		"10.5.52.0-24", "10.1.15.0-24&fc00::-64",
		"10.5.1.0-24&fc00:0:0:2::-64", "0.0.0.0-0&fc00:0:0:1::-64",
		"10.5.52.4-30",
	};
	struct subnets s;
	char buf[SUBNET_KEY_LEN];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(subnet_key_parse(&s, names[i]));
		assert_string_equal(subnet_key_format(&s, buf), names[i]);
	}
	assert_true(subnet_key_parse(&s, "0.0.0.0-0&fc00:0:0:1::-64"));
	assert_false(flc_prefix_is_set(&s.v4));
	assert_true(flc_prefix_is_set(&s.v6));
}

static void test_key_bad(void **state)
{
	static const char *const names[] = {
		"", "config", "10.5.52.0", "10.5.52.0-", "10.5.52.0-33",
		"10.5.52.0-32", "10.5.52-24", "10.5.52.0/24", "x-24",
		"10.5.52.0-24&", "10.5.52.0-24&fc00::", "fc00::-64",
		"10.5.52.0-24&fc00::-128", "10.5.52.0-24&10.5.53.0-24",
		"10.5.52.0--24", "10.5.52.0-24 ", "0.0.0.0-0",
		"10.5.52.0-24/x", "999.5.52.0-24",
		"1111111111111111111111111111111111111111111111111111111111-24",
	};
	struct subnets s;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (subnet_key_parse(&s, names[i]))
			fail_msg("accepted: \"%s\"", names[i]);
}

static void parse_good(struct lease_value *v, const char *json)
{
	char error[LEASE_VALUE_ERROR_LEN];

	if (!lease_value_parse(v, json, strlen(json), error))
		fail_msg("%s refused: %s", json, error);
}

/* What stock flannel writes comes back byte for byte. */
static void test_value_round_trip(void **state)
{
	static const char *const values[] = {
		"{\"PublicIP\":\"192.168.77.2\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"da:1c:46:6e:d1:14\"}}",
		"{\"PublicIP\":\"192.168.77.2\",\"PublicIPv6\":\"fd77::2\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"da:1c:46:6e:d1:14\"},\"BackendV6Data\":{\"VNI\":1,\"VtepMAC\":\"5e:1c:46:6e:d1:14\"}}",
		"{\"PublicIP\":\"192.168.77.2\",\"PublicIPv6\":null,\"BackendType\":\"host-gw\"}",
		"{\"PublicIP\":\"192.168.77.2\",\"PublicIPv6\":null}",
		"{\"PublicIP\":\"0.0.0.0\",\"PublicIPv6\":\"fd77::2\",\"BackendType\":\"vxlan\",\"BackendV6Data\":{\"VNI\":7,\"VtepMAC\":\"5e:1c:46:6e:d1:14\"}}",
	};
	struct lease_value v;
	char *text;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		parse_good(&v, values[i]);
		text = lease_value_format(&v);
		assert_string_equal(text, values[i]);
		free(text);
	}
}

static void test_value_old_formats(void **state)
{
	struct lease_value v;

	/* 0.10 and older: neither VNI nor PublicIPv6. */
	parse_good(&v, "{\"PublicIP\":\"10.0.0.1\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VtepMAC\":\"da:1c:46:6e:d1:14\"}}");
	assert_true(v.vtep4.has_mac);
	assert_false(v.vtep4.has_vni);
	assert_false(flc_addr_is_set(&v.public6));
	/* A reservation. */
	parse_good(&v, "{\"PublicIP\":\"192.168.78.2\"}");
	assert_string_equal(v.type, "");
	/* Another backend's data may be of any shape. */
	parse_good(&v, "{\"PublicIP\":\"192.168.78.2\",\"BackendType\":\"extension\",\"BackendData\":\"text\"}");
	assert_string_equal(v.type, "extension");
	assert_false(v.vtep4.has_mac);
}

static void test_value_bad(void **state)
{
	static const char *const values[] = {
		"", "null", "[]", "{", "7", "{\"PublicIP\":7}",
		"{\"PublicIP\":\"x\"}", "{\"PublicIP\":\"fd77::2\"}",
		"{\"PublicIPv6\":\"10.0.0.1\"}", "{\"BackendType\":{}}",
		"{\"BackendType\":\"vxlan\",\"BackendData\":\"x\"}",
		"{\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":-1}}",
		"{\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":\"1\"}}",
		"{\"BackendType\":\"vxlan\",\"BackendData\":{\"VtepMAC\":\"x\"}}",
		"{\"BackendType\":\"vxlan\",\"BackendData\":{\"VtepMAC\":\"01:00:5e:00:00:01\"}}",
		"{\"BackendType\":\"vxlan\",\"BackendData\":{\"VtepMAC\":\"00:00:00:00:00:00\"}}",
		"{\"BackendType\":\"vxlan\",\"BackendData\":{\"VtepMAC\":\"da:1c:46:6e:d1:14:55\"}}",
	};
	char error[LEASE_VALUE_ERROR_LEN];
	struct lease_value v;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		error[0] = '\0';
		if (lease_value_parse(&v, values[i], strlen(values[i]), error))
			fail_msg("accepted: %s", values[i]);
		assert_true(error[0]);
	}
}

/* Any damage to a good value must be seen or survived. */
static void test_value_mutated(void **state)
{
	static const char good[] =
		"{\"PublicIP\":\"192.168.77.2\",\"PublicIPv6\":\"fd77::2\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"da:1c:46:6e:d1:14\"}}";
	char error[LEASE_VALUE_ERROR_LEN], *copy;
	struct lease_value v;
	unsigned int n;
	size_t len;

	srand(1);
	for (n = 0; n < 20000; n++) {
		len = rand() % sizeof(good);
		copy = malloc(len ? len : 1);	/* exact: ASan sees any overrun */
		memcpy(copy, good, len);
		if (len)
			copy[rand() % len] = rand();
		lease_value_parse(&v, copy, len, error);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_round_trip),
		cmocka_unit_test(test_key_bad),
		cmocka_unit_test(test_value_round_trip),
		cmocka_unit_test(test_value_old_formats),
		cmocka_unit_test(test_value_bad),
		cmocka_unit_test(test_value_mutated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
