/* SPDX-License-Identifier: GPL-2.0 */
/* Per-namespace state. */
#ifndef _FLANNEL_NET_H
#define _FLANNEL_NET_H

#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/socket.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

/**
 * struct fl_net - our part of a namespace
 * @net: the namespace
 * @socks: sockets of underlays here; readers are under RCU, writers RTNL
 * @devs: devices whose underlay is here; under RTNL
 * @ingress: hooks at lower devices; readers are under RCU, writers RTNL
 * @hooks: how many of them; written under RTNL
 * @wanted: ifindex of a device to hook next
 * @closed: the namespace goes away: no new hooks; under RTNL
 * @work: registers the hook of @wanted
 */
struct fl_net {
	struct net		*net;
	struct list_head	socks;
	struct list_head	devs;
	struct list_head	ingress;
	unsigned int		hooks;
	int			wanted;
	bool			closed;
	struct work_struct	work;
};

extern unsigned int fl_net_id;

static inline struct fl_net *fl_net(const struct net *net)
{
	return net_generic(net, fl_net_id);
}

/* Is there a netfilter hook that sees packets here? */
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

#endif /* _FLANNEL_NET_H */
