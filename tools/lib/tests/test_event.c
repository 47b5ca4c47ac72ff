// SPDX-License-Identifier: GPL-2.0
/*
 * Events: each kind, several in a datagram, lost ones, malformed ones; and a
 * million random bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel.h"
#include "lib/entry.h"
#include "lib/event_priv.h"
#include "lib/genl_priv.h"
#include "lib/rtnl_priv.h"

static struct flc_event seen[8];
static unsigned int n_seen;

static void see(const struct flc_event *event, void *ctx)
{
	assert_ptr_equal(ctx, seen);
	if (n_seen < 8)
		seen[n_seen] = *event;
	n_seen++;
}

static struct flc_event_sink sink = {
	.family	= KERNEL_FAMILY,
	.fn	= see,
	.ctx	= seen,
};

static int input(const void *data, size_t len, struct flc_error *err)
{
	n_seen = 0;
	return flc_listen_input(data, len, &flc_event_ops, &sink, err);
}

static struct nlmsghdr *begin(char *buf, uint8_t cmd)
{
	struct nlmsghdr *nlh = kernel_message(buf, KERNEL_FAMILY, 0, cmd);

	mnl_attr_put_u32(nlh, FLANNEL_A_IFINDEX, 7);
	mnl_attr_put_strz(nlh, FLANNEL_A_IFNAME, "flannel.1");
	return nlh;
}

static void put_miss(struct nlmsghdr *nlh)
{
	static const uint8_t subnet[4] = { 10, 244, 9, 0 };
	struct nlattr *nest = mnl_attr_nest_start(nlh, FLANNEL_A_MISS);

	mnl_attr_put_u8(nlh, FLANNEL_A_MISS_KIND, FLANNEL_MISS_L3);
	mnl_attr_put(nlh, FLANNEL_A_MISS_ADDRESS, 4, subnet);
	mnl_attr_put_u8(nlh, FLANNEL_A_MISS_PREFIX_LEN, 24);
	mnl_attr_put_u32(nlh, FLANNEL_A_MISS_SEQ, 42);
	mnl_attr_put_u8(nlh, FLANNEL_A_MISS_TRY, 3);
	mnl_attr_put_u64(nlh, FLANNEL_A_MISS_AGE, 1000);
	mnl_attr_nest_end(nlh, nest);
}

static void put_fdb(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, FLANNEL_A_FDB);
	struct flc_fdb fdb = { .port = 4789, .has_vni = true, .vni = 9 };

	flc_mac_parse(&fdb.mac, "02:00:00:00:00:09");
	flc_addr_parse(&fdb.remote, "2001:db8::9");
	flc_fdb_put(nlh, &fdb);
	mnl_attr_nest_end(nlh, nest);
}

static void put_lease(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, FLANNEL_A_LEASE);
	struct flc_lease lease = { 0 };

	flc_prefix_parse(&lease.subnet, "fd00:1::/64");
	flc_mac_parse(&lease.mac, "02:00:00:00:00:09");
	flc_addr_parse(&lease.remote4, "192.0.2.9");
	flc_lease_put(nlh, &lease);
	mnl_attr_nest_end(nlh, nest);
}

static void test_kinds(void **state)
{
	char buf[1024] = "", text[FLC_PREFIX_STRLEN];
	struct nlmsghdr *nlh;

	nlh = begin(buf, FLANNEL_CMD_MISS_NTF);
	put_miss(nlh);
	assert_int_equal(input(nlh, nlh->nlmsg_len, NULL), 1);
	assert_int_equal(seen[0].type, FLC_EVENT_MISS);
	assert_int_equal(seen[0].ifindex, 7);
	assert_string_equal(seen[0].name, "flannel.1");
	assert_string_equal(flc_prefix_text(&seen[0].miss.subnet, text),
			    "10.244.9.0/24");
	assert_int_equal(seen[0].miss.seq, 42);
	assert_int_equal(seen[0].miss.attempt, 3);
	assert_int_equal(seen[0].miss.age_ms, 1000);

	nlh = begin(buf, FLANNEL_CMD_LEASE_SET_NTF);
	put_lease(nlh);
	assert_int_equal(input(nlh, nlh->nlmsg_len, NULL), 1);
	assert_int_equal(seen[0].type, FLC_EVENT_LEASE_SET);
	assert_string_equal(flc_prefix_text(&seen[0].lease.subnet, text),
			    "fd00:1::/64");
	assert_false(seen[0].lease.used);

	nlh = begin(buf, FLANNEL_CMD_FDB_DEL_NTF);
	put_fdb(nlh);
	put_fdb(nlh);
	assert_int_equal(input(nlh, nlh->nlmsg_len, NULL), 2);
	assert_int_equal(seen[1].type, FLC_EVENT_FDB_DEL);
	assert_int_equal(seen[1].fdb.port, 4789);
	assert_true(seen[1].fdb.has_vni);
	assert_int_equal(seen[1].fdb.vni, 9);
}

static void test_others(void **state)
{
	struct nlmsghdr *nlh, *second, *third;
	struct flc_error err = { 0 };
	char buf[1024] = "";

	/* A command of a newer module; another family. */
	nlh = begin(buf, 200);
	assert_int_equal(input(nlh, nlh->nlmsg_len, &err), 0);
	nlh = begin(buf, FLANNEL_CMD_MISS_NTF);
	nlh->nlmsg_type++;
	assert_int_equal(input(nlh, nlh->nlmsg_len, &err), 0);
	assert_int_equal(n_seen, 0);

	nlh = begin(buf, FLANNEL_CMD_MISS_NTF);
	nlh->nlmsg_type = NLMSG_OVERRUN;
	assert_int_equal(input(nlh, nlh->nlmsg_len, &err), 1);
	assert_int_equal(seen[0].type, FLC_EVENT_LOST);

	nlh = begin(buf, FLANNEL_CMD_MISS_NTF);
	put_miss(nlh);
	nlh->nlmsg_len -= 4;	/* its last nest exceeds this */
	assert_int_equal(input(nlh, nlh->nlmsg_len, &err), -EBADMSG);
	assert_int_equal(n_seen, 1);
	assert_int_equal(seen[0].type, FLC_EVENT_LOST);

	/* The same, twice, before a valid one */
	second = begin(buf + nlh->nlmsg_len, FLANNEL_CMD_MISS_NTF);
	put_miss(second);
	second->nlmsg_len -= 4;
	third = begin(buf + nlh->nlmsg_len + second->nlmsg_len, FLANNEL_CMD_MISS_NTF);
	put_miss(third);
	assert_int_equal(input(nlh, nlh->nlmsg_len + second->nlmsg_len + third->nlmsg_len,
			       &err), -EBADMSG);
	assert_int_equal(n_seen, 2);
	assert_int_equal(seen[0].type, FLC_EVENT_LOST);
	assert_int_equal(seen[1].type, FLC_EVENT_MISS);

	nlh = begin(buf, FLANNEL_CMD_FDB_SET_NTF);
	mnl_attr_put(nlh, FLANNEL_A_FDB, 0, NULL);
	assert_int_equal(input(nlh, nlh->nlmsg_len, &err), -EBADMSG);
}

