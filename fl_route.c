// SPDX-License-Identifier: GPL-2.0
/* Cached routes to peers. */
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/l3mdev.h>
#include <net/lwtunnel.h>
#include <net/route.h>

#include <flannel/dev.h>
#include <flannel/ip6.h>
#include <flannel/outer.h>
#include <flannel/peer.h>
#include <flannel/route.h>
#include <flannel/sock.h>

/**
 * fl_route_free - free a route that has no readers any more
 * @route: route, or NULL
 *
 * Context: any.
 */
void fl_route_free(struct fl_route *route)
{
	if (!route)
		return;
	dst_release(route->dst);
	kfree(route);
}

static void fl_route_free_rcu(struct rcu_head *rcu)
{
	fl_route_free(container_of(rcu, struct fl_route, rcu));
}

/**
 * fl_route_set - set the cached route of a peer
 * @peer: peer
 * @route: route, owned by the peer from now on; NULL for none
 *
 * Context: any.
 */
void fl_route_set(struct fl_peer *peer, struct fl_route *route)
{
	struct fl_route *old;

	old = unrcu_pointer(xchg(&peer->route, RCU_INITIALIZER(route)));
	if (old)
		call_rcu(&old->rcu, fl_route_free_rcu);
}

/* Do packets simply go to a neighbour, without being transformed, redirected or
 * duplicated along the route?
 */
static bool fl_route_is_plain(const struct dst_entry *dst, u32 family)
{
	const struct net_device *dev = dst->dev;

	if (dst_xfrm(dst) || dst->lwtstate)
		return false;
	/* Leave nested overlays to the stack, which detects loops. */
	if ((dev->flags & IFF_LOOPBACK) || netif_is_l3_master(dev) ||
	    netif_is_l3_slave(dev) || fl_dev_is(dev))
		return false;
	if (family == AF_INET)
		return dst->output == ip_output;
	return IS_ENABLED(CONFIG_IPV6) && dst->output == fl_ip6_output;
}

static struct dst_entry *fl_route_lookup4(struct fl_dev *fl,
					  const struct fl_config *cfg,
					  const struct fl_dest *dest,
					  const struct fl_outer *outer,
					  union fl_ip *saddr)
{
	struct fl_sock *sock = rcu_dereference(fl->sock4);
	struct flowi4 fl4 = {
		.flowi4_oif	= dest->peer->key.ifindex,
		.flowi4_mark	= outer->mark,
		.flowi4_proto	= IPPROTO_UDP,
		.daddr		= dest->peer->key.addr.ip.v4,
		.saddr		= cfg->local4,
		.fl4_sport	= outer->sport,
		.fl4_dport	= dest->port,
	};
	struct rtable *rt;

	if (!sock)
		return ERR_PTR(-EAFNOSUPPORT);
	if (!fl4.flowi4_oif)
		fl4.flowi4_oif = fl_sock_bound(sock);
	fl4.flowi4_dscp = inet_dsfield_to_dscp(outer->tos);
	rt = ip_route_output_key(fl->net, &fl4);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	saddr->v4 = fl4.saddr;
	return &rt->dst;
}

static struct dst_entry *fl_route_lookup6(struct fl_dev *fl,
					  const struct fl_config *cfg,
					  const struct fl_dest *dest,
					  const struct fl_outer *outer,
					  union fl_ip *saddr)
{
	struct fl_sock *sock = rcu_dereference(fl->sock6);
	struct flowi6 fl6 = {
		.flowi6_oif	= dest->peer->key.ifindex,
		.flowi6_mark	= outer->mark,
		.flowi6_proto	= IPPROTO_UDP,
		.daddr		= dest->peer->key.addr.ip.v6,
		.saddr		= cfg->local6,
		.flowlabel	= ip6_make_flowinfo(outer->tos,
						    cfg->label),
		.fl6_sport	= outer->sport,
		.fl6_dport	= dest->port,
	};
	struct dst_entry *dst;

