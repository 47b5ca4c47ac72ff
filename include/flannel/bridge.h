/* SPDX-License-Identifier: GPL-2.0 */
/* What `bridge fdb` says to the L2 table, and hears of it. */
#ifndef _FLANNEL_BRIDGE_H
#define _FLANNEL_BRIDGE_H

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

struct fl_config;
struct fl_dev;
struct fl_fdb;
struct fl_fdb_spec;
struct fl_remote;

int fl_bridge_fdb_add(struct ndmsg *ndm, struct nlattr *tb[],
		      struct net_device *dev, const unsigned char *addr,
		      u16 vid, u16 flags, bool *notified,
		      struct netlink_ext_ack *extack);
int fl_bridge_fdb_del(struct ndmsg *ndm, struct nlattr *tb[],
		      struct net_device *dev, const unsigned char *addr,
		      u16 vid, bool *notified, struct netlink_ext_ack *extack);
int fl_bridge_fdb_del_bulk(struct nlmsghdr *nlh, struct net_device *dev,
			   struct netlink_ext_ack *extack);
int fl_bridge_flush(const struct ndmsg *ndm, struct nlattr *tb[],
		    struct net_device *dev, struct netlink_ext_ack *extack);
int fl_bridge_fdb_dump(struct sk_buff *skb, struct netlink_callback *cb,
		       struct net_device *dev, struct net_device *filter_dev,
		       int *idx);
int fl_bridge_fdb_get(struct sk_buff *skb, struct nlattr *tb[],
		      struct net_device *dev, const unsigned char *addr,
		      u16 vid, u32 portid, u32 seq,
		      struct netlink_ext_ack *extack);
void fl_bridge_notify(struct fl_dev *fl, const struct fl_fdb *fdb,
		      const struct fl_remote *remote, int type);
int fl_fdb_check(const struct fl_dev *fl, const struct fl_config *cfg,
		 const struct fl_fdb_spec *spec,
		 struct netlink_ext_ack *extack);

#endif /* _FLANNEL_BRIDGE_H */
