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

/* What tells an entry from the others of its MAC. */
static void fl_fdb_put_key(struct nlmsghdr *nlh, const void *entry)
{
	const struct fl_fdb *fdb = entry;

	fl_put_mac(nlh, FLANNEL_A_FDB_MAC, &fdb->mac);
	if (fl_addr_is_set(&fdb->remote))
		fl_put_addr(nlh, FLANNEL_A_FDB_REMOTE, &fdb->remote);
	if (fdb->port)
		mnl_attr_put_u16(nlh, FLANNEL_A_FDB_PORT, htons(fdb->port));
	if (fdb->has_vni)
		mnl_attr_put_u32(nlh, FLANNEL_A_FDB_VNI, fdb->vni);
	if (fdb->lower)
		mnl_attr_put_u32(nlh, FLANNEL_A_FDB_IFINDEX, fdb->lower);
}

void fl_fdb_put(struct nlmsghdr *nlh, const void *entry)
{
	const struct fl_fdb *fdb = entry;

	fl_fdb_put_key(nlh, fdb);
	if (fdb->state)
		mnl_attr_put_u16(nlh, FLANNEL_A_FDB_STATE, fdb->state);
	if (fdb->flags)
		mnl_attr_put_u8(nlh, FLANNEL_A_FDB_FLAGS, fdb->flags);
}

void fl_fdb_name(const void *entry, char *buf)
{
	const struct fl_fdb *fdb = entry;
	char text[FL_MAC_STRLEN];

	snprintf(buf, FL_GENL_NAME, "FDB entry %s",
		 fl_mac_text(&fdb->mac, text));
}

int fl_fdb_decode(const struct nlattr *nest, struct fl_fdb *fdb,
		  struct fl_error *err)
{
	const struct nlattr *tb[FLANNEL_A_FDB_MAX + 1];

	if (!fl_attr_split_nest(nest, tb, FLANNEL_A_FDB_MAX) ||
	    !tb[FLANNEL_A_FDB_MAC] ||
	    !fl_attr_mac(tb[FLANNEL_A_FDB_MAC], &fdb->mac) ||
	    !fl_attr_addr(tb[FLANNEL_A_FDB_REMOTE], &fdb->remote) ||
	    !fl_attr_be16(tb[FLANNEL_A_FDB_PORT], &fdb->port) ||
	    !fl_attr_u32(tb[FLANNEL_A_FDB_VNI], &fdb->vni) ||
	    !fl_attr_ifindex(tb[FLANNEL_A_FDB_IFINDEX], &fdb->lower) ||
	    !fl_attr_u16(tb[FLANNEL_A_FDB_STATE], &fdb->state) ||
	    !fl_attr_u8(tb[FLANNEL_A_FDB_FLAGS], &fdb->flags) ||
	    !fl_attr_u64(tb[FLANNEL_A_FDB_IDLE], &fdb->idle_ms) ||
	    !fl_attr_u64(tb[FLANNEL_A_FDB_AGE], &fdb->age_ms))
		return fl_genl_malformed(err, "FDB entry");
	fdb->has_vni = tb[FLANNEL_A_FDB_VNI];
	fdb->has_times = tb[FLANNEL_A_FDB_IDLE] && tb[FLANNEL_A_FDB_AGE];
	return 0;
}

int fl_fdb_check(const struct fl_fdb *entries, size_t n, struct fl_error *err)
{
	char name[FL_GENL_NAME];
	size_t i;

	for (i = 0; i < n; i++) {
		if (fl_addr_is_set(&entries[i].remote))
			continue;
		fl_fdb_name(&entries[i], name);
		fl_error_set(err, EINVAL, "%s: a remote is needed", name);
		if (err) {
			err->has_index = true;
			err->index = i;
		}
		return -EINVAL;
	}
	return 0;
}

static uint16_t fl_fdb_flags(enum fl_fdb_mode mode)
{
	switch (mode) {
	case FL_FDB_ADD:
		return NLM_F_CREATE | NLM_F_EXCL;
	case FL_FDB_REPLACE:
		return NLM_F_REPLACE;
	case FL_FDB_APPEND:
		return NLM_F_CREATE | NLM_F_APPEND;
	case FL_FDB_SET:
		break;
	}
	return 0;	/* whatever it takes */
}

