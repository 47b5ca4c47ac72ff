// SPDX-License-Identifier: GPL-2.0
/* The tables of a device, one entry or very many. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "lib/dev.h"
#include "lib/fdb.h"
#include "lib/genl_priv.h"
#include "lib/lease.h"
#include "lib/miss.h"
#include "lib/names.h"

/* Print the outcome of a command; return its exit status. */
static int outcome(int ret, const struct flc_error *err)
{
	if (!ret)
		return 0;
	if (err->has_index)
		fprintf(stderr, "index=%u ", err->index);
	fprintf(stderr, "errno=%d %s\n", err->code, err->text);
	return 1;
}

static void print_lease(const struct flc_lease *lease)
{
	char subnet[FLC_PREFIX_STRLEN], mac[FLC_MAC_STRLEN];
	char remote4[FLC_ADDR_STRLEN], remote6[FLC_ADDR_STRLEN];

	printf("%s mac %s remote %s remote6 %s flags %u generation %u packets %llu bytes %llu",
	       flc_prefix_text(&lease->subnet, subnet),
	       flc_mac_text(&lease->mac, mac),
	       flc_addr_text(&lease->remote4, remote4),
	       flc_addr_text(&lease->remote6, remote6), lease->flags,
	       lease->generation, (unsigned long long)lease->tx_packets,
	       (unsigned long long)lease->tx_bytes);
	if (lease->used)
		printf(" idle %llu", (unsigned long long)lease->idle_ms);
	putchar('\n');
}

int cmd_set(struct args *args)
{
	int dev = arg_dev(args);
	struct flc_lease lease = {
		.subnet	 = arg_prefix(args, "subnet"),
		.remote4 = arg_addr(args, "remote"),
		.remote6 = arg_addr(args, "remote6"),
		.mac	 = arg_mac(args, "mac", "02:00:00:00:00:01"),
		.flags	 = arg_flag(args, "permanent") ?
			   FLANNEL_LEASE_F_PERMANENT : 0,
	};
	uint32_t generation = arg_number(args, "generation", 0);
	enum flc_set_mode mode = FLC_SET;
	struct flc_error err = {};

	if (arg_flag(args, "add"))
		mode = FLC_SET_ADD;
	else if (arg_flag(args, "replace"))
		mode = FLC_SET_REPLACE;
	args_end(args);
	return outcome(flc_lease_set(kit_open(), dev, &lease, 1, mode,
				     generation, &err), &err);
}

int cmd_del(struct args *args)
{
	int dev = arg_dev(args);
	struct flc_prefix subnet = arg_prefix(args, "subnet");
	struct flc_error err = {};

	args_end(args);
	return outcome(flc_lease_del(kit_open(), dev, &subnet, 1, &err), &err);
}

int cmd_get(struct args *args)
{
	int dev = arg_dev(args);
	struct flc_addr addr = arg_addr(args, "addr");
	struct flc_lease lease = {};
	struct flc_error err = {};
	int ret;

	args_end(args);
	ret = flc_lease_lookup(kit_open(), dev, &addr, &lease, &err);
	if (!ret)
		print_lease(&lease);
	return outcome(ret, &err);
}

int cmd_flush(struct args *args)
{
	int dev = arg_dev(args);
	const char *generation = arg_text(args, "generation", NULL);
	struct flc_error err = {};
	uint64_t begin = kit_ms();
	int ret;

	args_end(args);
	ret = generation ? flc_lease_flush_others(kit_open(), dev,
						  strtoul(generation, NULL, 0),
						  &err) :
			   flc_lease_flush(kit_open(), dev, &err);
	if (!ret)
		printf("ms=%llu\n", (unsigned long long)(kit_ms() - begin));
	return outcome(ret, &err);
}

static struct flc_lease *make_leases(struct args *args, size_t n)
{
	struct flc_addr base = arg_addr(args, "base");
	struct flc_addr remotes = arg_addr(args, "remotes");
	struct flc_addr remote = arg_addr(args, "remote");
	struct flc_mac mac = arg_mac(args, "mac", "02:00:00:00:00:01");
	struct flc_lease *leases = calloc(n, sizeof(*leases));
	size_t i;

	if (!leases)
		die("no memory for %zu leases", n);
	if (!base.family)
		flc_addr_parse(&base, "16.0.0.0");
	if (!remotes.family)
		flc_addr_parse(&remotes, "172.16.0.1");
	for (i = 0; i < n; i++) {
		leases[i].subnet.addr = kit_addr4(&base, i, 8);
		leases[i].subnet.len = 24;
		if (remote.family) {
			leases[i].remote4 = remote;
			leases[i].mac = mac;
			continue;
		}
		leases[i].remote4 = kit_addr4(&remotes, i, 0);
		leases[i].mac.bytes[0] = 2;
		memcpy(leases[i].mac.bytes + 2, leases[i].remote4.bytes, 4);
	}
	return leases;
}

