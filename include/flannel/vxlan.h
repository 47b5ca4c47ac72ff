/* SPDX-License-Identifier: GPL-2.0 */
/* VXLAN receive: identify, decapsulate, merge. */
#ifndef _FLANNEL_VXLAN_H
#define _FLANNEL_VXLAN_H

#include <linux/skbuff.h>
#include <net/sock.h>

#include <flannel/rcv.h>
#include <flannel/wire.h>

struct fl_config;
struct fl_dev;
struct fl_peer;
struct fl_sock;

/**
 * struct fl_whose - the device that a packet is for
 * @fl: device, or NULL if none has its VNI
 * @gbp: its group policy with the flag that marks its presence, or 0
 * @refused: 0, or the counter (enum flannel_stats_attr) of the reason why it must
 *	be dropped
 */
struct fl_whose {
	struct fl_dev	*fl;
	u32		gbp;
	u32		refused;
};

/* Does the packet consist of several outer datagrams that were joined on the way (UDP
 * GSO)? The stack splits them before it delivers them to a tunnel's socket. A packet
 * that remains joined there is a single outer packet with several inner ones.
 */
static inline bool fl_vxlan_is_joined(const struct sk_buff *skb)
{
	return skb_is_gso(skb) &&
	       !(skb_shinfo(skb)->gso_type & (SKB_GSO_UDP_TUNNEL |
					      SKB_GSO_UDP_TUNNEL_CSUM));
}

struct fl_whose fl_vxlan_identify(const struct fl_sock *fs,
				  const struct fl_vxlanhdr *vxh);
void fl_vxlan_decap(struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb, struct fl_peer *peer, u32 gbp);
int fl_vxlan_rcv(struct sock *sk, struct sk_buff *skb);
int fl_vxlan_err_lookup(struct sock *sk, struct sk_buff *skb);
struct sk_buff *fl_vxlan_gro_receive(struct sock *sk, struct list_head *head,
				     struct sk_buff *skb);
int fl_vxlan_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff);

#endif /* _FLANNEL_VXLAN_H */
