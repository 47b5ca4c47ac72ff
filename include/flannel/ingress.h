/* SPDX-License-Identifier: GPL-2.0 */
/* The fast path, receive half: outer packets taken at the lower device. */
#ifndef _FLANNEL_INGRESS_H
#define _FLANNEL_INGRESS_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include <flannel/addr.h>
#include <flannel/net.h>

struct fl_config;
struct fl_dev;
struct fl_peer;

#ifdef CONFIG_NETFILTER_INGRESS
void fl_ingress_learn(struct fl_dev *fl, const struct fl_config *cfg,
		      struct fl_peer *peer, const struct sk_buff *skb,
		      u32 family);
void fl_ingress_forget_dev(struct net_device *dev);
void fl_ingress_clear(struct fl_net *fn);
void fl_ingress_init(struct fl_net *fn, struct net *net);
void fl_ingress_exit(struct fl_net *fn);
#else
static inline void fl_ingress_learn(struct fl_dev *fl,
				    const struct fl_config *cfg,
				    struct fl_peer *peer,
				    const struct sk_buff *skb, u32 family)
{
}

static inline void fl_ingress_forget_dev(struct net_device *dev)
{
}

static inline void fl_ingress_clear(struct fl_net *fn)
{
}

static inline void fl_ingress_init(struct fl_net *fn, struct net *net)
{
	fn->net = net;
}

static inline void fl_ingress_exit(struct fl_net *fn)
{
}
#endif

#endif /* _FLANNEL_INGRESS_H */
