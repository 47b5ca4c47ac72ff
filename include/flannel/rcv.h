/* SPDX-License-Identifier: GPL-2.0 */
/* Received packets: source check and delivery. */
#ifndef _FLANNEL_RCV_H
#define _FLANNEL_RCV_H

#include <linux/skbuff.h>

#include <flannel/addr.h>

struct fl_config;
struct fl_dev;
struct fl_lease;
struct fl_peer;

/**
 * struct fl_arrival - how a frame arrived
 * @remote: outer source
 * @peer: its sender, or NULL if unknown
 * @ifindex: lower device
 * @learn: its source MAC may be learned
 * @defer: do not process it directly: the call stack is already deep
 */
struct fl_arrival {
	struct fl_addr	remote;
	struct fl_peer	*peer;
	int		ifindex;
	bool		learn;
	bool		defer;
};

int fl_rcv_init(struct fl_dev *fl);
void fl_rcv_settle(struct fl_dev *fl);
void fl_rcv_destroy(struct fl_dev *fl);
void fl_rcv(struct fl_dev *fl, const struct fl_config *cfg,
	    struct sk_buff *skb, const struct fl_arrival *arrival);
void fl_rcv_deliver(struct fl_dev *fl, struct sk_buff *skb, bool defer);
void fl_rcv_refuse(struct fl_dev *fl, struct sk_buff *skb,
		   const struct fl_addr *remote);
void fl_rcv_verified(struct fl_dev *fl, const struct fl_config *cfg,
		     struct sk_buff *skb, const struct fl_lease *lease,
		     const struct fl_addr *remote);

#endif /* _FLANNEL_RCV_H */