	if (!sock)
		return ERR_PTR(-EAFNOSUPPORT);
	if (!fl6.flowi6_oif)
		fl6.flowi6_oif = fl_sock_bound(sock);
	dst = fl_ip6_dst_lookup(fl->net, fl_sock_sk(sock), &fl6);
	if (!IS_ERR(dst))
		saddr->v6 = fl6.saddr;
	return dst;
}

/* Does the MTU stay the same for the lifetime of the route? A learned MTU expires by
 * itself, or is applied to a route that a redirect had changed before; the MTU of an
 * IPv6 link changes (for instance by a router advertisement) without invalidating its
 * routes.
 */
static bool fl_route_mtu_lasts(const struct dst_entry *dst, u32 family)
{
	return family == AF_INET && !dst->expires &&
	       !(container_of(dst, struct rtable, dst)->rt_flags &
		 RTCF_REDIRECTED);
}

/* May the route be cached for other packets? */
static bool fl_route_keeps(const struct dst_entry *dst,
			   const struct fl_route *old, u8 tos)
{
	/* A transformed route (IPsec) may outlive our RCU section in a crypto queue:
	 * such a packet takes its own reference.
	 */
	if (dst_xfrm(dst))
		return false;
	return !old || old->tos == tos || !dst_check(old->dst, old->cookie);
}

/* Makes it the cached route of the peer, which takes over the reference. */
static bool fl_route_keep(struct fl_peer *peer, const struct fl_way *way, u8 tos)
{
	u32 family = peer->key.addr.family;
	struct fl_route *route;

	route = kmalloc(sizeof(*route), GFP_ATOMIC | __GFP_NOWARN);
	if (!route)
		return false;
	route->dst = way->dst;
	route->cookie = family == AF_INET6 ?
			rt6_get_cookie(dst_rt6_info(way->dst)) : 0;
	route->tos = tos;
	route->ttl = dst_metric_raw(way->dst, RTAX_HOPLIMIT);
	route->plain = fl_route_is_plain(way->dst, family);
	route->local = way->local;
	route->mtu = fl_route_mtu_lasts(way->dst, family) ? way->mtu : 0;
	route->saddr = way->saddr;
	fl_route_set(peer, route);
	return true;
}

/**
 * fl_route_way - how to reach a peer now
 * @fl: device
 * @cfg: its options
 * @dest: the peer, and the UDP port there
 * @outer: mark, TOS and UDP source port of the packet
 * @way: the result
 *
 * The route is looked up once and kept until the routing tables change. A
 * packet whose mark or TOS could lead elsewhere is looked up by itself.
 *
 * Return: 0; -EAFNOSUPPORT if the device has no underlay of this family;
 * -ELOOP if the route leads back into the device; other errors if there is no
 * route.
 * Context: RCU and BH disabled.
 */
int fl_route_way(struct fl_dev *fl, const struct fl_config *cfg,
		 const struct fl_dest *dest, const struct fl_outer *outer,
		 struct fl_way *way)
{
	struct fl_peer *peer = dest->peer;
	u32 family = peer->key.addr.family;
	struct fl_route *route = rcu_dereference(peer->route);
	bool shared = !outer->mark || !fl_route_by_mark(fl, family);
	struct dst_entry *dst;

	if (likely(route && shared && route->tos == outer->tos &&
		   (!READ_ONCE(route->dst->obsolete) ||
		    dst_check(route->dst, route->cookie)))) {
		way->dst = route->dst;
		way->saddr = route->saddr;
		way->mtu = route->mtu ?: dst_mtu(route->dst);
		way->local = route->local;
		way->held = false;
		return 0;
	}

	if (family == AF_INET)
		dst = fl_route_lookup4(fl, cfg, dest, outer, &way->saddr);
	else
		dst = fl_route_lookup6(fl, cfg, dest, outer, &way->saddr);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	if (dst->dev == fl->dev) {
		dst_release(dst);
		return -ELOOP;
	}
	way->dst = dst;
	way->mtu = dst_mtu(dst);
	way->local = fl_dst_is_local(dst, family);
	way->held = !shared || !fl_route_keeps(dst, route, outer->tos) ||
		    !fl_route_keep(peer, way, outer->tos);
	return 0;
}
