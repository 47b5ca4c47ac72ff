// SPDX-License-Identifier: GPL-2.0
/* Routes, as ip-route(8) shows them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/route.h"
#include "lib/rtnl_priv.h"

/* RTA_VIA: a gateway of another family. */
static bool flc_route_read_via(const struct nlattr *attr, struct flc_addr *via)
{
	const struct rtvia *rtvia;
	size_t len;

	if (!attr)
		return true;
	rtvia = mnl_attr_get_payload(attr);
	len = mnl_attr_get_payload_len(attr);
	return len >= sizeof(*rtvia) &&
	       flc_addr_from_len(via, rtvia->rtvia_addr, len - sizeof(*rtvia));
}

static bool flc_route_read_gateway(const struct nlattr **tb, int family,
				   struct flc_addr *via)
{
	return flc_attr_addr_of(tb[RTA_GATEWAY], family, via) &&
	       flc_route_read_via(tb[RTA_VIA], via);
}

/* The first next hop, and the number of next hops. */
static bool flc_route_read_hops(const struct nlattr *attr,
				struct flc_route *route)
{
	const char *at = mnl_attr_get_payload(attr);
	size_t left = mnl_attr_get_payload_len(attr), size;
	const struct nlattr *tb[RTA_MAX + 1];
	const struct rtnexthop *hop;

	for (route->hops = 0; left >= sizeof(*hop); route->hops++) {
		hop = (const struct rtnexthop *)at;
		if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > left)
			return false;
		if (!route->hops) {
			route->oif = hop->rtnh_ifindex;
			route->onlink = hop->rtnh_flags & RTNH_F_ONLINK;
			if (!flc_attr_split(at + sizeof(*hop),
					    hop->rtnh_len - sizeof(*hop), tb,
					    RTA_MAX) ||
			    !flc_route_read_gateway(tb, route->dst.addr.family,
						    &route->via))
				return false;
		}
		size = MNL_ALIGN(hop->rtnh_len);
		if (size > left)
			size = left;
		at += size;
		left -= size;
	}
	return !left;
}

static bool flc_route_read_metrics(const struct nlattr *nest, uint32_t *mtu)
{
	const struct nlattr *tb[RTAX_MTU + 1];

	return !nest || (flc_attr_split_nest(nest, tb, RTAX_MTU) &&
			 flc_attr_u32(tb[RTAX_MTU], mtu));
}

int flc_route_decode(const struct nlmsghdr *nlh, struct flc_route *route,
		     struct flc_error *err)
{
	static const uint8_t zero[16];
	const struct nlattr *tb[RTA_MAX + 1];
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	int family;

	if (!flc_attr_split_msg(nlh, sizeof(*rtm), tb, RTA_MAX))
		return flc_rtnl_malformed(err, "a route");
	family = rtm->rtm_family;
	if (family != AF_INET && family != AF_INET6)
		return 0;
	route->dst.addr = flc_addr_make(family, zero);
	route->dst.len = rtm->rtm_dst_len;
	route->table = rtm->rtm_table;
	route->protocol = rtm->rtm_protocol;
	route->scope = rtm->rtm_scope;
	route->type = rtm->rtm_type;
	route->onlink = rtm->rtm_flags & RTNH_F_ONLINK;
	route->hops = tb[RTA_OIF] || tb[RTA_GATEWAY] || tb[RTA_VIA];
	if (route->dst.len > flc_family_bits(family) ||
	    !flc_attr_addr_of(tb[RTA_DST], family, &route->dst.addr) ||
	    !flc_route_read_gateway(tb, family, &route->via) ||
	    !flc_attr_ifindex(tb[RTA_OIF], &route->oif) ||
	    !flc_attr_addr_of(tb[RTA_PREFSRC], family, &route->src) ||
	    !flc_attr_u32(tb[RTA_TABLE], &route->table) ||
	    !flc_attr_u32(tb[RTA_PRIORITY], &route->metric) ||
	    !flc_route_read_metrics(tb[RTA_METRICS], &route->mtu) ||
	    (tb[RTA_MULTIPATH] &&
	     !flc_route_read_hops(tb[RTA_MULTIPATH], route)))
		return flc_rtnl_malformed(err, "a route");
	return 1;
}

