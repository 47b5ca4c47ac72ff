/* SPDX-License-Identifier: GPL-2.0 */
/* The rtnetlink link type: life of a device. */
#ifndef _FLANNEL_LINK_H
#define _FLANNEL_LINK_H

#include <linux/list.h>
#include <net/rtnetlink.h>

struct net_device;
struct netlink_ext_ack;
struct rtnl_newlink_params;

extern struct rtnl_link_ops fl_link_ops;

int fl_link_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
		    struct netlink_ext_ack *extack);
void fl_link_dellink(struct net_device *dev, struct list_head *head);
int fl_link_lower_event(struct net_device *lower, unsigned long event);

#endif /* _FLANNEL_LINK_H */
