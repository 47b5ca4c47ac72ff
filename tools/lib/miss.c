// SPDX-License-Identifier: GPL-2.0
/* Misses: what a flannel device asks for, and the answers to it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/entry.h"
#include "lib/genl_priv.h"
#include "lib/miss.h"

static void fl_miss_put(struct nlmsghdr *nlh, const void *entry)
{
	const struct fl_miss *miss = entry;

	mnl_attr_put_u8(nlh, FLANNEL_A_MISS_KIND, miss->kind);
	if (miss->kind == FLANNEL_MISS_L2) {
		fl_put_mac(nlh, FLANNEL_A_MISS_MAC, &miss->mac);
		return;
	}
	/* How long the subnet of a miss is the device knows. */
	fl_put_addr(nlh, FLANNEL_A_MISS_ADDRESS, &miss->subnet.addr);
}

static void fl_miss_name(const void *entry, char *buf)
{
	const struct fl_miss *miss = entry;
	char text[FL_PREFIX_STRLEN];

	if (miss->kind == FLANNEL_MISS_L2)
		snprintf(buf, FL_GENL_NAME, "miss of MAC %s",
			 fl_mac_text(&miss->mac, text));
	else
		snprintf(buf, FL_GENL_NAME, "miss of %s %s",
			 miss->kind == FLANNEL_MISS_SOURCE ? "source" :
							     "subnet",
			 fl_prefix_text(&miss->subnet, text));
}

int fl_miss_decode(const struct nlattr *nest, struct fl_miss *miss,
		   struct fl_error *err)
{
	const struct nlattr *tb[FLANNEL_A_MISS_MAX + 1];
	uint8_t kind = 0, state = 0;

	if (!fl_attr_split_nest(nest, tb, FLANNEL_A_MISS_MAX) ||
	    !tb[FLANNEL_A_MISS_KIND] ||
	    !fl_attr_u8(tb[FLANNEL_A_MISS_KIND], &kind) ||
	    !fl_attr_u8(tb[FLANNEL_A_MISS_STATE], &state) ||
	    !fl_attr_addr(tb[FLANNEL_A_MISS_ADDRESS], &miss->subnet.addr) ||
	    !fl_attr_u8(tb[FLANNEL_A_MISS_PREFIX_LEN], &miss->subnet.len) ||
	    !fl_attr_mac(tb[FLANNEL_A_MISS_MAC], &miss->mac) ||
	    !fl_attr_addr(tb[FLANNEL_A_MISS_TARGET], &miss->target) ||
	    !fl_attr_addr(tb[FLANNEL_A_MISS_REMOTE], &miss->remote) ||
	    !fl_attr_u32(tb[FLANNEL_A_MISS_SEQ], &miss->seq) ||
	    !fl_attr_u8(tb[FLANNEL_A_MISS_TRY], &miss->attempt) ||
	    !fl_attr_u32(tb[FLANNEL_A_MISS_PACKETS], &miss->packets) ||
	    !fl_attr_u32(tb[FLANNEL_A_MISS_BYTES], &miss->bytes) ||
	    !fl_attr_u64(tb[FLANNEL_A_MISS_AGE], &miss->age_ms))
		return fl_genl_malformed(err, "miss");
	if (kind == FLANNEL_MISS_L2 ? !tb[FLANNEL_A_MISS_MAC] :
	    (!fl_prefix_is_set(&miss->subnet) ||
	     !tb[FLANNEL_A_MISS_PREFIX_LEN] ||
	     miss->subnet.len > fl_family_bits(miss->subnet.addr.family)))
		return fl_genl_malformed(err, "miss");
	miss->kind = kind;
	miss->state = state;
	return 0;
}

static int fl_miss_collect(const struct fl_genl_msg *msg,
			   const struct nlattr *nest, void *ctx,
			   struct fl_error *err)
{
	struct fl_miss miss = { .ifindex = msg->ifindex };
	int ret = fl_miss_decode(nest, &miss, err);

	return ret ? ret : fl_collect_add(ctx, &miss, err);
}

static int fl_miss_message(const struct nlmsghdr *nlh, void *ctx,
			   struct fl_error *err)
{
	struct fl_genl_msg msg;
	int ret = fl_genl_decode(nlh, &msg, err);

	return ret ? ret : fl_genl_each(&msg, FLANNEL_A_MISS, fl_miss_collect,
					ctx, err);
}

int fl_miss_dump(struct fl_genl *genl, int ifindex, struct fl_miss_list *list,
		 struct fl_error *err)
{
	struct fl_collect found = { .size = sizeof(*list->items) };
	int ret;

	memset(list, 0, sizeof(*list));
	ret = fl_genl_dump(genl, FLANNEL_CMD_MISS_GET, ifindex,
			   fl_miss_message, &found, &list->interrupted, err);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void fl_miss_list_free(struct fl_miss_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static int fl_miss_check(const struct fl_miss *none, size_t n,
			 struct fl_error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (none[i].kind == FLANNEL_MISS_L2 ||
		    fl_prefix_is_set(&none[i].subnet))
			continue;
		fl_error_set(err, EINVAL, "miss: a subnet is needed");
		if (err) {
			err->has_index = true;
			err->index = i;
		}
		return -EINVAL;
	}
	return 0;
}

int fl_miss_answer(struct fl_genl *genl, int ifindex,
		   const struct fl_answer *answer, struct fl_error *err)
{
	struct fl_genl_batch leases = {
		.cmd		= FLANNEL_CMD_MISS_ANSWER,
		.nest		= FLANNEL_A_LEASE,
		.ifindex	= ifindex,
		.generation	= &answer->generation,
		.size		= sizeof(*answer->leases),
		.put		= fl_lease_put,
		.name		= fl_lease_name,
	};
	struct fl_genl_batch fdb = {
		.cmd		= FLANNEL_CMD_MISS_ANSWER,
		.nest		= FLANNEL_A_FDB,
		.ifindex	= ifindex,
		.size		= sizeof(*answer->fdb),
		.put		= fl_fdb_put,
		.name		= fl_fdb_name,
	};
	struct fl_genl_batch none = {
		.cmd		= FLANNEL_CMD_MISS_ANSWER,
		.nest		= FLANNEL_A_MISS,
		.ifindex	= ifindex,
		.size		= sizeof(*answer->none),
		.put		= fl_miss_put,
		.name		= fl_miss_name,
	};
	int ret;

	ret = fl_lease_check(answer->leases, answer->n_leases, err);
	if (!ret)
		ret = fl_fdb_check(answer->fdb, answer->n_fdb, err);
	if (!ret)
		ret = fl_miss_check(answer->none, answer->n_none, err);
	if (!ret)
		ret = fl_genl_send_batch(genl, &leases, answer->leases,
					 answer->n_leases, err);
	if (!ret)
		ret = fl_genl_send_batch(genl, &fdb, answer->fdb,
					 answer->n_fdb, err);
	if (!ret)
		ret = fl_genl_send_batch(genl, &none, answer->none,
					 answer->n_none, err);
	return ret;
}

int fl_miss_answer_none(struct fl_genl *genl, int ifindex,
			const struct fl_miss *miss, struct fl_error *err)
{
	struct fl_answer answer = { .none = miss, .n_none = 1 };

	return fl_miss_answer(genl, ifindex, &answer, err);
}
