// SPDX-License-Identifier: GPL-2.0
/* The connection to the kernel's generic netlink family "flannel". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/genl_priv.h"
#include "lib/names.h"

#define FLC_GENL_ATTRS	(NLMSG_HDRLEN + GENL_HDRLEN)

static void flc_genl_group(const struct nlattr *nest,
			   struct flc_genl_family *family)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];
	char name[GENL_NAMSIZ] = "";
	uint32_t id = 0;

	if (!flc_attr_split_nest(nest, tb, CTRL_ATTR_MCAST_GRP_MAX) ||
	    !flc_attr_str(tb[CTRL_ATTR_MCAST_GRP_NAME], name, sizeof(name)) ||
	    !flc_attr_u32(tb[CTRL_ATTR_MCAST_GRP_ID], &id))
		return;
	if (!strcmp(name, FLANNEL_GENL_MCGRP_MISS))
		family->miss = id;
	else if (!strcmp(name, FLANNEL_GENL_MCGRP_CHANGE))
		family->change = id;
}

int flc_genl_family_decode(const struct nlmsghdr *nlh, void *ctx,
			   struct flc_error *err)
{
	const struct nlattr *tb[CTRL_ATTR_MAX + 1], *group;
	struct flc_genl_family *family = ctx;
	const void *data;
	size_t len;

	if (!flc_attr_split_msg(nlh, GENL_HDRLEN, tb, CTRL_ATTR_MAX) ||
	    !flc_attr_u16(tb[CTRL_ATTR_FAMILY_ID], &family->id))
		return flc_genl_malformed(err, "description of the family");
	if (!tb[CTRL_ATTR_MCAST_GROUPS])
		return 0;
	data = mnl_attr_get_payload(tb[CTRL_ATTR_MCAST_GROUPS]);
	len = mnl_attr_get_payload_len(tb[CTRL_ATTR_MCAST_GROUPS]);
	while ((group = flc_attr_next(&data, &len)))
		flc_genl_group(group, family);
	return 0;
}

static int flc_genl_resolve(struct flc_genl *genl, struct flc_error *err)
{
	struct nlmsghdr *nlh;
	struct genlmsghdr *gnlh;
	int ret;

	nlh = flc_nl_begin(&genl->nl, GENL_ID_CTRL, 0, GENL_HDRLEN);
	gnlh = mnl_nlmsg_get_payload(nlh);
	gnlh->cmd = CTRL_CMD_GETFAMILY;
	gnlh->version = 1;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, FLANNEL_GENL_NAME);
	ret = flc_nl_talk(&genl->nl, flc_genl_family_decode, &genl->family,
			  err);
	if (ret == -ENOENT)
		return flc_error_set(err, ENOENT,
				     "the flannel kernel module is not loaded and the kernel could not load it: install it and run \"modprobe flannel\"");
	if (!ret && !genl->family.id)
		return flc_genl_malformed(err, "description of the family");
	return ret;
}

struct flc_genl *flc_genl_open(struct flc_error *err)
{
	struct flc_genl *genl = calloc(1, sizeof(*genl));

	if (!genl) {
		flc_error_set(err, ENOMEM, "no memory for a connection");
		return NULL;
	}
	if (flc_nl_open(&genl->nl, NETLINK_GENERIC, err) ||
	    flc_genl_resolve(genl, err)) {
		flc_genl_close(genl);
		return NULL;
	}
	genl->nl.locate = flc_genl_locate;
	return genl;
}

void flc_genl_close(struct flc_genl *genl)
{
	if (!genl)
		return;
	flc_nl_close(&genl->nl);
	free(genl);
}

const struct flc_genl_family *flc_genl_family(const struct flc_genl *genl)
{
	return &genl->family;
}

struct nlmsghdr *flc_genl_begin(struct flc_genl *genl, uint8_t cmd,
				uint16_t flags, int ifindex)
{
	struct nlmsghdr *nlh;
	struct genlmsghdr *gnlh;

	nlh = flc_nl_begin(&genl->nl, genl->family.id, flags, GENL_HDRLEN);
	gnlh = mnl_nlmsg_get_payload(nlh);
	gnlh->cmd = cmd;
	gnlh->version = FLANNEL_GENL_VERSION;
	if (ifindex)
		mnl_attr_put_u32(nlh, FLANNEL_A_IFINDEX, ifindex);
	return nlh;
}

/* Put as many entries as fit; return how many. */
static size_t flc_genl_fill(struct flc_genl *genl,
			    const struct flc_genl_batch *batch,
			    const char *entries, size_t n)
{
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	size_t i;

	nlh = flc_genl_begin(genl, batch->cmd, 0, batch->ifindex);
	if (batch->flags)
		mnl_attr_put_u32(nlh, FLANNEL_A_FLAGS, batch->flags);
	if (batch->generation)
		mnl_attr_put_u32(nlh, FLANNEL_A_GENERATION,
				 *batch->generation);
	for (i = 0; i < n; i++) {
		if (nlh->nlmsg_len + FLC_GENL_ENTRY_MAX > FLC_NL_TX)
			break;
		nest = mnl_attr_nest_start(nlh, batch->nest);
		batch->put(nlh, entries + i * batch->size);
		mnl_attr_nest_end(nlh, nest);
	}
	return i;
}

