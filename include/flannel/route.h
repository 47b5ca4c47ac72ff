/* SPDX-License-Identifier: GPL-2.0 */
/* Cached routes to peers. */
#ifndef _FLANNEL_ROUTE_H
#define _FLANNEL_ROUTE_H

#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/route.h>

#include <flannel/addr.h>
#include <flannel/dev.h>
#include <flannel/ip6.h>

struct fl_dest;
struct fl_outer;
struct fl_peer;

/**
 * struct fl_route - a cached route to a peer
 * @dst: the route; we hold a reference
 * @cookie: to check whether an IPv6 @dst is still valid
 * @tos: TOS used in the lookup
 * @ttl: its hop limit, 0 for the host's
 * @plain: its packets simply go to a neighbour
 * @local: it leads to an address of this host
 * @mtu: of the path, or 0 if it must be determined per packet
 * @saddr: outer source address
 * @rcu: frees it
 */
struct fl_route {
	struct dst_entry	*dst;
	u32			cookie;
	u8			tos;
	u8			ttl;
	bool			plain;
	bool			local;
	unsigned int		mtu;
	union fl_ip		saddr;
	struct rcu_head		rcu;
};

/**
 * struct fl_way - how to reach a peer now
 * @dst: route
 * @saddr: outer source address
 * @mtu: of the path, with the outer IP header
 * @local: it leads to an address of this host
 * @held: @dst has a reference that the user must pass on or release;
 *	otherwise RCU keeps it
 */
struct fl_way {
	struct dst_entry	*dst;
	union fl_ip		saddr;
	unsigned int		mtu;
	bool			local;
	bool			held;
};

void fl_route_free(struct fl_route *route);
void fl_route_set(struct fl_peer *peer, struct fl_route *route);
int fl_route_way(struct fl_dev *fl, const struct fl_config *cfg,
		 const struct fl_dest *dest, const struct fl_outer *outer,
		 struct fl_way *way);

static inline bool fl_dst_is_local(const struct dst_entry *dst, u32 family)
{
	if (family == AF_INET)
		return container_of(dst, struct rtable, dst)->rt_flags &
		       RTCF_LOCAL;
	return dst_rt6_info(dst)->rt6i_flags & RTF_LOCAL;
}

/* The default TTL of packets sent along a route. */
static inline u8 fl_dst_ttl(struct dst_entry *dst, u32 family)
{
	return family == AF_INET ? ip4_dst_hoplimit(dst) : fl_ip6_hoplimit(dst);
}

static __always_inline u8 fl_route_ttl(const struct fl_dev *fl,
				       const struct fl_route *route, u32 family)
{
	if (family == AF_INET)
		return route->ttl ?:
		       READ_ONCE(fl->net->ipv4.sysctl_ip_default_ttl);
	return fl_ip6_hoplimit(route->dst);
}

/* Can the result of a route lookup depend on the mark? */
static inline bool fl_route_by_mark(const struct fl_dev *fl, u32 family)
{
	return family == AF_INET ? fib4_has_custom_rules(fl->net) :
				   fib6_has_custom_rules(fl->net);
}

/* Is a cached route still valid? For IPv4 the generation ID tells, which every routing
 * change bumps; learned routes are marked obsolete instead.
 */
static __always_inline bool fl_route_is_current(const struct fl_dev *fl,
						const struct fl_route *route,
						u32 family)
{
	struct dst_entry *dst = route->dst;

	if (family == AF_INET)
		return dst->obsolete == DST_OBSOLETE_FORCE_CHK &&
		       container_of(dst, struct rtable, dst)->rt_genid ==
		       rt_genid_ipv4(fl->net);
	return !READ_ONCE(dst->obsolete) || dst_check(dst, route->cookie);
}

#endif /* _FLANNEL_ROUTE_H */
