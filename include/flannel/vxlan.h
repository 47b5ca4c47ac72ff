/* SPDX-License-Identifier: GPL-2.0 */
/* VXLAN, received: identify, decapsulate, merge. */
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
 * struct fl_whose - whose packet it is
 * @fl: device, or NULL if none has its VNI
 * @gbp: its group policy with the flag that says that there is one, or 0
 * @refused: 0, or the counter (enum flannel_stats_attr) that says why it is to
 *	be dropped
 */
struct fl_whose {
	struct fl_dev	*fl;
	u32		gbp;
	u32		refused;
};

/* Is it several outer datagrams, which somebody on the way has joined (UDP GSO)?
 * The stack splits them before it gives them to the socket of a tunnel. What
 * remains joined there is one outer packet about several inner ones.
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
