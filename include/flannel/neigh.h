/* SPDX-License-Identifier: GPL-2.0 */
/* ARP requests and neighbour solicitations, answered from the lease table. */
#ifndef _FLANNEL_NEIGH_H
#define _FLANNEL_NEIGH_H

#include <linux/skbuff.h>

#include <flannel/addr.h>

struct fl_config;
struct fl_dev;

bool fl_neigh_question(struct fl_addr *target, struct sk_buff *skb);
bool fl_neigh_asks(const struct sk_buff *skb);
void fl_neigh_target(struct fl_addr *target, const struct sk_buff *skb);
void fl_neigh_reply(struct fl_dev *fl, struct sk_buff *skb, const u8 *mac);
bool fl_neigh_proxy(struct fl_dev *fl, struct sk_buff *skb,
		    const struct fl_addr *target);

#endif /* _FLANNEL_NEIGH_H */
