// SPDX-License-Identifier: GPL-2.0
/*
 * Arguments to options and back: what ip(8) would show is parsed to the same
 * options. The functions of ip(8) are emulated here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "iproute2.h"
#include "parse.h"
#include "print.h"

/* The text that was printed, and the error message. */
static char shown[4096], complaint[256];
static jmp_buf complained;

int preferred_family;

void invarg(const char *msg, const char *arg)
{
	snprintf(complaint, sizeof(complaint), "%s: %s", arg, msg);
	longjmp(complained, 1);
}

void missarg(const char *key)
{
	snprintf(complaint, sizeof(complaint), "%s: missing", key);
	longjmp(complained, 1);
}

void duparg(const char *key, const char *arg)
{
	snprintf(complaint, sizeof(complaint), "%s: %s: twice", key, arg);
	longjmp(complained, 1);
}

unsigned int ll_name_to_index(const char *name)
{
	return strcmp(name, "eth0") ? 0 : 7;
}

const char *ll_index_to_name(unsigned int index)
{
	return index == 7 ? "eth0" : "?";
}

int rtnl_dsfield_a2n(uint32_t *id, const char *arg)
{
	char *end;

	*id = strtoul(arg, &end, 16);
	return *end ? -1 : 0;
}

static bool is_text(enum output_type type)
{
	return type & (PRINT_FP | PRINT_ANY);
}

void print_color_string(enum output_type type, enum color_attr color,
			const char *key, const char *fmt, const char *value)
{
	size_t used = strlen(shown);

	if (!is_text(type))
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(shown + used, sizeof(shown) - used, fmt, value);
#pragma GCC diagnostic pop
}

void print_color_uint(enum output_type type, enum color_attr color,
		      const char *key, const char *fmt, unsigned int value)
{
	size_t used = strlen(shown);

	if (!is_text(type))
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(shown + used, sizeof(shown) - used, fmt, value);
#pragma GCC diagnostic pop
}

void print_color_bool(enum output_type type, enum color_attr color,
		      const char *key, const char *fmt, bool value)
{
	assert_int_equal(type, PRINT_JSON);
}

void open_json_object(const char *str)
{
}

void close_json_object(void)
{
}

