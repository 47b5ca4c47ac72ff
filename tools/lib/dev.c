// SPDX-License-Identifier: GPL-2.0
/* A flannel device as the family "flannel" sees it: settings and counters. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/dev.h"
#include "lib/genl_priv.h"

static bool fl_dev_stats(const struct nlattr *nest, struct fl_dev *dev)
{
	const struct nlattr *tb[FLANNEL_A_STATS_MAX + 1];
	unsigned int i;

	if (!nest)
		return true;
	if (!fl_attr_split_nest(nest, tb, FLANNEL_A_STATS_MAX))
		return false;
	for (i = FLANNEL_A_STATS_PAD + 1; i <= FLANNEL_A_STATS_MAX; i++) {
		if (!fl_attr_u64(tb[i], &dev->stats[i]))
			return false;
		dev->has_stats[i] = tb[i];
	}
	return true;
}

static int fl_dev_collect(const struct fl_genl_msg *msg,
			  const struct nlattr *nest, void *ctx,
			  struct fl_error *err)
{
	const struct nlattr *tb[FLANNEL_A_DEV_MAX + 1];
	struct fl_dev dev = { .ifindex = msg->ifindex };
	uint8_t mode = 0;

	if (!fl_attr_split_nest(nest, tb, FLANNEL_A_DEV_MAX) ||
	    !fl_attr_u32(tb[FLANNEL_A_DEV_VNI], &dev.vni) ||
	    !fl_attr_be16(tb[FLANNEL_A_DEV_PORT], &dev.port) ||
	    !fl_attr_u8(tb[FLANNEL_A_DEV_MODE], &mode) ||
	    !fl_attr_mac(tb[FLANNEL_A_DEV_MAC], &dev.mac) ||
	    !fl_attr_addr_of(tb[FLANNEL_A_DEV_LOCAL4], AF_INET, &dev.local4) ||
	    !fl_attr_addr_of(tb[FLANNEL_A_DEV_LOCAL6], AF_INET6,
			     &dev.local6) ||
	    !fl_attr_u8(tb[FLANNEL_A_DEV_SUBNET_LEN], &dev.subnet_len) ||
	    !fl_attr_u8(tb[FLANNEL_A_DEV_SUBNET_LEN6], &dev.subnet_len6) ||
	    !fl_attr_u32(tb[FLANNEL_A_DEV_LEASES], &dev.leases) ||
	    !fl_attr_u32(tb[FLANNEL_A_DEV_FDB_ENTRIES], &dev.fdb_entries) ||
	    !fl_attr_u32(tb[FLANNEL_A_DEV_MISSES], &dev.misses) ||
	    !fl_attr_u32(tb[FLANNEL_A_DEV_NEGATIVES], &dev.negatives) ||
	    !fl_attr_u32(tb[FLANNEL_A_DEV_PARKED_PACKETS],
			 &dev.parked_packets) ||
	    !fl_attr_u32(tb[FLANNEL_A_DEV_PARKED_BYTES], &dev.parked_bytes) ||
	    !fl_dev_stats(tb[FLANNEL_A_DEV_STATS], &dev))
		return fl_genl_malformed(err, "device");
	dev.mode = mode;
	memcpy(dev.name, msg->name, sizeof(dev.name));
	return fl_collect_add(ctx, &dev, err);
}

static int fl_dev_message(const struct nlmsghdr *nlh, void *ctx,
			  struct fl_error *err)
{
	struct fl_genl_msg msg;
	int ret = fl_genl_decode(nlh, &msg, err);

	return ret ? ret : fl_genl_each(&msg, FLANNEL_A_DEV, fl_dev_collect,
					ctx, err);
}

int fl_dev_get(struct fl_genl *genl, int ifindex, struct fl_dev *dev,
	       struct fl_error *err)
{
	struct fl_collect found = { .size = sizeof(*dev) };
	int ret;

	fl_genl_begin(genl, FLANNEL_CMD_DEV_GET, 0, ifindex);
	ret = fl_nl_talk(&genl->nl, fl_dev_message, &found, err);
	if (!ret && !found.n)
		ret = fl_genl_malformed(err, "answer about a device");
	if (!ret)
		*dev = *(struct fl_dev *)found.items;
	fl_collect_reset(&found);
	if (ret)
		fl_genl_prepend_dev(err, ifindex);
	return ret;
}

int fl_dev_dump(struct fl_genl *genl, struct fl_dev_list *list,
		struct fl_error *err)
{
	struct fl_collect found = { .size = sizeof(*list->items) };
	int ret;

	memset(list, 0, sizeof(*list));
	ret = fl_genl_dump(genl, FLANNEL_CMD_DEV_GET, 0, fl_dev_message,
			   &found, &list->interrupted, err);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void fl_dev_list_free(struct fl_dev_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
