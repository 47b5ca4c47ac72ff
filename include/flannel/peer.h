/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Peers: the VTEPs that leases and FDB entries point to. A peer caches the route to its
 * outer address, and the peer table is the set of outer sources that may send to us.
 */
#ifndef _FLANNEL_PEER_H
#define _FLANNEL_PEER_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>

#include <flannel/addr.h>

struct fl_dev;
struct fl_route;

/**
 * struct fl_peer_key - identifies a peer
 * @addr: outer address
 * @ifindex: lower device to reach it through, 0 for the route's
 */
struct fl_peer_key {
	struct fl_addr	addr;
	int		ifindex;
};

/* A peer may reach us at several addresses, or on several paths. */
#define FL_PASSES	4

/**
 * struct fl_pass - a path on which packets of a peer arrive
 * @ifindex: lower device
 * @rp_filter: its setting when the first packet arrived on it
 * @local: outer destination address
 */
struct fl_pass {
	int		ifindex;
	int		rp_filter;
	union fl_ip	local;
};

/**
 * struct fl_passes - paths on which a peer's packets may take the fast path
 * @genid: generation ID of the routing tables at that time
 * @count: how many there are
 * @since: when the last of them was granted, in jiffies
 * @rcu: frees it
 * @pass: the paths, newest first
 */
struct fl_passes {
	u32		genid;
	unsigned int	count;
	unsigned long	since;
	struct rcu_head	rcu;
	struct fl_pass	pass[FL_PASSES];
};

/**
 * struct fl_peer - a remote VTEP
 * @key: its address; readers are under RCU
 * @users: leases and FDB remotes that point to it; under the table's lock
 * @node: links it into the table
 * @route: cached route, or NULL
 * @passes: paths on which its packets may take the fast path, or NULL
 * @rcu: frees it
 */
struct fl_peer {
	struct fl_peer_key	key;
	u32			users;
	struct rhash_head	node;
	struct fl_route __rcu	*route;
	struct fl_passes __rcu	*passes;
	struct rcu_head		rcu;
};

/**
 * struct fl_peer_table - the peers of a device
 * @ht: by key; readers are under RCU
 * @lock: serialises writers
 */
struct fl_peer_table {
	struct rhashtable	ht;
	spinlock_t		lock;	/* of all writers */
};

int fl_peer_init(struct fl_dev *fl);
void fl_peer_destroy(struct fl_dev *fl);
struct fl_peer *fl_peer_get(struct fl_dev *fl, const struct fl_addr *addr,
			    int ifindex, gfp_t gfp);
void fl_peer_put(struct fl_dev *fl, struct fl_peer *peer);
struct fl_peer *fl_peer_find4(struct fl_dev *fl, __be32 ip, int ifindex);
struct fl_peer *fl_peer_find6(struct fl_dev *fl, const struct in6_addr *ip,
			      int ifindex);
struct fl_peer *fl_peer_find(struct fl_dev *fl, const struct fl_addr *addr,
			     int ifindex);
void fl_peer_set_passes(struct fl_peer *peer, struct fl_passes *passes);
void fl_peer_forget_routes(struct fl_dev *fl);
int fl_peer_cache_init(void);
void fl_peer_cache_exit(void);

/**
 * fl_peer_find_sender - the peer that sent an outer packet
 * @fl: device
 * @skb: packet, as the lower device received it
 * @family: AF_INET or AF_INET6, of its outer header
 *
 * Return: the peer, or NULL if no lease or FDB entry points there.
 * Context: RCU.
 */
static __always_inline struct fl_peer *
fl_peer_find_sender(struct fl_dev *fl, const struct sk_buff *skb, u32 family)
{
	return family == AF_INET ?
	       fl_peer_find4(fl, ip_hdr(skb)->saddr, skb->dev->ifindex) :
	       fl_peer_find6(fl, &ipv6_hdr(skb)->saddr, skb->dev->ifindex);
}

#endif /* _FLANNEL_PEER_H */
