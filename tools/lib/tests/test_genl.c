// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to the family and their answers, against a kernel of the test's own:
 * batches and the entry that is refused, dumps that are interrupted, answers
 * that are malformed or not for us.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel.h"
#include "lib/attr.h"
#include "lib/dev.h"
#include "lib/entry.h"
#include "lib/genl_priv.h"

#define IFINDEX	7

static struct flc_lease make_lease(unsigned int i)
{
	struct flc_lease lease = { .subnet.len = 28 };
	uint8_t bytes[4] = { 10, i >> 12, i >> 4, i << 4 };

	lease.subnet.addr = flc_addr_make(AF_INET, bytes);
	flc_mac_parse(&lease.mac, "02:00:00:00:00:01");
	flc_addr_parse(&lease.remote4, "192.0.2.1");
	if (i % 2)
		flc_addr_parse(&lease.remote6, "2001:db8::1");
	if (i % 3)
		lease.flags = FLANNEL_LEASE_F_PERMANENT;
	return lease;
}

static struct flc_genl *open_genl(void (*handle)(const struct nlmsghdr *nlh))
{
	struct flc_error err = { 0 };
	struct flc_genl *genl;

	kernel_reset(handle);
	genl = flc_genl_open(&err);
	if (!genl)
		fail_msg("%s", err.text);
	return genl;
}

static void refuse_nothing(const struct nlmsghdr *nlh)
{
	kernel_ack(nlh, 0, NULL, 0, NULL);
}

static void test_open(void **state)
{
	struct flc_error err = { 0 };
	struct flc_genl *genl = open_genl(refuse_nothing);

	assert_int_equal(flc_genl_family(genl)->id, KERNEL_FAMILY);
	assert_int_equal(flc_genl_family(genl)->miss, 100);
	assert_int_equal(flc_genl_family(genl)->change, 101);
	flc_genl_close(genl);
	flc_genl_close(NULL);

	kernel_reset(NULL);
	assert_null(flc_genl_open(&err));
	assert_int_equal(err.code, ENOENT);
	assert_non_null(strstr(err.text, "modprobe flannel"));
	assert_null(flc_genl_open(NULL));
}

/* The leases that arrived, in their order. */
static struct flc_lease *taken;
static size_t n_taken;
static uint32_t taken_generation, taken_flags;
/* The message and the entry in it that is refused, from 1. */
static unsigned int refuse_message, refuse_entry;

