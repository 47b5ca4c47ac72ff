// SPDX-License-Identifier: GPL-2.0
/* Neighbours and FDB entries, as ip-neighbour(8) and bridge(8) show them. */
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/neigh.h"
#include "lib/rtnl_priv.h"

int flc_neigh_decode(const struct nlmsghdr *nlh, struct flc_neigh *neigh,
		     struct flc_error *err)
{
	const struct nlattr *tb[NDA_MAX + 1];
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);

	if (!flc_attr_split_msg(nlh, sizeof(*ndm), tb, NDA_MAX))
		return flc_rtnl_malformed(err, "a neighbour");
	if (ndm->ndm_family != AF_INET && ndm->ndm_family != AF_INET6 &&
	    ndm->ndm_family != AF_BRIDGE)
		return 0;
	neigh->family = ndm->ndm_family;
	neigh->ifindex = ndm->ndm_ifindex;
	neigh->state = ndm->ndm_state;
	neigh->flags = ndm->ndm_flags;
	if (!flc_attr_addr(tb[NDA_DST], &neigh->addr) ||
	    !flc_attr_be16(tb[NDA_PORT], &neigh->port) ||
	    !flc_attr_u32(tb[NDA_VNI], &neigh->vni) ||
	    !flc_attr_ifindex(tb[NDA_MASTER], &neigh->master))
		return flc_rtnl_malformed(err, "a neighbour");
	neigh->has_vni = tb[NDA_VNI];
	/* Addresses of other hardware have other lengths. */
	neigh->has_mac = tb[NDA_LLADDR] &&
			 flc_attr_mac(tb[NDA_LLADDR], &neigh->mac);
	return 1;
}

static void flc_neigh_put(struct nlmsghdr *nlh, const struct flc_neigh *neigh)
{
	struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);

	ndm->ndm_family = neigh->family;
	ndm->ndm_ifindex = neigh->ifindex;
	ndm->ndm_state = neigh->state ? neigh->state : NUD_PERMANENT;
	ndm->ndm_flags = neigh->flags;
	if (neigh->family == AF_BRIDGE &&
	    !(neigh->flags & (NTF_SELF | NTF_MASTER)))
		ndm->ndm_flags |= NTF_SELF;
	if (flc_addr_is_set(&neigh->addr))
		flc_put_addr(nlh, NDA_DST, &neigh->addr);
	if (neigh->has_mac)
		flc_put_mac(nlh, NDA_LLADDR, &neigh->mac);
	if (neigh->port)
		mnl_attr_put_u16(nlh, NDA_PORT, htons(neigh->port));
	if (neigh->has_vni)
		mnl_attr_put_u32(nlh, NDA_VNI, neigh->vni);
}

static int flc_neigh_send(struct flc_rtnl *rtnl, uint16_t type, uint16_t flags,
			  const struct flc_neigh *neigh, struct flc_error *err)
{
	char mac[FLC_MAC_STRLEN], addr[FLC_ADDR_STRLEN];
	struct nlmsghdr *nlh;
	int ret;

	nlh = flc_nl_begin(&rtnl->nl, type, flags, sizeof(struct ndmsg));
	flc_neigh_put(nlh, neigh);
	ret = flc_nl_talk(&rtnl->nl, NULL, NULL, err);
	if (!ret)
		return 0;
	if (neigh->family == AF_BRIDGE)
		flc_error_prepend(err, "FDB entry %s to %s",
				  flc_mac_text(&neigh->mac, mac),
				  flc_addr_text(&neigh->addr, addr));
	else
		flc_error_prepend(err, "neighbour %s",
				  flc_addr_text(&neigh->addr, addr));
	flc_rtnl_prepend_dev(err, neigh->ifindex);
	return ret;
}

int flc_neigh_set(struct flc_rtnl *rtnl, const struct flc_neigh *neigh,
		  enum flc_neigh_mode mode, struct flc_error *err)
{
	static const uint16_t flags[] = {
		[FLC_NEIGH_ADD]		= NLM_F_CREATE | NLM_F_EXCL,
		[FLC_NEIGH_REPLACE]	= NLM_F_CREATE | NLM_F_REPLACE,
		[FLC_NEIGH_APPEND]	= NLM_F_CREATE | NLM_F_APPEND,
	};

	return flc_neigh_send(rtnl, RTM_NEWNEIGH, flags[mode], neigh, err);
}

int flc_neigh_del(struct flc_rtnl *rtnl, const struct flc_neigh *neigh,
		  struct flc_error *err)
{
	return flc_neigh_send(rtnl, RTM_DELNEIGH, 0, neigh, err);
}

static int flc_neigh_collect(const struct nlmsghdr *nlh, void *ctx,
			     struct flc_error *err)
{
	struct flc_collect *found = ctx;
	const struct flc_neigh *filter = found->filter;
	struct flc_neigh neigh = { 0 };
	int ret = flc_neigh_decode(nlh, &neigh, err);

	if (ret <= 0 || neigh.family != filter->family ||
	    (filter->ifindex && filter->ifindex != neigh.ifindex))
		return ret < 0 ? ret : 0;
	return flc_collect_add(found, &neigh, err);
}

int flc_neigh_dump(struct flc_rtnl *rtnl, int family, int ifindex,
		   struct flc_neigh_list *list, struct flc_error *err)
{
	struct flc_neigh filter = { .family = family, .ifindex = ifindex };
	struct flc_collect found = {
		.size	= sizeof(*list->items),
		.filter	= &filter,
	};
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;
	int ret;

	memset(list, 0, sizeof(*list));
	nlh = flc_nl_begin(&rtnl->nl, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*ndm));
	ndm = mnl_nlmsg_get_payload(nlh);
	ndm->ndm_family = family;
	if (ifindex)
		mnl_attr_put_u32(nlh, NDA_IFINDEX, ifindex);
	ret = flc_rtnl_dump(rtnl, flc_neigh_collect, &found, &list->interrupted,
			    err);
	if (ret)
		flc_rtnl_prepend_dev(err, ifindex);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void flc_neigh_list_free(struct flc_neigh_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