static uint8_t flc_route_scope(const struct flc_route *route)
{
	if (route->dst.addr.family != AF_INET)
		return RT_SCOPE_UNIVERSE;
	switch (route->type) {
	case RTN_LOCAL:
	case RTN_NAT:
		return RT_SCOPE_HOST;
	case RTN_BROADCAST:
	case RTN_MULTICAST:
	case RTN_ANYCAST:
		return RT_SCOPE_LINK;
	case RTN_UNSPEC:
	case RTN_UNICAST:
		return flc_addr_is_set(&route->via) ? RT_SCOPE_UNIVERSE :
						     RT_SCOPE_LINK;
	default:
		return RT_SCOPE_UNIVERSE;
	}
}

static void flc_route_put_via(struct nlmsghdr *nlh, int family,
			      const struct flc_addr *via)
{
	size_t len = flc_family_bytes(via->family);
	char buf[sizeof(struct rtvia) + sizeof(via->bytes)];
	struct rtvia *rtvia = (struct rtvia *)buf;

	if (via->family == family) {
		flc_put_addr(nlh, RTA_GATEWAY, via);
		return;
	}
	rtvia->rtvia_family = via->family;
	memcpy(rtvia->rtvia_addr, via->bytes, len);
	mnl_attr_put(nlh, RTA_VIA, sizeof(*rtvia) + len, buf);
}

static struct nlmsghdr *flc_route_begin(struct flc_rtnl *rtnl, uint16_t type,
					uint16_t flags,
					const struct flc_route *route)
{
	const struct flc_addr *dst = &route->dst.addr;
	uint32_t table = route->table ? route->table : RT_TABLE_MAIN;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct rtmsg *rtm;

	nlh = flc_nl_begin(&rtnl->nl, type, flags, sizeof(*rtm));
	rtm = mnl_nlmsg_get_payload(nlh);
	rtm->rtm_family = dst->family;
	rtm->rtm_dst_len = route->dst.len;
	rtm->rtm_table = table <= UINT8_MAX ? table : RT_TABLE_COMPAT;
	rtm->rtm_protocol = route->protocol;
	rtm->rtm_type = route->type;
	if (route->onlink)
		rtm->rtm_flags = RTNH_F_ONLINK;
	mnl_attr_put_u32(nlh, RTA_TABLE, table);
	if (route->dst.len)
		flc_put_addr(nlh, RTA_DST, dst);
	if (flc_addr_is_set(&route->via))
		flc_route_put_via(nlh, dst->family, &route->via);
	if (route->oif)
		mnl_attr_put_u32(nlh, RTA_OIF, route->oif);
	if (flc_addr_is_set(&route->src))
		flc_put_addr(nlh, RTA_PREFSRC, &route->src);
	if (route->metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, route->metric);
	if (route->mtu) {
		nest = mnl_attr_nest_start(nlh, RTA_METRICS);
		mnl_attr_put_u32(nlh, RTAX_MTU, route->mtu);
		mnl_attr_nest_end(nlh, nest);
	}
	return nlh;
}

static int flc_route_send(struct flc_rtnl *rtnl, const struct flc_route *route,
			  struct flc_error *err)
{
	char text[FLC_PREFIX_STRLEN];
	int ret = flc_nl_talk(&rtnl->nl, NULL, NULL, err);

	if (ret) {
		flc_error_prepend(err, "route to %s",
				  flc_prefix_text(&route->dst, text));
		flc_rtnl_prepend_dev(err, route->oif);
	}
	return ret;
}

static int flc_route_install(struct flc_rtnl *rtnl, uint16_t flags,
			     const struct flc_route *route,
			     struct flc_error *err)
{
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;

	nlh = flc_route_begin(rtnl, RTM_NEWROUTE, flags, route);
	rtm = mnl_nlmsg_get_payload(nlh);
	rtm->rtm_scope = flc_route_scope(route);
	if (!rtm->rtm_protocol)
		rtm->rtm_protocol = RTPROT_STATIC;
	if (!rtm->rtm_type)
		rtm->rtm_type = RTN_UNICAST;
	return flc_route_send(rtnl, route, err);
}

int flc_route_add(struct flc_rtnl *rtnl, const struct flc_route *route,
		  struct flc_error *err)
{
	return flc_route_install(rtnl, NLM_F_CREATE | NLM_F_EXCL, route, err);
}

