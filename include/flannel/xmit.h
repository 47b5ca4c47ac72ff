/* SPDX-License-Identifier: GPL-2.0 */
/* Transmit: which table determines the destination. */
#ifndef _FLANNEL_XMIT_H
#define _FLANNEL_XMIT_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include <flannel/addr.h>

struct fl_config;
struct fl_dev;
struct fl_fdb;
struct fl_lease;

netdev_tx_t fl_xmit(struct sk_buff *skb, struct net_device *dev);
void fl_xmit_l3(struct fl_dev *fl, const struct fl_config *cfg,
		struct sk_buff *skb);
void fl_xmit_again(struct fl_dev *fl, const struct fl_config *cfg,
		   struct sk_buff *skb);
void fl_xmit_to_lease(struct fl_dev *fl, const struct fl_config *cfg,
		      struct sk_buff *skb, struct fl_lease *lease);
void fl_xmit_to_fdb(struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb, struct fl_fdb *fdb);
void fl_xmit_target(struct fl_addr *addr, const struct sk_buff *skb,
		    bool source);

#endif /* _FLANNEL_XMIT_H */
