// SPDX-License-Identifier: GPL-2.0
/* Options of the link type to attributes and back; naming the refused one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel.h"
#include "lib/attr.h"
#include "lib/link.h"
#include "lib/link_options_priv.h"
#include "lib/rtnl_priv.h"

/* Every option with a value that is not its default. */
static struct flc_link_options all_options(void)
{
	struct flc_link_options o = { 0 };
	unsigned int i;

	for (i = 0; i <= IFLA_FLANNEL_MAX; i++) {
		void *field = (char *)&o + flc_options[i].offset;

		if (!flc_options[i].word)
			continue;
		o.has[i] = true;
		switch (flc_options[i].type) {
		case FLC_OPTION_FLAG:
		case FLC_OPTION_BOOL:
			*(bool *)field = true;
			break;
		case FLC_OPTION_U8:
			*(uint8_t *)field = 0x80 + i;
			break;
		case FLC_OPTION_BE16:
			*(uint16_t *)field = 0x1200 + i;
			break;
		case FLC_OPTION_U32:
		case FLC_OPTION_BE32:
			*(uint32_t *)field = 0x12345600 + i;
			break;
		case FLC_OPTION_ADDR4:
			flc_addr_parse(field, "192.0.2.1");
			break;
		case FLC_OPTION_ADDR6:
			flc_addr_parse(field, "2001:db8::1");
			break;
		case FLC_OPTION_PORT_RANGE:
			o.port_range.low = 1000;
			o.port_range.high = 2000;
		}
	}
	return o;
}

static void test_round_trip(void **state)
{
	struct flc_link_options sent = all_options(), got = { 0 };
	const struct nlattr *tb[IFLA_FLANNEL_MAX + 1];
	char buf[2048] = "";
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *nest = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	unsigned int i;

	flc_link_options_put(nlh, &sent);
	mnl_attr_nest_end(nlh, nest);
	assert_true(flc_link_options_read(nest, &got));
	assert_memory_equal(&got, &sent, sizeof(got));

	/* Ours are in their nest, and rtnetlink accepts no number above 50. */
	assert_true(flc_attr_split_nest(nest, tb, IFLA_FLANNEL_MAX));
	for (i = IFLA_FLANNEL_OWN + 1; i <= IFLA_FLANNEL_MAX; i++)
		assert_null(tb[i]);
	assert_non_null(tb[IFLA_FLANNEL_OWN]);

	/* Network byte order where the kernel uses it. */
	assert_int_equal(mnl_attr_get_u16(tb[IFLA_FLANNEL_PORT]),
			 htons(sent.port));
	assert_int_equal(mnl_attr_get_u32(tb[IFLA_FLANNEL_LABEL]),
			 htonl(sent.label));
	assert_int_equal(mnl_attr_get_payload_len(tb[IFLA_FLANNEL_GBP]), 0);
}

static void test_unset(void **state)
{
	struct flc_link_options sent = { 0 }, got = { 0 };
	char buf[256] = "";
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *nest = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);

	FLC_OPTION(&sent, LEARNING, learning, false);
	FLC_OPTION(&sent, GBP, gbp, false);
	flc_link_options_put(nlh, &sent);
	mnl_attr_nest_end(nlh, nest);
	assert_true(flc_link_options_read(nest, &got));
	assert_true(got.has[IFLA_FLANNEL_LEARNING]);
	assert_false(got.learning);
	assert_false(got.has[IFLA_FLANNEL_GBP]);
	assert_false(got.has[IFLA_FLANNEL_OWN]);
}

static void test_malformed(void **state)
{
	struct flc_link_options got = { 0 };
	char buf[256] = "";
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *nest = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);

	mnl_attr_put_u8(nlh, IFLA_FLANNEL_ID, 1);
	mnl_attr_nest_end(nlh, nest);
	assert_false(flc_link_options_read(nest, &got));
}

/* The option for the place in the request that the kernel points to. */
static const char *refused_option;

static void refuse_option(const struct nlmsghdr *nlh)
{
	const char *at = (const char *)nlh;
	uint32_t offset;

	/* The value 77 occurs nowhere else. */
	for (offset = NLMSG_HDRLEN; offset < nlh->nlmsg_len; offset += 4)
		if (*(const uint32_t *)(at + offset) == 77)
			break;
	assert_true(offset < nlh->nlmsg_len);
	kernel_ack(nlh, EINVAL, "Not so", offset - 4, NULL);
}

static void check_refused(const struct flc_link_options *options)
{
	struct flc_link_config config = {
		.name = "f", .kind = "flannel", .options = options,
	};
	struct flc_error err = { 0 };
	struct flc_rtnl *rtnl;

	kernel_reset(refuse_option);
	kernel.rtnl = true;
	rtnl = flc_rtnl_open(&err);
	assert_non_null(rtnl);
	assert_int_equal(flc_link_add(rtnl, &config, NULL, &err), -EINVAL);
	assert_string_equal(err.text, refused_option);
	flc_rtnl_close(rtnl);
}

static void test_refused(void **state)
{
	struct flc_link_options options = { 0 };

	FLC_OPTION(&options, ID, id, 77);
	FLC_OPTION(&options, LEARNING, learning, true);
	refused_option = "cannot create device f: Not so (option id)";
	check_refused(&options);

	memset(&options, 0, sizeof(options));
	FLC_OPTION(&options, MISS_RETRY, miss_retry, 77);
	FLC_OPTION(&options, MODE, mode, 1);
	refused_option = "cannot create device f: Not so (option miss_retry)";
	check_refused(&options);
}

static void test_bad_config(void **state)
{
	struct flc_link_options options = { 0 };
	struct flc_link_config config = { .kind = "flannel" };
	struct flc_error err = { 0 };
	struct flc_rtnl *rtnl;

	kernel_reset(refuse_option);
	kernel.rtnl = true;
	rtnl = flc_rtnl_open(&err);
	assert_non_null(rtnl);
	assert_int_equal(flc_link_add(rtnl, &config, NULL, &err), -EINVAL);
	config.name = "a-name-that-is-too-long";
	assert_int_equal(flc_link_add(rtnl, &config, NULL, &err), -EINVAL);
	config.name = "dummy0";
	config.kind = "dummy";
	config.options = &options;
	assert_int_equal(flc_link_add(rtnl, &config, NULL, &err), -EINVAL);
	assert_int_equal(kernel.requests, 0);
	flc_rtnl_close(rtnl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_unset),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bad_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
