// SPDX-License-Identifier: GPL-2.0
/* The L2 table of a flannel device: MAC to VTEP, and the flood list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/entry.h"
#include "lib/fdb.h"
#include "lib/genl_priv.h"

/* What distinguishes an entry from the others of its MAC. */
static void flc_fdb_put_key(struct nlmsghdr *nlh, const void *entry)
{
	const struct flc_fdb *fdb = entry;

	flc_put_mac(nlh, FLANNEL_A_FDB_MAC, &fdb->mac);
	if (flc_addr_is_set(&fdb->remote))
		flc_put_addr(nlh, FLANNEL_A_FDB_REMOTE, &fdb->remote);
	if (fdb->port)
		mnl_attr_put_u16(nlh, FLANNEL_A_FDB_PORT, htons(fdb->port));
	if (fdb->has_vni)
		mnl_attr_put_u32(nlh, FLANNEL_A_FDB_VNI, fdb->vni);
	if (fdb->lower)
		mnl_attr_put_u32(nlh, FLANNEL_A_FDB_IFINDEX, fdb->lower);
}

void flc_fdb_put(struct nlmsghdr *nlh, const void *entry)
{
	const struct flc_fdb *fdb = entry;

	flc_fdb_put_key(nlh, fdb);
	if (fdb->state)
		mnl_attr_put_u16(nlh, FLANNEL_A_FDB_STATE, fdb->state);
	if (fdb->flags)
		mnl_attr_put_u8(nlh, FLANNEL_A_FDB_FLAGS, fdb->flags);
}

void flc_fdb_name(const void *entry, char *buf)
{
	const struct flc_fdb *fdb = entry;
	char text[FLC_MAC_STRLEN];

	snprintf(buf, FLC_GENL_NAME, "FDB entry %s",
		 flc_mac_text(&fdb->mac, text));
}

int flc_fdb_decode(const struct nlattr *nest, struct flc_fdb *fdb,
		   struct flc_error *err)
{
	const struct nlattr *tb[FLANNEL_A_FDB_MAX + 1];

	if (!flc_attr_split_nest(nest, tb, FLANNEL_A_FDB_MAX) ||
	    !tb[FLANNEL_A_FDB_MAC] ||
	    !flc_attr_mac(tb[FLANNEL_A_FDB_MAC], &fdb->mac) ||
	    !flc_attr_addr(tb[FLANNEL_A_FDB_REMOTE], &fdb->remote) ||
	    !flc_attr_be16(tb[FLANNEL_A_FDB_PORT], &fdb->port) ||
	    !flc_attr_u32(tb[FLANNEL_A_FDB_VNI], &fdb->vni) ||
	    !flc_attr_ifindex(tb[FLANNEL_A_FDB_IFINDEX], &fdb->lower) ||
	    !flc_attr_u16(tb[FLANNEL_A_FDB_STATE], &fdb->state) ||
	    !flc_attr_u8(tb[FLANNEL_A_FDB_FLAGS], &fdb->flags) ||
	    !flc_attr_u64(tb[FLANNEL_A_FDB_IDLE], &fdb->idle_ms) ||
	    !flc_attr_u64(tb[FLANNEL_A_FDB_AGE], &fdb->age_ms))
		return flc_genl_malformed(err, "FDB entry");
	fdb->has_vni = tb[FLANNEL_A_FDB_VNI];
	fdb->has_times = tb[FLANNEL_A_FDB_IDLE] && tb[FLANNEL_A_FDB_AGE];
	return 0;
}

int flc_fdb_check(const struct flc_fdb *entries, size_t n,
		  struct flc_error *err)
{
	char name[FLC_GENL_NAME];
	size_t i;

	for (i = 0; i < n; i++) {
		if (flc_addr_is_set(&entries[i].remote))
			continue;
		flc_fdb_name(&entries[i], name);
		flc_error_set(err, EINVAL, "%s: a remote is needed", name);
		if (err) {
			err->has_index = true;
			err->index = i;
		}
		return -EINVAL;
	}
	return 0;
}

