// SPDX-License-Identifier: GPL-2.0
/*
 * VXLAN receive: find the device of a packet, decapsulate it, and merge packets with
 * GRO. Wire-compatible with the kernel's vxlan device as flannel sets it up.
 */
#include <linux/etherdevice.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <net/dst_metadata.h>
#include <net/gro.h>
#include <net/inet_ecn.h>
#include <net/ip6_checksum.h>
#include <net/ip6_tunnel.h>
#include <net/ip_tunnels.h>
#include <net/route.h>
#include <net/udp.h>

#include <flannel/dev.h>
#include <flannel/ingress.h>
#include <flannel/rcv.h>
#include <flannel/sock.h>
#include <flannel/vxlan.h>

/* Extracts the group policy from the flags. Returns it with the flag that marks its
 * presence, or 0.
 */
static u32 fl_vxlan_get_gbp(__be32 *flags)
{
	u32 gbp = be32_to_cpu(*flags) & FL_VXLAN_GBP_USED;

	*flags &= ~cpu_to_be32(FL_VXLAN_GBP_USED);
	return gbp & FL_VXLAN_GBP ? gbp : 0;
}

static void fl_vxlan_source(const struct sk_buff *skb, struct fl_addr *remote)
{
	if (ip_hdr(skb)->version == 4)
		*remote = fl_addr4(ip_hdr(skb)->saddr);
	else
		*remote = fl_addr6(&ipv6_hdr(skb)->saddr);
}

/* RFC 6040: a congestion mark of the underlay must reach the inner receiver. A tagged
 * frame has its VLAN tag where the IP header would be, and is not changed.
 */
static bool fl_vxlan_ecn(struct sk_buff *skb, int outer, bool ipv4)
{
	const void *iph = skb->head + outer;

	if (skb->protocol != htons(ETH_P_IP) &&
	    skb->protocol != htons(ETH_P_IPV6))
		return true;
	return ipv4 ? IP_ECN_decapsulate(iph, skb) <= 1 :
		      IP6_ECN_decapsulate(iph, skb) <= 1;
}

/**
 * fl_vxlan_identify - find the device that a packet is for
 * @fs: socket that it is for
 * @vxh: its VXLAN header
 *
 * Return: the device, or why the packet is refused.
 * Context: RCU and BH disabled.
 */
struct fl_whose fl_vxlan_identify(const struct fl_sock *fs,
				  const struct fl_vxlanhdr *vxh)
{
	struct fl_whose whose = { .fl = NULL };
	__be32 flags = vxh->flags;

	if (unlikely(!(flags & FL_VXLAN_I))) {
		whose.refused = FLANNEL_A_STATS_RX_DROP_FLAGS;
		return whose;
	}
	whose.fl = fl_sock_find_vni(fs, fl_vni_of(vxh->vni));
	if (unlikely(!whose.fl)) {
		whose.refused = FLANNEL_A_STATS_RX_DROP_VNI;
		return whose;
	}
	flags &= ~FL_VXLAN_I;
	if (unlikely(flags) && rcu_dereference(whose.fl->cfg)->gbp)
		whose.gbp = fl_vxlan_get_gbp(&flags);
	if (unlikely(flags || (vxh->vni & ~FL_VXLAN_VNI_MASK)))
		whose.refused = FLANNEL_A_STATS_RX_DROP_FLAGS;
	return whose;
}

/* Has everything been decided by this function's callers? */
static bool fl_vxlan_is_plain(const struct fl_dev *fl,
			      const struct fl_config *cfg,
			      const struct sk_buff *skb,
			      const struct fl_peer *peer, u32 gbp)
{
	const struct ethhdr *eth = (void *)skb->data + FL_HLEN;
	const struct iphdr *outer = ip_hdr(skb);

	if (skb_headlen(skb) < FL_HLEN + ETH_HLEN + sizeof(struct ipv6hdr))
		return false;
	if (cfg->mode != FLANNEL_MODE_L3 || cfg->learning || gbp ||
	    (cfg->rpf != FLANNEL_RPF_OFF &&
	     !(cfg->rpf == FLANNEL_RPF_LOOSE && peer)))
		return false;
	if (skb_is_gso(skb) || !(fl->dev->flags & IFF_UP) || outer->version != 4 ||
	    (outer->tos & INET_ECN_MASK))
		return false;
	return (eth->h_proto == htons(ETH_P_IP) ||
		eth->h_proto == htons(ETH_P_IPV6)) &&
	       !ether_addr_equal(eth->h_source, fl->dev->dev_addr);
}

