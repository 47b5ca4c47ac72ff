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

static void flc_miss_put(struct nlmsghdr *nlh, const void *entry)
{
	const struct flc_miss *miss = entry;

	mnl_attr_put_u8(nlh, FLANNEL_A_MISS_KIND, miss->kind);
	if (miss->kind == FLANNEL_MISS_L2) {
		flc_put_mac(nlh, FLANNEL_A_MISS_MAC, &miss->mac);
		return;
	}
	/* The device knows the prefix length of a miss. */
	flc_put_addr(nlh, FLANNEL_A_MISS_ADDRESS, &miss->subnet.addr);
}

static void flc_miss_name(const void *entry, char *buf)
{
	const struct flc_miss *miss = entry;
	char text[FLC_PREFIX_STRLEN];

	if (miss->kind == FLANNEL_MISS_L2)
		snprintf(buf, FLC_GENL_NAME, "miss of MAC %s",
			 flc_mac_text(&miss->mac, text));
	else
		snprintf(buf, FLC_GENL_NAME, "miss of %s %s",
			 miss->kind == FLANNEL_MISS_SOURCE ? "source" :
							     "subnet",
			 flc_prefix_text(&miss->subnet, text));
}

int flc_miss_decode(const struct nlattr *nest, struct flc_miss *miss,
		    struct flc_error *err)
{
	const struct nlattr *tb[FLANNEL_A_MISS_MAX + 1];
	uint8_t kind = 0, state = 0;

	if (!flc_attr_split_nest(nest, tb, FLANNEL_A_MISS_MAX) ||
	    !tb[FLANNEL_A_MISS_KIND] ||
	    !flc_attr_u8(tb[FLANNEL_A_MISS_KIND], &kind) ||
	    !flc_attr_u8(tb[FLANNEL_A_MISS_STATE], &state) ||
	    !flc_attr_addr(tb[FLANNEL_A_MISS_ADDRESS], &miss->subnet.addr) ||
	    !flc_attr_u8(tb[FLANNEL_A_MISS_PREFIX_LEN], &miss->subnet.len) ||
	    !flc_attr_mac(tb[FLANNEL_A_MISS_MAC], &miss->mac) ||
	    !flc_attr_addr(tb[FLANNEL_A_MISS_TARGET], &miss->target) ||
	    !flc_attr_addr(tb[FLANNEL_A_MISS_REMOTE], &miss->remote) ||
	    !flc_attr_u32(tb[FLANNEL_A_MISS_SEQ], &miss->seq) ||
	    !flc_attr_u8(tb[FLANNEL_A_MISS_TRY], &miss->attempt) ||
	    !flc_attr_u32(tb[FLANNEL_A_MISS_PACKETS], &miss->packets) ||
	    !flc_attr_u32(tb[FLANNEL_A_MISS_BYTES], &miss->bytes) ||
	    !flc_attr_u64(tb[FLANNEL_A_MISS_AGE], &miss->age_ms))
		return flc_genl_malformed(err, "miss");
	if (kind == FLANNEL_MISS_L2 ? !tb[FLANNEL_A_MISS_MAC] :
	    (!flc_prefix_is_set(&miss->subnet) ||
	     !tb[FLANNEL_A_MISS_PREFIX_LEN] ||
	     miss->subnet.len > flc_family_bits(miss->subnet.addr.family)))
		return flc_genl_malformed(err, "miss");
	miss->kind = kind;
	miss->state = state;
	return 0;
}

static int flc_miss_collect(const struct flc_genl_msg *msg,
			    const struct nlattr *nest, void *ctx,
			    struct flc_error *err)
{
	struct flc_miss miss = { .ifindex = msg->ifindex };
	int ret = flc_miss_decode(nest, &miss, err);

	return ret ? ret : flc_collect_add(ctx, &miss, err);
}

static int flc_miss_message(const struct nlmsghdr *nlh, void *ctx,
			    struct flc_error *err)
{
	struct flc_genl_msg msg;
	int ret = flc_genl_decode(nlh, &msg, err);

	return ret ? ret : flc_genl_each(&msg, FLANNEL_A_MISS, flc_miss_collect,
					 ctx, err);
}

int flc_miss_dump(struct flc_genl *genl, int ifindex,
		  struct flc_miss_list *list, struct flc_error *err)
{
	struct flc_collect found = { .size = sizeof(*list->items) };
	int ret;

	memset(list, 0, sizeof(*list));
	ret = flc_genl_dump(genl, FLANNEL_CMD_MISS_GET, ifindex,
			    flc_miss_message, &found, &list->interrupted, err);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void flc_miss_list_free(struct flc_miss_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static int flc_miss_check(const struct flc_miss *none, size_t n,
			  struct flc_error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (none[i].kind == FLANNEL_MISS_L2 ||
		    flc_prefix_is_set(&none[i].subnet))
			continue;
		flc_error_set(err, EINVAL, "miss: a subnet is needed");
		if (err) {
			err->has_index = true;
			err->index = i;
		}
		return -EINVAL;
	}
	return 0;
}

int flc_miss_answer(struct flc_genl *genl, int ifindex,
		    const struct flc_answer *answer, struct flc_error *err)
{
	struct flc_genl_batch leases = {
		.cmd		= FLANNEL_CMD_MISS_ANSWER,
		.nest		= FLANNEL_A_LEASE,
		.ifindex	= ifindex,
		.generation	= &answer->generation,
		.size		= sizeof(*answer->leases),
		.put		= flc_lease_put,
		.name		= flc_lease_name,
	};
	struct flc_genl_batch fdb = {
		.cmd		= FLANNEL_CMD_MISS_ANSWER,
		.nest		= FLANNEL_A_FDB,
		.ifindex	= ifindex,
		.size		= sizeof(*answer->fdb),
		.put		= flc_fdb_put,
		.name		= flc_fdb_name,
	};
	struct flc_genl_batch none = {
		.cmd		= FLANNEL_CMD_MISS_ANSWER,
		.nest		= FLANNEL_A_MISS,
		.ifindex	= ifindex,
		.size		= sizeof(*answer->none),
		.put		= flc_miss_put,
		.name		= flc_miss_name,
	};
	int ret;

	ret = flc_lease_check(answer->leases, answer->n_leases, err);
	if (!ret)
		ret = flc_fdb_check(answer->fdb, answer->n_fdb, err);
	if (!ret)
		ret = flc_miss_check(answer->none, answer->n_none, err);
	if (!ret)
		ret = flc_genl_send_batch(genl, &leases, answer->leases,
					  answer->n_leases, err);
	if (!ret)
		ret = flc_genl_send_batch(genl, &fdb, answer->fdb,
					  answer->n_fdb, err);
	if (!ret)
		ret = flc_genl_send_batch(genl, &none, answer->none,
					  answer->n_none, err);
	return ret;
}

int flc_miss_answer_none(struct flc_genl *genl, int ifindex,
			 const struct flc_miss *miss, struct flc_error *err)
{
	struct flc_answer answer = { .none = miss, .n_none = 1 };

	return flc_miss_answer(genl, ifindex, &answer, err);
}
