// SPDX-License-Identifier: GPL-2.0
/* Routes, as ip-route(8) shows them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/route.h"
#include "lib/rtnl_priv.h"

/* RTA_VIA: a gateway of another family. */
static bool fl_route_read_via(const struct nlattr *attr, struct fl_addr *via)
{
	const struct rtvia *rtvia;
	size_t len;

	if (!attr)
		return true;
	rtvia = mnl_attr_get_payload(attr);
	len = mnl_attr_get_payload_len(attr);
	return len >= sizeof(*rtvia) &&
	       fl_addr_from_len(via, rtvia->rtvia_addr, len - sizeof(*rtvia));
}

static bool fl_route_read_gateway(const struct nlattr **tb, int family,
				  struct fl_addr *via)
{
	return fl_attr_addr_of(tb[RTA_GATEWAY], family, via) &&
	       fl_route_read_via(tb[RTA_VIA], via);
}

/* The first next hop, and how many there are. */
static bool fl_route_read_hops(const struct nlattr *attr,
			       struct fl_route *route)
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
			if (!fl_attr_split(at + sizeof(*hop),
					   hop->rtnh_len - sizeof(*hop), tb,
					   RTA_MAX) ||
			    !fl_route_read_gateway(tb, route->dst.addr.family,
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

static bool fl_route_read_metrics(const struct nlattr *nest, uint32_t *mtu)
{
	const struct nlattr *tb[RTAX_MTU + 1];

	return !nest || (fl_attr_split_nest(nest, tb, RTAX_MTU) &&
			 fl_attr_u32(tb[RTAX_MTU], mtu));
}

int fl_route_decode(const struct nlmsghdr *nlh, struct fl_route *route,
		    struct fl_error *err)
{
	static const uint8_t zero[16];
	const struct nlattr *tb[RTA_MAX + 1];
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	int family;

	if (!fl_attr_split_msg(nlh, sizeof(*rtm), tb, RTA_MAX))
		return fl_rtnl_malformed(err, "a route");
	family = rtm->rtm_family;
	if (family != AF_INET && family != AF_INET6)
		return 0;
	route->dst.addr = fl_addr_make(family, zero);
	route->dst.len = rtm->rtm_dst_len;
	route->table = rtm->rtm_table;
	route->protocol = rtm->rtm_protocol;
	route->scope = rtm->rtm_scope;
	route->type = rtm->rtm_type;
	route->onlink = rtm->rtm_flags & RTNH_F_ONLINK;
	route->hops = tb[RTA_OIF] || tb[RTA_GATEWAY] || tb[RTA_VIA];
	if (route->dst.len > fl_family_bits(family) ||
	    !fl_attr_addr_of(tb[RTA_DST], family, &route->dst.addr) ||
	    !fl_route_read_gateway(tb, family, &route->via) ||
	    !fl_attr_ifindex(tb[RTA_OIF], &route->oif) ||
	    !fl_attr_addr_of(tb[RTA_PREFSRC], family, &route->src) ||
	    !fl_attr_u32(tb[RTA_TABLE], &route->table) ||
	    !fl_attr_u32(tb[RTA_PRIORITY], &route->metric) ||
	    !fl_route_read_metrics(tb[RTA_METRICS], &route->mtu) ||
	    (tb[RTA_MULTIPATH] &&
	     !fl_route_read_hops(tb[RTA_MULTIPATH], route)))
		return fl_rtnl_malformed(err, "a route");
	return 1;
}

static uint8_t fl_route_scope(const struct fl_route *route)
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
		return fl_addr_is_set(&route->via) ? RT_SCOPE_UNIVERSE :
						     RT_SCOPE_LINK;
	default:
		return RT_SCOPE_UNIVERSE;
	}
}

static void fl_route_put_via(struct nlmsghdr *nlh, int family,
			     const struct fl_addr *via)
{
	size_t len = fl_family_bytes(via->family);
	char buf[sizeof(struct rtvia) + sizeof(via->bytes)];
	struct rtvia *rtvia = (struct rtvia *)buf;

	if (via->family == family) {
		fl_put_addr(nlh, RTA_GATEWAY, via);
		return;
	}
	rtvia->rtvia_family = via->family;
	memcpy(rtvia->rtvia_addr, via->bytes, len);
	mnl_attr_put(nlh, RTA_VIA, sizeof(*rtvia) + len, buf);
}

static struct nlmsghdr *fl_route_begin(struct fl_rtnl *rtnl, uint16_t type,
				       uint16_t flags,
				       const struct fl_route *route)
{
	const struct fl_addr *dst = &route->dst.addr;
	uint32_t table = route->table ? route->table : RT_TABLE_MAIN;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct rtmsg *rtm;

	nlh = fl_nl_begin(&rtnl->nl, type, flags, sizeof(*rtm));
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
		fl_put_addr(nlh, RTA_DST, dst);
	if (fl_addr_is_set(&route->via))
		fl_route_put_via(nlh, dst->family, &route->via);
	if (route->oif)
		mnl_attr_put_u32(nlh, RTA_OIF, route->oif);
	if (fl_addr_is_set(&route->src))
		fl_put_addr(nlh, RTA_PREFSRC, &route->src);
	if (route->metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, route->metric);
	if (route->mtu) {
		nest = mnl_attr_nest_start(nlh, RTA_METRICS);
		mnl_attr_put_u32(nlh, RTAX_MTU, route->mtu);
		mnl_attr_nest_end(nlh, nest);
	}
	return nlh;
}