int flc_route_replace(struct flc_rtnl *rtnl, const struct flc_route *route,
		      struct flc_error *err)
{
	return flc_route_install(rtnl, NLM_F_CREATE | NLM_F_REPLACE, route,
				 err);
}

int flc_route_del(struct flc_rtnl *rtnl, const struct flc_route *route,
		  struct flc_error *err)
{
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;

	nlh = flc_route_begin(rtnl, RTM_DELROUTE, 0, route);
	rtm = mnl_nlmsg_get_payload(nlh);
	/* It stands for any. */
	if (route->dst.addr.family == AF_INET)
		rtm->rtm_scope = RT_SCOPE_NOWHERE;
	return flc_route_send(rtnl, route, err);
}

static bool flc_route_wanted(const struct flc_route *filter,
			     const struct flc_route *route)
{
	return !filter ||
	       ((!filter->dst.addr.family ||
		 filter->dst.addr.family == route->dst.addr.family) &&
		(!filter->table || filter->table == route->table) &&
		(!filter->protocol || filter->protocol == route->protocol) &&
		(!filter->type || filter->type == route->type) &&
		(!filter->oif || filter->oif == route->oif));
}

static int flc_route_collect(const struct nlmsghdr *nlh, void *ctx,
			     struct flc_error *err)
{
	struct flc_collect *found = ctx;
	struct flc_route route = { 0 };
	int ret = flc_route_decode(nlh, &route, err);

	if (ret <= 0 || !flc_route_wanted(found->filter, &route))
		return ret < 0 ? ret : 0;
	return flc_collect_add(found, &route, err);
}

int flc_route_dump(struct flc_rtnl *rtnl, const struct flc_route *filter,
		   struct flc_route_list *list, struct flc_error *err)
{
	struct flc_collect found = {
		.size	= sizeof(*list->items),
		.filter	= filter,
	};
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	int ret;

	memset(list, 0, sizeof(*list));
	nlh = flc_nl_begin(&rtnl->nl, RTM_GETROUTE, NLM_F_DUMP, sizeof(*rtm));
	rtm = mnl_nlmsg_get_payload(nlh);
	if (filter) {
		/* The kernel filters by this, so less is sent. */
		rtm->rtm_family = filter->dst.addr.family;
		rtm->rtm_protocol = filter->protocol;
		rtm->rtm_type = filter->type;
		if (filter->table)
			mnl_attr_put_u32(nlh, RTA_TABLE, filter->table);
	}
	ret = flc_rtnl_dump(rtnl, flc_route_collect, &found, &list->interrupted,
			    err);
	/* A table that does not exist has no routes. */
	if (ret == -ENOENT && filter && filter->table)
		ret = 0;
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void flc_route_list_free(struct flc_route_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* The context is a struct flc_route. */
static int flc_route_one(const struct nlmsghdr *nlh, void *ctx,
			 struct flc_error *err)
{
	int ret;

	memset(ctx, 0, sizeof(struct flc_route));
	ret = flc_route_decode(nlh, ctx, err);
	return ret < 0 ? ret : 0;
}

int flc_route_lookup(struct flc_rtnl *rtnl, const struct flc_addr *dst,
		     const struct flc_addr *src, int oif,
		     struct flc_route *route, struct flc_error *err)
{
	char text[FLC_ADDR_STRLEN];
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	int ret;

	nlh = flc_nl_begin(&rtnl->nl, RTM_GETROUTE, 0, sizeof(*rtm));
	rtm = mnl_nlmsg_get_payload(nlh);
	rtm->rtm_family = dst->family;
	rtm->rtm_dst_len = flc_family_bits(dst->family);
	flc_put_addr(nlh, RTA_DST, dst);
	if (src && flc_addr_is_set(src)) {
		rtm->rtm_src_len = flc_family_bits(src->family);
		flc_put_addr(nlh, RTA_SRC, src);
	}
	if (oif)
		mnl_attr_put_u32(nlh, RTA_OIF, oif);
	ret = flc_nl_talk(&rtnl->nl, flc_route_one, route, err);
	if (ret)
		flc_error_prepend(err, "route to %s", flc_addr_text(dst, text));
	return ret;
}