/* The socket: lost events, messages from another sender, and an endless stream. */
static void test_process(void **state)
{
	struct flc_events *events;
	struct flc_error err = { 0 };
	struct nlmsghdr *nlh;
	char buf[1024] = "";

	kernel_reset(kernel_describe_family);
	/* Joining a group is impossible here, so none is requested. */
	events = flc_events_open(0, 65536, &err);
	if (!events)
		fail_msg("%s", err.text);
	n_seen = 0;
	assert_int_equal(flc_events_process(events, see, seen, &err), 0);

	nlh = begin(buf, FLANNEL_CMD_MISS_NTF);
	put_miss(nlh);
	kernel_queue(nlh, nlh->nlmsg_len, 1234);	/* not the kernel */
	kernel_send(nlh);
	kernel_queue(NULL, -ENOBUFS, 0);
	kernel_send(nlh);
	assert_int_equal(flc_events_process(events, see, seen, &err), 3);
	assert_int_equal(n_seen, 3);
	assert_int_equal(seen[0].type, FLC_EVENT_MISS);
	assert_int_equal(seen[1].type, FLC_EVENT_LOST);
	assert_int_equal(seen[2].type, FLC_EVENT_MISS);

	kernel_queue(NULL, -EIO, 0);
	assert_int_equal(flc_events_process(events, see, seen, &err), -EIO);
	flc_events_close(events);
	flc_events_close(NULL);
	kernel_reset(NULL);
}

static uint32_t state32 = 1;

static uint32_t any(uint32_t below)
{
	state32 = state32 * 1664525 + 1013904223;
	return (state32 >> 8) % below;
}

static void put_anything(char *buf, unsigned int round)
{
	struct nlmsghdr *nlh;

	nlh = begin(buf, FLANNEL_CMD_MISS_NTF + round % 5);
	put_miss(nlh);
	put_lease(nlh);
	put_fdb(nlh);
}

/* Messages with modified bytes; sanitisers detect errors. */
static void test_nonsense(void **state)
{
	static const uint16_t rtm[] = { 16, 20, 24, 28 };
	unsigned int round, i, flips;
	struct flc_link link;
	struct flc_ipaddr ipaddr;
	struct flc_route route;
	struct flc_neigh neigh;
	struct nlmsghdr *nlh;
	uint32_t len;
	char *exact, buf[1024];

	for (round = 0; round < 100000; round++) {
		memset(buf, 0, sizeof(buf));
		put_anything(buf, round);
		nlh = (struct nlmsghdr *)buf;
		len = nlh->nlmsg_len;
		flips = 1 + any(6);
		for (i = 0; i < flips; i++)
			buf[NLMSG_HDRLEN + any(len - NLMSG_HDRLEN)] = any(256);
		if (!any(4))
			len = NLMSG_HDRLEN + any(len - NLMSG_HDRLEN);
		nlh->nlmsg_len = len;
		/* Exactly sized, so that an access beyond it is detected. */
		exact = malloc(len);
		memcpy(exact, buf, len);
		input(exact, len, NULL);
		nlh = (struct nlmsghdr *)exact;
		nlh->nlmsg_type = rtm[round % 4];
		memset(&link, 0, sizeof(link));
		memset(&ipaddr, 0, sizeof(ipaddr));
		memset(&route, 0, sizeof(route));
		memset(&neigh, 0, sizeof(neigh));
		flc_link_decode(nlh, &link, NULL);
		flc_ipaddr_decode(nlh, &ipaddr, NULL);
		flc_route_decode(nlh, &route, NULL);
		flc_neigh_decode(nlh, &neigh, NULL);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