int cmd_load(struct args *args)
{
	int dev = arg_dev(args);
	size_t n = arg_number(args, "count", 1000);
	uint32_t generation = arg_number(args, "generation", 0);
	struct flc_lease *leases = make_leases(args, n);
	struct flc_genl *genl = kit_open();
	struct flc_error err = {};
	enum flc_set_mode mode = arg_flag(args, "add") ? FLC_SET_ADD : FLC_SET;
	uint64_t begin;
	int ret;

	args_end(args);
	begin = kit_ms();
	ret = flc_lease_set(genl, dev, leases, n, mode, generation, &err);
	printf("ms=%llu\n", (unsigned long long)(kit_ms() - begin));
	free(leases);
	return outcome(ret, &err);
}

int cmd_unload(struct args *args)
{
	int dev = arg_dev(args);
	size_t i, n = arg_number(args, "count", 1000);
	struct flc_lease *leases = make_leases(args, n);
	struct flc_genl *genl = kit_open();
	struct flc_error err = {};
	int ret = 0;

	args_end(args);
	for (i = 0; i < n && !ret; i++)
		ret = flc_lease_del(genl, dev, &leases[i].subnet, 1, &err);
	free(leases);
	return outcome(ret, &err);
}

static void print_fdb(const struct flc_fdb *fdb)
{
	char mac[FLC_MAC_STRLEN], remote[FLC_ADDR_STRLEN];

	printf("%s remote %s port %u state %#x\n", flc_mac_text(&fdb->mac, mac),
	       flc_addr_text(&fdb->remote, remote), fdb->port, fdb->state);
}

static void print_miss(const struct flc_miss *miss)
{
	char what[FLC_PREFIX_STRLEN], target[FLC_ADDR_STRLEN];
	char remote[FLC_ADDR_STRLEN];
	static const char * const kinds[] = { "l3", "l2", "source" };

	if (miss->kind == FLANNEL_MISS_L2)
		flc_mac_text(&miss->mac, what);
	else
		flc_prefix_text(&miss->subnet, what);
	printf("%s %s %s target %s remote %s seq %u try %u packets %u\n",
	       kinds[miss->kind], what,
	       miss->state == FLANNEL_MISS_PENDING ? "pending" : "negative",
	       flc_addr_text(&miss->target, target),
	       flc_addr_text(&miss->remote, remote), miss->seq, miss->attempt,
	       miss->packets);
}

static int dump_leases(int dev, bool count, struct flc_error *err)
{
	struct flc_lease_list list = {};
	int ret = flc_lease_dump(kit_open(), dev, &list, err);
	size_t i;

	if (ret)
		return ret;
	for (i = 0; i < list.n && !count; i++)
		print_lease(&list.items[i]);
	if (count)
		printf("count=%zu interrupted=%d\n", list.n, list.interrupted);
	flc_lease_list_free(&list);
	return 0;
}

static int dump_fdb(int dev, bool count, struct flc_error *err)
{
	struct flc_fdb_list list = {};
	int ret = flc_fdb_dump(kit_open(), dev, &list, err);
	size_t i;

	if (ret)
		return ret;
	for (i = 0; i < list.n && !count; i++)
		print_fdb(&list.items[i]);
	if (count)
		printf("count=%zu interrupted=%d\n", list.n, list.interrupted);
	flc_fdb_list_free(&list);
	return 0;
}

static int dump_misses(int dev, bool count, struct flc_error *err)
{
	struct flc_miss_list list = {};
	int ret = flc_miss_dump(kit_open(), dev, &list, err);
	size_t i;

	if (ret)
		return ret;
	for (i = 0; i < list.n && !count; i++)
		print_miss(&list.items[i]);
	if (count)
		printf("count=%zu interrupted=%d\n", list.n, list.interrupted);
	flc_miss_list_free(&list);
	return 0;
}

int cmd_dump(struct args *args)
{
	bool lease = arg_flag(args, "lease"), fdb = arg_flag(args, "fdb");
	bool miss = arg_flag(args, "miss"), count = arg_flag(args, "count");
	const char *name = arg_text(args, "dev", NULL);
	struct args again = { .argc = 2, .argv = (char *[]){ "dev", (char *)name } };
	int dev = name ? arg_dev(&again) : 0;
	struct flc_error err = {};
	int ret;

	args_end(args);
	if (lease + fdb + miss != 1)
		die("dump: say one of lease, fdb, miss");
	if (lease)
		ret = dump_leases(dev, count, &err);
	else if (fdb)
		ret = dump_fdb(dev, count, &err);
	else
		ret = dump_misses(dev, count, &err);
	return outcome(ret, &err);
}