int flc_genl_send_batch(struct flc_genl *genl,
			const struct flc_genl_batch *batch, const void *entries,
			size_t n, struct flc_error *err)
{
	char name[FLC_GENL_NAME];
	struct flc_error refused;
	size_t first, sent;
	int ret;

	for (first = 0; first < n; first += sent) {
		const char *begin = (const char *)entries + first * batch->size;

		sent = flc_genl_fill(genl, batch, begin, n - first);
		ret = flc_nl_talk(&genl->nl, NULL, NULL, &refused);
		if (!ret)
			continue;
		if (!refused.has_index && sent == 1)
			refused.has_index = true;	/* the only one: 0 */
		if (refused.has_index && refused.index < sent) {
			batch->name(begin + refused.index * batch->size, name);
			flc_error_prepend(&refused, "%s", name);
			refused.index += first;
		} else {
			refused.has_index = false;
		}
		flc_genl_prepend_dev(&refused, batch->ifindex);
		if (err)
			*err = refused;
		return ret;
	}
	return 0;
}

int flc_genl_dump(struct flc_genl *genl, uint8_t cmd, int ifindex,
		  flc_nl_fn *fn, struct flc_collect *found, bool *interrupted,
		  struct flc_error *err)
{
	int ret;

	flc_genl_begin(genl, cmd, NLM_F_DUMP, ifindex);
	ret = flc_nl_dump(&genl->nl, fn, found, flc_collect_reset, interrupted,
			  err);
	/* Not every kernel returns the message of an error at the start of a dump. */
	if (ret == -EOPNOTSUPP && ifindex)
		flc_error_set(err, EOPNOTSUPP,
			      "the device is not of type flannel");
	if (ret) {
		flc_collect_reset(found);
		flc_genl_prepend_dev(err, ifindex);
	}
	return ret;
}

int flc_genl_decode(const struct nlmsghdr *nlh, struct flc_genl_msg *msg,
		    struct flc_error *err)
{
	const struct nlattr *tb[FLANNEL_A_MAX + 1];
	const struct genlmsghdr *gnlh = mnl_nlmsg_get_payload(nlh);

	memset(msg, 0, sizeof(*msg));
	if (!flc_attr_split_msg(nlh, GENL_HDRLEN, tb, FLANNEL_A_MAX) ||
	    !flc_attr_ifindex(tb[FLANNEL_A_IFINDEX], &msg->ifindex) ||
	    !flc_attr_str(tb[FLANNEL_A_IFNAME], msg->name, sizeof(msg->name)))
		return flc_genl_malformed(err, "message");
	msg->cmd = gnlh->cmd;
	msg->attrs = (const char *)gnlh + GENL_HDRLEN;
	msg->len = mnl_nlmsg_get_payload_len(nlh) - GENL_HDRLEN;
	return 0;
}

