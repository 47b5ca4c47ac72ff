/* SPDX-License-Identifier: GPL-2.0 */
/* The fast path: the second walk through the host's IP stack, left out. */
#ifndef _FLANNEL_FAST_H
#define _FLANNEL_FAST_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>

struct dst_entry;
struct fl_config;
struct fl_dest;
struct fl_dev;

/**
 * enum fl_fast_result - what became of a packet
 * @FL_FAST_SENT: it is on its way
 * @FL_FAST_LOST: it is lost, and counted
 * @FL_FAST_DECLINED: it is still the caller's
 */
enum fl_fast_result {
	FL_FAST_SENT,
	FL_FAST_LOST,
	FL_FAST_DECLINED,
};

bool fl_fast_route(const struct dst_entry *dst, u32 family);
enum fl_fast_result fl_fast_send(struct fl_dev *fl, const struct fl_config *cfg,
				 struct sk_buff *skb, const struct fl_dest *dest);

/* Does somebody's netfilter hook look at packets here? */
static inline bool fl_hooked(const struct net *net, u32 family,
			     unsigned int hook)
{
#ifdef CONFIG_NETFILTER
	return family == AF_INET ?
	       rcu_access_pointer(net->nf.hooks_ipv4[hook]) :
	       rcu_access_pointer(net->nf.hooks_ipv6[hook]);
#else
	return false;
#endif
}

#endif /* _FLANNEL_FAST_H */
