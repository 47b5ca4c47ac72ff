/* SPDX-License-Identifier: GPL-2.0 */
/* What a network namespace keeps. */
#ifndef _FLANNEL_NET_H
#define _FLANNEL_NET_H

#include <linux/list.h>
#include <net/net_namespace.h>

/**
 * struct fl_net - our part of a namespace
 * @socks: sockets of underlays here; under RTNL
 * @devs: devices whose underlay is here; under RTNL
 */
struct fl_net {
	struct list_head	socks;
	struct list_head	devs;
};

struct fl_net *fl_net(const struct net *net);

#endif /* _FLANNEL_NET_H */