/* The short form of fl_vxlan_decap_any(), for most packets. */
static __always_inline void fl_vxlan_decap_plain(struct fl_dev *fl,
						 struct sk_buff *skb)
{
	const void *outer = skb->data;
	const struct ethhdr *eth = outer + FL_HLEN;

	skb_set_mac_header(skb, FL_HLEN);
	__skb_pull(skb, FL_HLEN + ETH_HLEN);
	/* This may have resolved a partial checksum. */
	skb_postpull_rcsum(skb, outer, FL_HLEN + ETH_HLEN);
	skb_reset_network_header(skb);
	skb->protocol = eth->h_proto;
	skb->pkt_type = PACKET_HOST;
	skb->dev = fl->dev;
	skb->encapsulation = 0;
	skb_clear_hash_if_not_l4(skb);
	__vlan_hwaccel_clear_tag(skb);
	skb_set_queue_mapping(skb, 0);
	skb_scrub_packet(skb, fl_xnet(fl));
	fl_rcv_deliver(fl, skb, false);
}

static noinline void fl_vxlan_decap_any(struct fl_dev *fl,
					const struct fl_config *cfg,
					struct sk_buff *skb,
					struct fl_peer *peer, u32 gbp)
{
	struct fl_arrival arrival = {
		.peer	 = peer,
		.ifindex = skb->dev->ifindex,
		.learn	 = !(gbp & FL_VXLAN_GBP_NO_LEARN),
	};
	bool ipv4 = ip_hdr(skb)->version == 4;
	int outer = skb_network_header(skb) - skb->head;

	fl_vxlan_source(skb, &arrival.remote);
	if (iptunnel_pull_header(skb, FL_HLEN, htons(ETH_P_TEB),
				 fl_xnet(fl))) {
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_MALFORMED);
		return;
	}
	if (gbp)
		skb->mark = gbp & FL_VXLAN_GBP_MARK;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	if (!pskb_inet_may_pull(skb)) {
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_MALFORMED);
		return;
	}
	if (unlikely(!fl_vxlan_ecn(skb, outer, ipv4))) {
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_ECN);
		return;
	}
	fl_rcv(fl, cfg, skb, &arrival);
}

/**
 * fl_vxlan_decap - remove the outer headers and deliver the frame
 * @fl: device that it is for
 * @cfg: its options
 * @skb: packet, consumed; data at the UDP header
 * @peer: its sender, or NULL if unknown
 * @gbp: its group policy, or 0
 *
 * Context: RCU and BH disabled.
 */
void fl_vxlan_decap(struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb, struct fl_peer *peer, u32 gbp)
{
	if (likely(fl_vxlan_is_plain(fl, cfg, skb, peer, gbp)))
		fl_vxlan_decap_plain(fl, skb);
	else
		fl_vxlan_decap_any(fl, cfg, skb, peer, gbp);
}

/* The sender of a packet from the ordinary path, if it matters. */
static struct fl_peer *fl_vxlan_find_peer(struct fl_dev *fl,
					  const struct fl_config *cfg,
					  const struct sk_buff *skb, u32 family)
{
	struct fl_peer *peer;

	if (cfg->rpf == FLANNEL_RPF_OFF &&
	    cfg->fastpath == FLANNEL_FASTPATH_OFF && !cfg->notrack)
		return NULL;
	peer = fl_peer_find_sender(fl, skb, family);
	if (peer)
		fl_ingress_learn(fl, cfg, peer, skb, family);
	return peer;
}

/**
 * fl_vxlan_rcv - receive a UDP packet: encap_rcv
 * @sk: UDP socket
 * @skb: packet, consumed; data at the UDP header
 *
 * Return: 0.
 * Context: RCU and BH disabled.
 */
