/* SPDX-License-Identifier: GPL-2.0 */
/* The L2 table as seen by `bridge fdb`. */
#ifndef _FLANNEL_FDB_RTNL_H
#define _FLANNEL_FDB_RTNL_H

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

int fl_fdb_rtnl_add(struct ndmsg *ndm, struct nlattr *tb[],
		    struct net_device *dev, const unsigned char *addr,
		    u16 vid, u16 flags, bool *notified,
		    struct netlink_ext_ack *extack);
int fl_fdb_rtnl_del(struct ndmsg *ndm, struct nlattr *tb[],
		    struct net_device *dev, const unsigned char *addr,
		    u16 vid, bool *notified, struct netlink_ext_ack *extack);
int fl_fdb_rtnl_del_bulk(struct nlmsghdr *nlh, struct net_device *dev,
			 struct netlink_ext_ack *extack);
int fl_fdb_rtnl_flush(const struct ndmsg *ndm, struct nlattr *tb[],
		      struct net_device *dev, struct netlink_ext_ack *extack);
int fl_fdb_rtnl_dump(struct sk_buff *skb, struct netlink_callback *cb,
		     struct net_device *dev, struct net_device *filter_dev,
		     int *idx);
int fl_fdb_rtnl_get(struct sk_buff *skb, struct nlattr *tb[],
		    struct net_device *dev, const unsigned char *addr,
		    u16 vid, u32 portid, u32 seq,
		    struct netlink_ext_ack *extack);

#endif /* _FLANNEL_FDB_RTNL_H */