int fl_fdb_set(struct fl_genl *genl, int ifindex, const struct fl_fdb *entries,
	       size_t n, enum fl_fdb_mode mode, struct fl_error *err)
{
	struct fl_genl_batch batch = {
		.cmd		= FLANNEL_CMD_FDB_SET,
		.nest		= FLANNEL_A_FDB,
		.flags		= fl_fdb_flags(mode),
		.ifindex	= ifindex,
		.size		= sizeof(*entries),
		.put		= fl_fdb_put,
		.name		= fl_fdb_name,
	};
	int ret = fl_fdb_check(entries, n, err);

	return ret ? ret : fl_genl_send_batch(genl, &batch, entries, n, err);
}

int fl_fdb_del(struct fl_genl *genl, int ifindex, const struct fl_fdb *entries,
	       size_t n, struct fl_error *err)
{
	struct fl_genl_batch batch = {
		.cmd		= FLANNEL_CMD_FDB_DEL,
		.nest		= FLANNEL_A_FDB,
		.ifindex	= ifindex,
		.size		= sizeof(*entries),
		.put		= fl_fdb_put_key,
		.name		= fl_fdb_name,
	};

	return fl_genl_send_batch(genl, &batch, entries, n, err);
}

static int fl_fdb_collect(const struct fl_genl_msg *msg,
			  const struct nlattr *nest, void *ctx,
			  struct fl_error *err)
{
	struct fl_fdb fdb = { .ifindex = msg->ifindex };
	int ret = fl_fdb_decode(nest, &fdb, err);

	return ret ? ret : fl_collect_add(ctx, &fdb, err);
}

static int fl_fdb_message(const struct nlmsghdr *nlh, void *ctx,
			  struct fl_error *err)
{
	struct fl_genl_msg msg;
	int ret = fl_genl_decode(nlh, &msg, err);

	return ret ? ret : fl_genl_each(&msg, FLANNEL_A_FDB, fl_fdb_collect,
					ctx, err);
}

int fl_fdb_lookup(struct fl_genl *genl, int ifindex, const struct fl_mac *mac,
		  struct fl_fdb_list *list, struct fl_error *err)
{
	struct fl_collect found = { .size = sizeof(*list->items) };
	struct fl_fdb wanted = { .mac = *mac };
	char name[FL_GENL_NAME];
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	int ret;

	memset(list, 0, sizeof(*list));
	nlh = fl_genl_begin(genl, FLANNEL_CMD_FDB_GET, 0, ifindex);
	nest = mnl_attr_nest_start(nlh, FLANNEL_A_FDB);
	fl_fdb_put_key(nlh, &wanted);
	mnl_attr_nest_end(nlh, nest);
	ret = fl_nl_talk(&genl->nl, fl_fdb_message, &found, err);
	if (ret) {
		fl_collect_reset(&found);
		fl_fdb_name(&wanted, name);
		fl_error_prepend(err, "%s", name);
		fl_genl_prepend_dev(err, ifindex);
	}
	list->items = found.items;
	list->n = found.n;
	return ret;
}

int fl_fdb_dump(struct fl_genl *genl, int ifindex, struct fl_fdb_list *list,
		struct fl_error *err)
{
	struct fl_collect found = { .size = sizeof(*list->items) };
	int ret;

	memset(list, 0, sizeof(*list));
	ret = fl_genl_dump(genl, FLANNEL_CMD_FDB_GET, ifindex, fl_fdb_message,
			   &found, &list->interrupted, err);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void fl_fdb_list_free(struct fl_fdb_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

int fl_fdb_flush(struct fl_genl *genl, int ifindex, struct fl_error *err)
{
	int ret;

	fl_genl_begin(genl, FLANNEL_CMD_FDB_FLUSH, 0, ifindex);
	ret = fl_nl_talk(&genl->nl, NULL, NULL, err);
	if (ret)
		fl_genl_prepend_dev(err, ifindex);
	return ret;
}