static int fl_route_send(struct fl_rtnl *rtnl, const struct fl_route *route,
			 struct fl_error *err)
{
	char text[FL_PREFIX_STRLEN];
	int ret = fl_nl_talk(&rtnl->nl, NULL, NULL, err);

	if (ret) {
		fl_error_prepend(err, "route to %s",
				 fl_prefix_text(&route->dst, text));
		fl_rtnl_prepend_dev(err, route->oif);
	}
	return ret;
}

static int fl_route_install(struct fl_rtnl *rtnl, uint16_t flags,
			    const struct fl_route *route, struct fl_error *err)
{
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;

	nlh = fl_route_begin(rtnl, RTM_NEWROUTE, flags, route);
	rtm = mnl_nlmsg_get_payload(nlh);
	rtm->rtm_scope = fl_route_scope(route);
	if (!rtm->rtm_protocol)
		rtm->rtm_protocol = RTPROT_STATIC;
	if (!rtm->rtm_type)
		rtm->rtm_type = RTN_UNICAST;
	return fl_route_send(rtnl, route, err);
}

int fl_route_add(struct fl_rtnl *rtnl, const struct fl_route *route,
		 struct fl_error *err)
{
	return fl_route_install(rtnl, NLM_F_CREATE | NLM_F_EXCL, route, err);
}

int fl_route_replace(struct fl_rtnl *rtnl, const struct fl_route *route,
		     struct fl_error *err)
{
	return fl_route_install(rtnl, NLM_F_CREATE | NLM_F_REPLACE, route,
				err);
}

int fl_route_del(struct fl_rtnl *rtnl, const struct fl_route *route,
		 struct fl_error *err)
{
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;

	nlh = fl_route_begin(rtnl, RTM_DELROUTE, 0, route);
	rtm = mnl_nlmsg_get_payload(nlh);
	/* Which stands for any. */
	if (route->dst.addr.family == AF_INET)
		rtm->rtm_scope = RT_SCOPE_NOWHERE;
	return fl_route_send(rtnl, route, err);
}

static bool fl_route_wanted(const struct fl_route *filter,
			    const struct fl_route *route)
{
	return !filter ||
	       ((!filter->dst.addr.family ||
		 filter->dst.addr.family == route->dst.addr.family) &&
		(!filter->table || filter->table == route->table) &&
		(!filter->protocol || filter->protocol == route->protocol) &&
		(!filter->type || filter->type == route->type) &&
		(!filter->oif || filter->oif == route->oif));
}

static int fl_route_collect(const struct nlmsghdr *nlh, void *ctx,
			    struct fl_error *err)
{
	struct fl_collect *found = ctx;
	struct fl_route route = { 0 };
	int ret = fl_route_decode(nlh, &route, err);

	if (ret <= 0 || !fl_route_wanted(found->filter, &route))
		return ret < 0 ? ret : 0;
	return fl_collect_add(found, &route, err);
}

int fl_route_dump(struct fl_rtnl *rtnl, const struct fl_route *filter,
		  struct fl_route_list *list, struct fl_error *err)
{
	struct fl_collect found = {
		.size	= sizeof(*list->items),
		.filter	= filter,
	};
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	int ret;

	memset(list, 0, sizeof(*list));
	nlh = fl_nl_begin(&rtnl->nl, RTM_GETROUTE, NLM_F_DUMP, sizeof(*rtm));
	rtm = mnl_nlmsg_get_payload(nlh);
	if (filter) {
		/* What the kernel sorts out need not be sent. */
		rtm->rtm_family = filter->dst.addr.family;
		rtm->rtm_protocol = filter->protocol;
		rtm->rtm_type = filter->type;
		if (filter->table)
			mnl_attr_put_u32(nlh, RTA_TABLE, filter->table);
	}
	ret = fl_rtnl_dump(rtnl, fl_route_collect, &found, &list->interrupted,
			   err);
	/* A table that does not exist has no routes. */
	if (ret == -ENOENT && filter && filter->table)
		ret = 0;
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void fl_route_list_free(struct fl_route_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* The context is a struct fl_route. */
static int fl_route_one(const struct nlmsghdr *nlh, void *ctx,
			struct fl_error *err)
{
	int ret;

	memset(ctx, 0, sizeof(struct fl_route));
	ret = fl_route_decode(nlh, ctx, err);
	return ret < 0 ? ret : 0;
}

int fl_route_lookup(struct fl_rtnl *rtnl, const struct fl_addr *dst,
		    const struct fl_addr *src, int oif,
		    struct fl_route *route, struct fl_error *err)
{
	char text[FL_ADDR_STRLEN];
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	int ret;

	nlh = fl_nl_begin(&rtnl->nl, RTM_GETROUTE, 0, sizeof(*rtm));
	rtm = mnl_nlmsg_get_payload(nlh);
	rtm->rtm_family = dst->family;
	rtm->rtm_dst_len = fl_family_bits(dst->family);
	fl_put_addr(nlh, RTA_DST, dst);
	if (src && fl_addr_is_set(src)) {
		rtm->rtm_src_len = fl_family_bits(src->family);
		fl_put_addr(nlh, RTA_SRC, src);
	}
	if (oif)
		mnl_attr_put_u32(nlh, RTA_OIF, oif);
	ret = fl_nl_talk(&rtnl->nl, fl_route_one, route, err);
	if (ret)
		fl_error_prepend(err, "route to %s", fl_addr_text(dst, text));
	return ret;
}