/* Read @text; complaint is empty if it was accepted. */
static const char *parse(const char *text, struct flc_link_options *options)
{
	static char words[4096];
	const char *unknown = NULL;
	char *argv[128], *save, *word;
	volatile int argc = 0;

	strcpy(words, text);
	for (word = strtok_r(words, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	memset(options, 0, sizeof(*options));
	complaint[0] = '\0';
	if (!setjmp(complained))
		unknown = flc_parse_options(argc, argv, options);
	return unknown;
}

static void parse_good(const char *text, struct flc_link_options *options)
{
	const char *unknown = parse(text, options);

	if (unknown || *complaint)
		fail_msg("\"%s\" is refused: %s%s", text,
			 unknown ? unknown : "", complaint);
}

static void test_round_trip(void **state)
{
	static const char *const texts[] = {
		"id 5 mode l3 local 192.0.2.1 local 2001:db8::1 dev eth0",
		"remote 192.0.2.9 srcport 1000 2000 dstport 8472 ttl 9 tos 0x10",
		"ttl inherit tos inherit df set flowlabel 0xfffff gbp",
		"df inherit udpcsum udp6zerocsumtx udp6zerocsumrx localbypass",
		"noudpcsum noudp6zerocsumtx noudp6zerocsumrx nolocalbypass",
		"learning proxy l2miss l3miss ageing 5 maxaddress 6",
		"nolearning nol2miss nol3miss ageing none",
		"rpf strict fastpath on notrack subnet_len 20 subnet_len6 60",
		"rpf loose fastpath auto nonotrack miss_entries 1 miss_bytes 2",
		"miss_entry_bytes 3 miss_retry 4 miss_tries 5 miss_negative 6",
		"lease_idle 7 rpf_entries 8 rpf_rate 9",
	};
	struct flc_link_options first, second;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		parse_good(texts[i], &first);
		shown[0] = '\0';
		flc_print_options(&first);
		parse_good(shown, &second);
		if (memcmp(&first, &second, sizeof(first)))
			fail_msg("\"%s\" is shown as \"%s\"", texts[i], shown);
	}
}

static void test_values(void **state)
{
	struct flc_link_options o;

	parse_good("vni 16777215 port 1 65535 port 99 hoplimit auto dsfield 3", &o);
	assert_int_equal(o.id, 16777215);
	assert_int_equal(o.port_range.low, 1);
	assert_int_equal(o.port_range.high, 65535);
	assert_int_equal(o.port, 99);
	assert_true(o.has[IFLA_FLANNEL_TTL]);
	assert_int_equal(o.ttl, 0);
	assert_int_equal(o.tos, 3);

	parse_good("local any remote any maxaddress unlimited", &o);
	assert_true(o.has[IFLA_FLANNEL_LOCAL] && o.has[IFLA_FLANNEL_LOCAL6]);
	assert_true(flc_addr_is_any(&o.local) && flc_addr_is_any(&o.local6));
	assert_true(o.has[IFLA_FLANNEL_REMOTE]);
	assert_false(o.has[IFLA_FLANNEL_REMOTE6]);
	assert_true(o.has[IFLA_FLANNEL_LIMIT]);
	preferred_family = AF_INET6;
	parse_good("remote any", &o);
	assert_true(o.has[IFLA_FLANNEL_REMOTE6]);
	preferred_family = AF_UNSPEC;

	parse_good("", &o);
	assert_string_equal(parse("id 5 bogus 7", &o), "bogus");
	assert_string_equal(parse("help", &o), "help");
	/* "off" is valid only for options that can be off. */
	assert_string_equal(parse("nogbp", &o), "nogbp");
	assert_string_equal(parse("noid 5", &o), "noid");
}

static void test_wrong(void **state)
{
	static const char *const wrong[][2] = {
		{ "id 4294967296", "id must be a number of 32 bits" },
		{ "id -1", "id must be a number" },
		{ "id 1x", "id must be a number" },
		{ "id", "id: missing" },
		{ "id 1 id 2", "twice" },
		{ "id 1 vni 2", "twice" },
		{ "learning nolearning", "twice" },
		{ "local 192.0.2.1 local 192.0.2.2", "twice" },
		{ "local nowhere", "address is expected" },
		{ "remote 2001:db8::1 remote any remote any", "twice" },
		{ "dev eth1", "no such device" },
		{ "dstport 65536", "dstport must be a number of 16 bits" },
		{ "srcport 1", "missing" },
		{ "srcport 1 65536", "srcport must be a number" },
		{ "ttl 256", "ttl must be" },
		{ "ttl forever", "ttl must be" },
		{ "tos 100", "tos must be" },
		{ "tos zz", "tos must be" },
		{ "df maybe", "df must be unset, set or inherit" },
		{ "mode l2", "mode must be ethernet or l3" },
		{ "rpf on", "rpf must be off, loose or strict" },
		{ "fastpath yes", "fastpath must be off, auto or on" },
		{ "flowlabel 0x100000000", "flowlabel must be" },
		{ "ageing never", "ageing must be" },
		{ "subnet_len 256", "subnet_len must be a number of 8 bits" },
		{ "subnet_len6 -1", "subnet_len6 must be a number of 8 bits" },
		{ "miss_retry 5s", "miss_retry must be a number of 32 bits" },
	};
	struct flc_link_options o;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		parse(wrong[i][0], &o);
		if (!strstr(complaint, wrong[i][1]))
			fail_msg("\"%s\": \"%s\" is not in \"%s\"", wrong[i][0],
				 wrong[i][1], complaint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
