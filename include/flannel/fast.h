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

bool fl_fast_route(const struct dst_entry *dst, u32 family);
int fl_fast_send(struct fl_dev *fl, const struct fl_config *cfg,
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