static void take_leases(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *gnlh = mnl_nlmsg_get_payload(nlh);
	const void *data = (const char *)gnlh + GENL_HDRLEN;
	size_t len = mnl_nlmsg_get_payload_len(nlh) - GENL_HDRLEN;
	unsigned int entry = 0;
	const struct nlattr *attr;
	uint32_t ifindex = 0;

	assert_int_equal(nlh->nlmsg_type, KERNEL_FAMILY);
	assert_int_equal(nlh->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	taken_flags = 0;
	while ((attr = flc_attr_next(&data, &len))) {
		switch (mnl_attr_get_type(attr)) {
		case FLANNEL_A_IFINDEX:
			ifindex = mnl_attr_get_u32(attr);
			break;
		case FLANNEL_A_GENERATION:
			taken_generation = mnl_attr_get_u32(attr);
			break;
		case FLANNEL_A_FLAGS:
			taken_flags = mnl_attr_get_u32(attr);
			break;
		case FLANNEL_A_LEASE:
			if (kernel.requests == refuse_message &&
			    ++entry == refuse_entry) {
				uint32_t index = entry - 1;
				const struct nlattr *mac = NULL, *next;
				const void *in = mnl_attr_get_payload(attr);
				size_t rest = mnl_attr_get_payload_len(attr);

				while ((next = flc_attr_next(&in, &rest)))
					if (mnl_attr_get_type(next) ==
					    FLANNEL_A_LEASE_MAC)
						mac = next;
				kernel_ack(nlh, EINVAL, "What a MAC",
					   (const char *)mac -
					   (const char *)nlh, &index);
				return;
			}
			memset(&taken[n_taken], 0, sizeof(*taken));
			assert_int_equal(flc_lease_decode(attr,
							  &taken[n_taken++],
							  NULL), 0);
			break;
		default:
			fail_msg("attribute %u", mnl_attr_get_type(attr));
		}
	}
	assert_int_equal(len, 0);
	assert_int_equal(ifindex, IFINDEX);
	kernel_ack(nlh, 0, NULL, 0, NULL);
}

static void check_taken(const struct flc_lease *leases, size_t n)
{
	size_t i;

	assert_int_equal(n_taken, n);
	for (i = 0; i < n; i++)
		assert_memory_equal(&taken[i], &leases[i], sizeof(taken[i]));
}

#define MANY	5000

static void test_batch(void **state)
{
	static const uint32_t flags[] = {
		[FLC_SET]		= 0,
		[FLC_SET_ADD]		= NLM_F_CREATE | NLM_F_EXCL,
		[FLC_SET_REPLACE]	= NLM_F_REPLACE,
	};
	struct flc_lease *leases = calloc(MANY, sizeof(*leases));
	struct flc_error err = { 0 };
	struct flc_genl *genl;
	unsigned int i;

	taken = calloc(MANY, sizeof(*taken));
	for (i = 0; i < MANY; i++)
		leases[i] = make_lease(i);
	refuse_message = 0;
	for (i = FLC_SET; i <= FLC_SET_REPLACE; i++) {
		genl = open_genl(take_leases);
		n_taken = 0;
		assert_int_equal(flc_lease_set(genl, IFINDEX, leases, MANY, i,
					       9, &err), 0);
		assert_int_equal(taken_generation, 9);
		assert_int_equal(taken_flags, flags[i]);
		assert_in_range(kernel.longest, FLC_NL_TX / 2, FLC_NL_TX);
		assert_in_range(kernel.requests, 3, 10);
		check_taken(leases, MANY);
		flc_genl_close(genl);
	}

	/* The 8th entry of the second batch (after the controller's). */
	genl = open_genl(take_leases);
	n_taken = 0;
	refuse_message = 3;
	refuse_entry = 8;
	assert_int_equal(flc_lease_set(genl, IFINDEX, leases, MANY, FLC_SET, 9,
				       &err), -EINVAL);
	assert_int_equal(err.code, EINVAL);
	assert_true(err.has_index);
	assert_int_equal(err.index, n_taken);
	assert_int_not_equal(err.index, 7);
	check_taken(leases, err.index);
	assert_non_null(strstr(err.text, "What a MAC (lease.mac)"));
	assert_non_null(strstr(err.text, "device with index 7: lease 10."));
	flc_genl_close(genl);
	free(leases);
	free(taken);
}

static void test_check(void **state)
{
	struct flc_genl *genl = open_genl(refuse_nothing);
	struct flc_lease leases[3] = { make_lease(0), make_lease(1) };
	struct flc_fdb fdb = { 0 };
	struct flc_error err = { 0 };

	assert_int_equal(flc_lease_set(genl, IFINDEX, leases, 3, FLC_SET, 0,
				       &err), -EINVAL);
	assert_true(err.has_index);
	assert_int_equal(err.index, 2);
	leases[2] = make_lease(2);
	leases[2].remote4 = leases[1].remote6;
	assert_int_equal(flc_lease_set(genl, IFINDEX, leases, 3, FLC_SET, 0,
				       &err), -EINVAL);
	assert_non_null(strstr(err.text, "remote4"));
	assert_int_equal(flc_fdb_set(genl, IFINDEX, &fdb, 1, FLC_FDB_SET, &err),
			 -EINVAL);
	assert_int_equal(kernel.requests, 1);
	flc_genl_close(genl);
}

/* Dumps ------------------------------------------------------------------- */

static unsigned int dump_interrupted, dump_error, dump_malformed, dump_noise;

static void put_dumped(struct nlmsghdr *nlh, unsigned int i)
{
	struct flc_lease lease = make_lease(i);
	struct nlattr *nest;

	mnl_attr_put_u32(nlh, FLANNEL_A_IFINDEX, IFINDEX);
	mnl_attr_put_strz(nlh, FLANNEL_A_IFNAME, "flannel.1");
	nest = mnl_attr_nest_start(nlh, FLANNEL_A_LEASE);
	flc_lease_put(nlh, &lease);
	mnl_attr_put_u32(nlh, FLANNEL_A_LEASE_GENERATION, i);
	mnl_attr_put_u64(nlh, FLANNEL_A_LEASE_IDLE, 1000 + i);
	if (dump_malformed)
		mnl_attr_put_u8(nlh, FLANNEL_A_LEASE_TX_BYTES, 1);
	mnl_attr_nest_end(nlh, nest);
}

static void dump_leases(const struct nlmsghdr *request)
{
	uint16_t flags = NLM_F_MULTI;
	struct nlmsghdr *nlh;
	char buf[1024];
	unsigned int i;

	assert_int_equal(request->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	if (dump_interrupted) {
		dump_interrupted--;
		flags |= NLM_F_DUMP_INTR;
	}
	for (i = 0; i < 20; i++) {
		memset(buf, 0, sizeof(buf));
		nlh = kernel_message(buf, KERNEL_FAMILY, flags,
				     FLANNEL_CMD_LEASE_GET);
		put_dumped(nlh, i);
		if (dump_noise) {
			/* Of another process; of an earlier request. */
			kernel_queue(nlh, nlh->nlmsg_len, 99);
			nlh->nlmsg_seq--;
			kernel_send(nlh);
			nlh->nlmsg_seq++;
		}
		kernel_send(nlh);
	}
	kernel_done(dump_error);
}

static void test_dump(void **state)
{
	struct flc_genl *genl = open_genl(dump_leases);
	struct flc_error err = { 0 };
	struct flc_lease_list list;
	struct flc_lease lease;
	unsigned int i;

	dump_noise = 1;
	assert_int_equal(flc_lease_dump(genl, 0, &list, &err), 0);
	assert_int_equal(list.n, 20);
	assert_false(list.interrupted);
	for (i = 0; i < 20; i++) {
		lease = make_lease(i);
		lease.ifindex = IFINDEX;
		lease.generation = i;
		lease.used = true;
		lease.idle_ms = 1000 + i;
		assert_memory_equal(&list.items[i], &lease, sizeof(lease));
	}
	flc_lease_list_free(&list);
	dump_noise = 0;

	dump_interrupted = 2;
	kernel.requests = 0;
	assert_int_equal(flc_lease_dump(genl, IFINDEX, &list, &err), 0);
	assert_int_equal(kernel.requests, 3);
	assert_int_equal(list.n, 20);
	assert_false(list.interrupted);
	flc_lease_list_free(&list);

	dump_interrupted = 1000;
	assert_int_equal(flc_lease_dump(genl, IFINDEX, &list, &err), 0);
	assert_true(list.interrupted);
	assert_int_equal(list.n, 20);
	flc_lease_list_free(&list);
	dump_interrupted = 0;

	dump_error = ENODEV;
	assert_int_equal(flc_lease_dump(genl, IFINDEX, &list, &err), -ENODEV);
	assert_int_equal(list.n, 0);
	assert_null(list.items);
	dump_error = 0;

	dump_malformed = 1;
	assert_int_equal(flc_lease_dump(genl, IFINDEX, &list, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "lease is malformed"));
	dump_malformed = 0;
	/* What is left of the answer does not disturb the next request. */
	assert_int_equal(flc_lease_dump(genl, IFINDEX, &list, &err), 0);
	assert_int_equal(list.n, 20);
	flc_lease_list_free(&list);
	flc_genl_close(genl);
}

/* One device -------------------------------------------------------------- */

static void describe_dev(const struct nlmsghdr *request)
{
	char buf[4096] = "";
	struct nlmsghdr *nlh = kernel_message(buf, KERNEL_FAMILY, 0,
					      FLANNEL_CMD_DEV_GET);
	struct nlattr *dev, *stats;

	mnl_attr_put_u32(nlh, FLANNEL_A_IFINDEX, IFINDEX);
	mnl_attr_put_strz(nlh, FLANNEL_A_IFNAME, "flannel.1");
	dev = mnl_attr_nest_start(nlh, FLANNEL_A_DEV);
	mnl_attr_put_u32(nlh, FLANNEL_A_DEV_VNI, 5);
	mnl_attr_put_u16(nlh, FLANNEL_A_DEV_PORT, htons(8472));
	mnl_attr_put_u8(nlh, FLANNEL_A_DEV_MODE, FLANNEL_MODE_L3);
	mnl_attr_put_u32(nlh, 999, 1);		/* of a newer kernel */
	stats = mnl_attr_nest_start(nlh, FLANNEL_A_DEV_STATS);
	mnl_attr_put_u64(nlh, FLANNEL_A_STATS_TX_FAST, 12345);
	mnl_attr_nest_end(nlh, stats);
	mnl_attr_nest_end(nlh, dev);
	kernel_send(nlh);
	kernel_ack(request, 0, NULL, 0, NULL);
}

static void test_dev(void **state)
{
	struct flc_genl *genl = open_genl(describe_dev);
	struct flc_error err = { 0 };
	struct flc_dev dev;

	assert_int_equal(flc_dev_get(genl, IFINDEX, &dev, &err), 0);
	assert_string_equal(dev.name, "flannel.1");
	assert_int_equal(dev.vni, 5);
	assert_int_equal(dev.port, 8472);
	assert_int_equal(dev.mode, FLANNEL_MODE_L3);
	assert_true(dev.has_stats[FLANNEL_A_STATS_TX_FAST]);
	assert_int_equal(dev.stats[FLANNEL_A_STATS_TX_FAST], 12345);
	assert_false(dev.has_stats[FLANNEL_A_STATS_TX_FLOOD]);
	flc_genl_close(genl);
}

static void refuse_all(const struct nlmsghdr *nlh)
{
	kernel_ack(nlh, EPERM, NULL, 0, NULL);
}

static void lose_answer(const struct nlmsghdr *nlh)
{
	kernel_queue(NULL, -ENOBUFS, 0);
}

static void test_failures(void **state)
{
	struct flc_genl *genl = open_genl(refuse_all);
	struct flc_error err = { 0 };
	struct flc_dev dev;

	assert_int_equal(flc_dev_get(genl, IFINDEX, &dev, &err), -EPERM);
	assert_non_null(strstr(err.text, "CAP_NET_ADMIN"));
	assert_int_equal(flc_lease_flush(genl, IFINDEX, NULL), -EPERM);
	flc_genl_close(genl);

	genl = open_genl(lose_answer);
	assert_int_equal(flc_dev_get(genl, IFINDEX, &dev, &err), -ENOBUFS);
	flc_genl_close(genl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_dev),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