int cmd_dev(struct args *args)
{
	int ifindex = arg_dev(args);
	struct flc_error err = {};
	struct flc_dev dev = {};
	int i, ret;

	args_end(args);
	ret = flc_dev_get(kit_open(), ifindex, &dev, &err);
	if (ret)
		return outcome(ret, &err);
	printf("vni=%u\nport=%u\nmode=%u\nsubnet_len=%u\nsubnet_len6=%u\n"
	       "leases=%u\nfdb_entries=%u\nmisses=%u\nnegatives=%u\n"
	       "parked_packets=%u\nparked_bytes=%u\n",
	       dev.vni, dev.port, dev.mode, dev.subnet_len, dev.subnet_len6,
	       dev.leases, dev.fdb_entries, dev.misses, dev.negatives,
	       dev.parked_packets, dev.parked_bytes);
	for (i = 0; i <= FLANNEL_A_STATS_MAX; i++)
		if (dev.has_stats[i])
			printf("%s=%llu\n", flc_name(&flc_stats_names, i),
			       (unsigned long long)dev.stats[i]);
	return 0;
}

int cmd_fdb(struct args *args)
{
	bool set = arg_flag(args, "set"), del = arg_flag(args, "del");
	bool get = arg_flag(args, "get"), flush = arg_flag(args, "flush");
	int dev = arg_dev(args);
	struct flc_fdb fdb = {
		.mac	= arg_mac(args, "mac", "00:00:00:00:00:00"),
		.remote	= arg_addr(args, "remote"),
		.port	= arg_number(args, "port", 0),
	};
	enum flc_fdb_mode mode = FLC_FDB_SET;
	struct flc_fdb_list list = {};
	struct flc_error err = {};
	size_t i;
	int ret;

	if (arg_flag(args, "add"))
		mode = FLC_FDB_ADD;
	else if (arg_flag(args, "replace"))
		mode = FLC_FDB_REPLACE;
	else if (arg_flag(args, "append"))
		mode = FLC_FDB_APPEND;
	args_end(args);
	if (set + del + get + flush != 1)
		die("fdb: say one of set, del, get, flush");
	if (set)
		ret = flc_fdb_set(kit_open(), dev, &fdb, 1, mode, &err);
	else if (del)
		ret = flc_fdb_del(kit_open(), dev, &fdb, 1, &err);
	else if (flush)
		ret = flc_fdb_flush(kit_open(), dev, &err);
	else
		ret = flc_fdb_lookup(kit_open(), dev, &fdb.mac, &list, &err);
	for (i = 0; i < list.n; i++)
		print_fdb(&list.items[i]);
	flc_fdb_list_free(&list);
	return outcome(ret, &err);
}

int cmd_answer(struct args *args)
{
	int dev = arg_dev(args);
	const char *mac = arg_text(args, "mac", NULL);
	struct flc_miss miss = {
		.kind = arg_flag(args, "source") ? FLANNEL_MISS_SOURCE :
						   FLANNEL_MISS_L3,
	};
	struct flc_error err = {};

	if (mac) {
		miss.kind = FLANNEL_MISS_L2;
		if (!flc_mac_parse(&miss.mac, mac))
			die("mac %s: not a MAC address", mac);
	} else {
		miss.subnet = arg_prefix(args, "none");
	}
	args_end(args);
	return outcome(flc_miss_answer_none(kit_open(), dev, &miss, &err),
		       &err);
}

/* A dump that is read in parts, optionally with a change in between. */
int cmd_slowdump(struct args *args)
{
	int dev = arg_dev(args);
	bool change = arg_flag(args, "change"), grow = arg_flag(args, "grow");
	struct flc_genl *genl = kit_open(), *other = kit_open();
	struct flc_lease *leases = make_leases(args, 20000);
	bool more = true, interrupted = false, first = true;
	struct flc_error err = {};
	unsigned long entries = 0;
	static char buf[65536];
	struct nlmsghdr *nlh;
	int left, len;

	args_end(args);
	nlh = flc_genl_begin(genl, FLANNEL_CMD_LEASE_GET, NLM_F_DUMP, dev);
	if (mnl_socket_sendto(genl->nl.sock, nlh, nlh->nlmsg_len) < 0)
		die("dump: %s", strerror(errno));
	while (more) {
		len = mnl_socket_recvfrom(genl->nl.sock, buf, sizeof(buf));
		if (len < 0)
			die("dump: %s", strerror(errno));
		left = len;
		for (nlh = (struct nlmsghdr *)buf; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			interrupted |= !!(nlh->nlmsg_flags & NLM_F_DUMP_INTR);
			if (nlh->nlmsg_type == NLMSG_DONE)
				more = false;
			else
				entries++;
		}
		if (first && change &&
		    flc_lease_del(other, dev, &leases[1].subnet, 1, &err))
			die("change: %s", err.text);
		if (first && grow &&
		    flc_lease_set(other, dev, leases, 20000, FLC_SET, 0, &err))
			die("grow: %s", err.text);
		first = false;
	}
	printf("entries=%lu interrupted=%d\n", entries, interrupted);
	free(leases);
	return 0;
}