static uint16_t flc_fdb_flags(enum flc_fdb_mode mode)
{
	switch (mode) {
	case FLC_FDB_ADD:
		return NLM_F_CREATE | NLM_F_EXCL;
	case FLC_FDB_REPLACE:
		return NLM_F_REPLACE;
	case FLC_FDB_APPEND:
		return NLM_F_CREATE | NLM_F_APPEND;
	case FLC_FDB_SET:
		break;
	}
	return 0;	/* any error */
}

int flc_fdb_set(struct flc_genl *genl, int ifindex,
		const struct flc_fdb *entries, size_t n, enum flc_fdb_mode mode,
		struct flc_error *err)
{
	struct flc_genl_batch batch = {
		.cmd		= FLANNEL_CMD_FDB_SET,
		.nest		= FLANNEL_A_FDB,
		.flags		= flc_fdb_flags(mode),
		.ifindex	= ifindex,
		.size		= sizeof(*entries),
		.put		= flc_fdb_put,
		.name		= flc_fdb_name,
	};
	int ret = flc_fdb_check(entries, n, err);

	return ret ? ret : flc_genl_send_batch(genl, &batch, entries, n, err);
}

int flc_fdb_del(struct flc_genl *genl, int ifindex,
		const struct flc_fdb *entries, size_t n, struct flc_error *err)
{
	struct flc_genl_batch batch = {
		.cmd		= FLANNEL_CMD_FDB_DEL,
		.nest		= FLANNEL_A_FDB,
		.ifindex	= ifindex,
		.size		= sizeof(*entries),
		.put		= flc_fdb_put_key,
		.name		= flc_fdb_name,
	};

	return flc_genl_send_batch(genl, &batch, entries, n, err);
}

static int flc_fdb_collect(const struct flc_genl_msg *msg,
			   const struct nlattr *nest, void *ctx,
			   struct flc_error *err)
{
	struct flc_fdb fdb = { .ifindex = msg->ifindex };
	int ret = flc_fdb_decode(nest, &fdb, err);

	return ret ? ret : flc_collect_add(ctx, &fdb, err);
}

static int flc_fdb_message(const struct nlmsghdr *nlh, void *ctx,
			   struct flc_error *err)
{
	struct flc_genl_msg msg;
	int ret = flc_genl_decode(nlh, &msg, err);

	return ret ? ret : flc_genl_each(&msg, FLANNEL_A_FDB, flc_fdb_collect,
					 ctx, err);
}

int flc_fdb_lookup(struct flc_genl *genl, int ifindex,
		   const struct flc_mac *mac, struct flc_fdb_list *list,
		   struct flc_error *err)
{
	struct flc_collect found = { .size = sizeof(*list->items) };
	struct flc_fdb wanted = { .mac = *mac };
	char name[FLC_GENL_NAME];
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	int ret;

	memset(list, 0, sizeof(*list));
	nlh = flc_genl_begin(genl, FLANNEL_CMD_FDB_GET, 0, ifindex);
	nest = mnl_attr_nest_start(nlh, FLANNEL_A_FDB);
	flc_fdb_put_key(nlh, &wanted);
	mnl_attr_nest_end(nlh, nest);
	ret = flc_nl_talk(&genl->nl, flc_fdb_message, &found, err);
	if (ret) {
		flc_collect_reset(&found);
		flc_fdb_name(&wanted, name);
		flc_error_prepend(err, "%s", name);
		flc_genl_prepend_dev(err, ifindex);
	}
	list->items = found.items;
	list->n = found.n;
	return ret;
}

int flc_fdb_dump(struct flc_genl *genl, int ifindex, struct flc_fdb_list *list,
		 struct flc_error *err)
{
	struct flc_collect found = { .size = sizeof(*list->items) };
	int ret;

	memset(list, 0, sizeof(*list));
	ret = flc_genl_dump(genl, FLANNEL_CMD_FDB_GET, ifindex, flc_fdb_message,
			    &found, &list->interrupted, err);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void flc_fdb_list_free(struct flc_fdb_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

int flc_fdb_flush(struct flc_genl *genl, int ifindex, struct flc_error *err)
{
	int ret;

	flc_genl_begin(genl, FLANNEL_CMD_FDB_FLUSH, 0, ifindex);
	ret = flc_nl_talk(&genl->nl, NULL, NULL, err);
	if (ret)
		flc_genl_prepend_dev(err, ifindex);
	return ret;
}