int fl_vxlan_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct fl_sock *fs = rcu_dereference_sk_user_data(sk);
	const struct fl_config *cfg;
	struct fl_whose whose;
	struct fl_peer *peer;

	if (!fs) {
		/* The last device was just set down. */
		kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
		return 0;
	}
	/* The stack split a joined packet, and left the list links. */
	skb_mark_not_on_list(skb);
	if (unlikely(fl_vxlan_is_joined(skb))) {
		fl_sock_drop(fs, skb, FLANNEL_A_STATS_RX_DROP_MALFORMED);
		return 0;
	}
	if (!pskb_may_pull(skb, FL_HLEN)) {
		fl_sock_drop(fs, skb, FLANNEL_A_STATS_RX_DROP_SHORT);
		return 0;
	}
	whose = fl_vxlan_identify(fs, (void *)(udp_hdr(skb) + 1));
	if (unlikely(whose.refused)) {
		if (whose.fl)
			fl_drop(whose.fl, skb, whose.refused);
		else
			fl_sock_drop(fs, skb, whose.refused);
		return 0;
	}
	cfg = rcu_dereference(whose.fl->cfg);
	peer = fl_vxlan_find_peer(whose.fl, cfg, skb, fs->family);
	fl_vxlan_decap(whose.fl, cfg, skb, peer, whose.gbp);
	return 0;
}

/**
 * fl_vxlan_err_lookup - is this ICMP error about a packet of ours?
 * @sk: UDP socket
 * @skb: the packet that the error quotes; transport header known
 *
 * Return: 0 if it is.
 * Context: RCU and BH disabled.
 */
int fl_vxlan_err_lookup(struct sock *sk, struct sk_buff *skb)
{
	struct fl_sock *fs = rcu_dereference_sk_user_data(sk);
	const struct fl_vxlanhdr *vxh;

	if (!fs || !pskb_may_pull(skb, skb_transport_offset(skb) + FL_HLEN))
		return -EINVAL;
	vxh = (struct fl_vxlanhdr *)(udp_hdr(skb) + 1);
	if (!(vxh->flags & FL_VXLAN_I) ||
	    !fl_sock_find_vni(fs, fl_vni_of(vxh->vni)))
		return -ENOENT;
	return 0;
}

/**
 * fl_vxlan_gro_receive - merge packets before they are decapsulated
 * @sk: UDP socket
 * @head: packets held for merging
 * @skb: packet
 *
 * Return: the packet that is complete now, or NULL.
 * Context: RCU and BH disabled.
 */
struct sk_buff *fl_vxlan_gro_receive(struct sock *sk, struct list_head *head,
				     struct sk_buff *skb)
{
	unsigned int offset = skb_gro_offset(skb);
	const struct fl_vxlanhdr *vxh, *other;
	struct sk_buff *pp = NULL, *p;
	int flush = 1;

	vxh = skb_gro_header(skb, offset + sizeof(*vxh), offset);
	if (unlikely(!vxh) || !(vxh->flags & FL_VXLAN_I))
		goto out;
	skb_gro_postpull_rcsum(skb, vxh, sizeof(*vxh));

	list_for_each_entry(p, head, list) {
		if (!NAPI_GRO_CB(p)->same_flow)
			continue;
		other = (struct fl_vxlanhdr *)(p->data + offset);
		if (vxh->flags != other->flags || vxh->vni != other->vni)
			NAPI_GRO_CB(p)->same_flow = 0;
	}
	skb_gro_pull(skb, sizeof(*vxh));
	pp = call_gro_receive(eth_gro_receive, head, skb);
	flush = 0;
out:
	skb_gro_flush_final(skb, pp, flush);
	return pp;
}

/**
 * fl_vxlan_gro_complete - finish a merged packet
 * @sk: UDP socket
 * @skb: packet
 * @nhoff: where the VXLAN header is
 *
 * Return: 0 or a negative error.
 * Context: RCU and BH disabled.
 */
int fl_vxlan_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff)
{
	return eth_gro_complete(skb, nhoff + sizeof(struct fl_vxlanhdr));
}
