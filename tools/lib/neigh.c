// SPDX-License-Identifier: GPL-2.0
/* Neighbours and FDB entries, as ip-neighbour(8) and bridge(8) show them. */
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/neigh.h"
#include "lib/rtnl_priv.h"

int fl_neigh_decode(const struct nlmsghdr *nlh, struct fl_neigh *neigh,
		    struct fl_error *err)
{
	const struct nlattr *tb[NDA_MAX + 1];
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);

	if (!fl_attr_split_msg(nlh, sizeof(*ndm), tb, NDA_MAX))
		return fl_rtnl_malformed(err, "a neighbour");
	if (ndm->ndm_family != AF_INET && ndm->ndm_family != AF_INET6 &&
	    ndm->ndm_family != AF_BRIDGE)
		return 0;
	neigh->family = ndm->ndm_family;
	neigh->ifindex = ndm->ndm_ifindex;
	neigh->state = ndm->ndm_state;
	neigh->flags = ndm->ndm_flags;
	if (!fl_attr_addr(tb[NDA_DST], &neigh->addr) ||
	    !fl_attr_be16(tb[NDA_PORT], &neigh->port) ||
	    !fl_attr_u32(tb[NDA_VNI], &neigh->vni) ||
	    !fl_attr_ifindex(tb[NDA_MASTER], &neigh->master))
		return fl_rtnl_malformed(err, "a neighbour");
	neigh->has_vni = tb[NDA_VNI];
	/* Addresses of other hardware have other lengths. */
	neigh->has_mac = tb[NDA_LLADDR] &&
			 fl_attr_mac(tb[NDA_LLADDR], &neigh->mac);
	return 1;
}

static void fl_neigh_put(struct nlmsghdr *nlh, const struct fl_neigh *neigh)
{
	struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);

	ndm->ndm_family = neigh->family;
	ndm->ndm_ifindex = neigh->ifindex;
	ndm->ndm_state = neigh->state ? neigh->state : NUD_PERMANENT;
	ndm->ndm_flags = neigh->flags;
	if (neigh->family == AF_BRIDGE &&
	    !(neigh->flags & (NTF_SELF | NTF_MASTER)))
		ndm->ndm_flags |= NTF_SELF;
	if (fl_addr_is_set(&neigh->addr))
		fl_put_addr(nlh, NDA_DST, &neigh->addr);
	if (neigh->has_mac)
		fl_put_mac(nlh, NDA_LLADDR, &neigh->mac);
	if (neigh->port)
		mnl_attr_put_u16(nlh, NDA_PORT, htons(neigh->port));
	if (neigh->has_vni)
		mnl_attr_put_u32(nlh, NDA_VNI, neigh->vni);
}

static int fl_neigh_send(struct fl_rtnl *rtnl, uint16_t type, uint16_t flags,
			 const struct fl_neigh *neigh, struct fl_error *err)
{
	char mac[FL_MAC_STRLEN], addr[FL_ADDR_STRLEN];
	struct nlmsghdr *nlh;
	int ret;

	nlh = fl_nl_begin(&rtnl->nl, type, flags, sizeof(struct ndmsg));
	fl_neigh_put(nlh, neigh);
	ret = fl_nl_talk(&rtnl->nl, NULL, NULL, err);
	if (!ret)
		return 0;
	if (neigh->family == AF_BRIDGE)
		fl_error_prepend(err, "FDB entry %s to %s",
				 fl_mac_text(&neigh->mac, mac),
				 fl_addr_text(&neigh->addr, addr));
	else
		fl_error_prepend(err, "neighbour %s",
				 fl_addr_text(&neigh->addr, addr));
	fl_rtnl_prepend_dev(err, neigh->ifindex);
	return ret;
}

int fl_neigh_set(struct fl_rtnl *rtnl, const struct fl_neigh *neigh,
		 enum fl_neigh_mode mode, struct fl_error *err)
{
	static const uint16_t flags[] = {
		[FL_NEIGH_ADD]		= NLM_F_CREATE | NLM_F_EXCL,
		[FL_NEIGH_REPLACE]	= NLM_F_CREATE | NLM_F_REPLACE,
		[FL_NEIGH_APPEND]	= NLM_F_CREATE | NLM_F_APPEND,
	};

	return fl_neigh_send(rtnl, RTM_NEWNEIGH, flags[mode], neigh, err);
}

int fl_neigh_del(struct fl_rtnl *rtnl, const struct fl_neigh *neigh,
		 struct fl_error *err)
{
	return fl_neigh_send(rtnl, RTM_DELNEIGH, 0, neigh, err);
}

static int fl_neigh_collect(const struct nlmsghdr *nlh, void *ctx,
			    struct fl_error *err)
{
	struct fl_collect *found = ctx;
	const struct fl_neigh *filter = found->filter;
	struct fl_neigh neigh = { 0 };
	int ret = fl_neigh_decode(nlh, &neigh, err);

	if (ret <= 0 || neigh.family != filter->family ||
	    (filter->ifindex && filter->ifindex != neigh.ifindex))
		return ret < 0 ? ret : 0;
	return fl_collect_add(found, &neigh, err);
}

int fl_neigh_dump(struct fl_rtnl *rtnl, int family, int ifindex,
		  struct fl_neigh_list *list, struct fl_error *err)
{
	struct fl_neigh filter = { .family = family, .ifindex = ifindex };
	struct fl_collect found = {
		.size	= sizeof(*list->items),
		.filter	= &filter,
	};
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;
	int ret;

	memset(list, 0, sizeof(*list));
	nlh = fl_nl_begin(&rtnl->nl, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*ndm));
	ndm = mnl_nlmsg_get_payload(nlh);
	ndm->ndm_family = family;
	if (ifindex)
		mnl_attr_put_u32(nlh, NDA_IFINDEX, ifindex);
	ret = fl_rtnl_dump(rtnl, fl_neigh_collect, &found, &list->interrupted,
			   err);
	if (ret)
		fl_rtnl_prepend_dev(err, ifindex);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void fl_neigh_list_free(struct fl_neigh_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
