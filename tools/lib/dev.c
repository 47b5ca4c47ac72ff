// SPDX-License-Identifier: GPL-2.0
/* A flannel device as the family "flannel" sees it: settings and counters. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/dev.h"
#include "lib/genl_priv.h"

static bool flc_dev_stats(const struct nlattr *nest, struct flc_dev *dev)
{
	const struct nlattr *tb[FLANNEL_A_STATS_MAX + 1];
	unsigned int i;

	if (!nest)
		return true;
	if (!flc_attr_split_nest(nest, tb, FLANNEL_A_STATS_MAX))
		return false;
	for (i = FLANNEL_A_STATS_PAD + 1; i <= FLANNEL_A_STATS_MAX; i++) {
		if (!flc_attr_u64(tb[i], &dev->stats[i]))
			return false;
		dev->has_stats[i] = tb[i];
	}
	return true;
}

static int flc_dev_collect(const struct flc_genl_msg *msg,
			   const struct nlattr *nest, void *ctx,
			   struct flc_error *err)
{
	const struct nlattr *tb[FLANNEL_A_DEV_MAX + 1];
	struct flc_dev dev = { .ifindex = msg->ifindex };
	uint8_t mode = 0;

	if (!flc_attr_split_nest(nest, tb, FLANNEL_A_DEV_MAX) ||
	    !flc_attr_u32(tb[FLANNEL_A_DEV_VNI], &dev.vni) ||
	    !flc_attr_be16(tb[FLANNEL_A_DEV_PORT], &dev.port) ||
	    !flc_attr_u8(tb[FLANNEL_A_DEV_MODE], &mode) ||
	    !flc_attr_mac(tb[FLANNEL_A_DEV_MAC], &dev.mac) ||
	    !flc_attr_addr_of(tb[FLANNEL_A_DEV_LOCAL4], AF_INET, &dev.local4) ||
	    !flc_attr_addr_of(tb[FLANNEL_A_DEV_LOCAL6], AF_INET6,
			      &dev.local6) ||
	    !flc_attr_u8(tb[FLANNEL_A_DEV_SUBNET_LEN], &dev.subnet_len) ||
	    !flc_attr_u8(tb[FLANNEL_A_DEV_SUBNET_LEN6], &dev.subnet_len6) ||
	    !flc_attr_u32(tb[FLANNEL_A_DEV_LEASES], &dev.leases) ||
	    !flc_attr_u32(tb[FLANNEL_A_DEV_FDB_ENTRIES], &dev.fdb_entries) ||
	    !flc_attr_u32(tb[FLANNEL_A_DEV_MISSES], &dev.misses) ||
	    !flc_attr_u32(tb[FLANNEL_A_DEV_NEGATIVES], &dev.negatives) ||
	    !flc_attr_u32(tb[FLANNEL_A_DEV_PARKED_PACKETS],
			  &dev.parked_packets) ||
	    !flc_attr_u32(tb[FLANNEL_A_DEV_PARKED_BYTES], &dev.parked_bytes) ||
	    !flc_dev_stats(tb[FLANNEL_A_DEV_STATS], &dev))
		return flc_genl_malformed(err, "device");
	dev.mode = mode;
	memcpy(dev.name, msg->name, sizeof(dev.name));
	return flc_collect_add(ctx, &dev, err);
}

static int flc_dev_message(const struct nlmsghdr *nlh, void *ctx,
			   struct flc_error *err)
{
	struct flc_genl_msg msg;
	int ret = flc_genl_decode(nlh, &msg, err);

	return ret ? ret : flc_genl_each(&msg, FLANNEL_A_DEV, flc_dev_collect,
					 ctx, err);
}

int flc_dev_get(struct flc_genl *genl, int ifindex, struct flc_dev *dev,
		struct flc_error *err)
{
	struct flc_collect found = { .size = sizeof(*dev) };
	int ret;

	flc_genl_begin(genl, FLANNEL_CMD_DEV_GET, 0, ifindex);
	ret = flc_nl_talk(&genl->nl, flc_dev_message, &found, err);
	if (!ret && !found.n)
		ret = flc_genl_malformed(err, "reply about a device");
	if (!ret)
		*dev = *(struct flc_dev *)found.items;
	flc_collect_reset(&found);
	if (ret)
		flc_genl_prepend_dev(err, ifindex);
	return ret;
}

int flc_dev_dump(struct flc_genl *genl, struct flc_dev_list *list,
		 struct flc_error *err)
{
	struct flc_collect found = { .size = sizeof(*list->items) };
	int ret;

	memset(list, 0, sizeof(*list));
	ret = flc_genl_dump(genl, FLANNEL_CMD_DEV_GET, 0, flc_dev_message,
			    &found, &list->interrupted, err);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void flc_dev_list_free(struct flc_dev_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