int flc_genl_each(const struct flc_genl_msg *msg, uint16_t nest,
		  int (*fn)(const struct flc_genl_msg *msg,
			    const struct nlattr *nest, void *ctx,
			    struct flc_error *err),
		  void *ctx, struct flc_error *err)
{
	const void *data = msg->attrs;
	const struct nlattr *attr;
	size_t len = msg->len;
	int ret;

	while ((attr = flc_attr_next(&data, &len))) {
		if (mnl_attr_get_type(attr) != nest)
			continue;
		ret = fn(msg, attr, ctx, err);
		if (ret)
			return ret;
	}
	return 0;
}

int flc_genl_malformed(struct flc_error *err, const char *what)
{
	return flc_error_set(err, EBADMSG,
			     "the kernel's %s is malformed: the versions of module and program do not match",
			     what);
}

void flc_genl_prepend_dev(struct flc_error *err, int ifindex)
{
	char name[IF_NAMESIZE];

	if (!err || !ifindex)
		return;
	if (if_indextoname(ifindex, name))
		flc_error_prepend(err, "dev %s", name);
	else
		flc_error_prepend(err, "device with index %d", ifindex);
}

static const struct flc_names *flc_genl_nest_names(uint16_t type)
{
	switch (type) {
	case FLANNEL_A_LEASE:
		return &flc_lease_attr_names;
	case FLANNEL_A_FDB:
		return &flc_fdb_attr_names;
	case FLANNEL_A_MISS:
		return &flc_miss_attr_names;
	default:
		return NULL;
	}
}

/* The attribute at @data that contains @offset. */
static const struct nlattr *flc_genl_find(const struct nlmsghdr *sent,
					  const void *data, size_t len,
					  uint32_t offset)
{
	const char *point = (const char *)sent + offset;
	const struct nlattr *attr;

	while ((attr = flc_attr_next(&data, &len)))
		if (point >= (const char *)attr &&
		    point < (const char *)attr + attr->nla_len)
			return attr;
	return NULL;
}

static void flc_genl_name(const struct flc_names *outer, uint16_t outer_type,
			  const struct flc_names *inner, uint16_t inner_type,
			  char *buf, size_t size)
{
	const char *first = flc_name(outer, outer_type);
	const char *second = inner ? flc_name(inner, inner_type) : NULL;

	if (first && second)
		snprintf(buf, size, "%s.%s", first, second);
	else if (first && !inner)
		snprintf(buf, size, "%s", first);
}

void flc_genl_locate(const struct nlmsghdr *sent, uint32_t offset,
		     uint16_t missing, char *buf, size_t size)
{
	const char *attrs = (const char *)sent + FLC_GENL_ATTRS;
	const struct nlattr *outer, *inner = NULL;
	const struct flc_names *names;

	if (missing && !offset) {
		flc_genl_name(&flc_attr_names, missing, NULL, 0, buf, size);
		return;
	}
	outer = flc_genl_find(sent, attrs, sent->nlmsg_len - FLC_GENL_ATTRS,
			      offset);
	if (!outer)
		return;
	names = flc_genl_nest_names(mnl_attr_get_type(outer));
	if (names && missing) {
		flc_genl_name(&flc_attr_names, mnl_attr_get_type(outer), names,
			      missing, buf, size);
		return;
	}
	if (names)
		inner = flc_genl_find(sent, mnl_attr_get_payload(outer),
				      mnl_attr_get_payload_len(outer), offset);
	/* The error is about the whole entry: its index says which one. */
	if (names && !inner)
		return;
	flc_genl_name(&flc_attr_names, mnl_attr_get_type(outer), names,
		      inner ? mnl_attr_get_type(inner) : 0, buf, size);
}
