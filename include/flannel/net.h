/* SPDX-License-Identifier: GPL-2.0 */
/* What a network namespace keeps. */
#ifndef _FLANNEL_NET_H
#define _FLANNEL_NET_H

#include <linux/list.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

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

struct fl_net *fl_net(const struct net *net);

#endif /* _FLANNEL_NET_H */
