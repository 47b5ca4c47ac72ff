// SPDX-License-Identifier: GPL-2.0
/*
 * VXLAN: encapsulate and send, receive and decapsulate. Wire-compatible with
 * the kernel's vxlan device as flannel sets it up.
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
#include <flannel/flow.h>
#include <flannel/ingress.h>
#include <flannel/outer.h>
#include <flannel/rcv.h>
#include <flannel/sock.h>
#include <flannel/vxlan.h>

/* Sending ----------------------------------------------------------------- */

/* Brings a frame into the state in which headers can be put before it. */
static int fl_vxlan_prepare(struct sk_buff *skb, const struct fl_dest *dest,
			    const struct dst_entry *dst, unsigned int ip_hlen,
			    bool csum)
{
	int err;

	err = skb_cow_head(skb, LL_RESERVED_SPACE(dst->dev) + dst->header_len +
				FL_HLEN + ip_hlen);
	if (unlikely(err))
		return err;
	if (dest->mac)
		ether_addr_copy(((struct ethhdr *)skb->data)->h_dest,
				dest->mac);
	err = iptunnel_handle_offloads(skb, csum ? SKB_GSO_UDP_TUNNEL_CSUM :
						   SKB_GSO_UDP_TUNNEL);
	if (unlikely(err))
		return err;
	skb_set_inner_protocol(skb, htons(ETH_P_TEB));
	return 0;
}

/* Gives the packet to the underlay. */
static bool fl_vxlan_output(struct fl_dev *fl, const struct fl_config *cfg,
			    struct sk_buff *skb, const struct fl_way *way,
			    u32 family, unsigned int len)
{
	const struct fl_sock *fs = family == AF_INET ?
				   rcu_dereference(fl->sock4) :
				   rcu_dereference(fl->sock6);
	int err;

	if (way->held)
		skb_dst_set(skb, way->dst);
	else
		skb_dst_set_noref(skb, way->dst);
	if (unlikely(!fs)) {
		/* The device is going down. */
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_FAMILY);
		return false;
	}
	if (cfg->notrack)
		skb_set_nfct(skb, IP_CT_UNTRACKED);
	err = family == AF_INET ?
	      ip_local_out(fl->net, fl_sock_sk(fs), skb) :
	      fl_ip6_local_out(fl->net, fl_sock_sk(fs), skb);
	return fl_dev_sent(fl, err, len);
}

static bool fl_vxlan_output4(struct fl_dev *fl, const struct fl_config *cfg,
			     struct sk_buff *skb, const struct fl_dest *dest,
			     struct fl_way *way, u8 tos, u8 ttl, __be16 df,
			     bool csum, unsigned int len)
{
	__be32 daddr = dest->peer->key.addr.ip.v4;
	struct iphdr *iph;

	udp_set_csum(!csum, skb, way->saddr.v4, daddr, skb->len);
	skb_scrub_packet(skb, fl_xnet(fl));
	skb_clear_hash_if_not_l4(skb);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));

	iph = __skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = tos;
	iph->id = fl_outer_ident(fl, daddr,
				 max_t(u32, skb_shinfo(skb)->gso_segs, 1));
	iph->frag_off = ip_mtu_locked(way->dst) ? 0 : df;
	iph->ttl = ttl ?: ip4_dst_hoplimit(way->dst);
	iph->protocol = IPPROTO_UDP;
	iph->saddr = way->saddr.v4;
	iph->daddr = daddr;
	return fl_vxlan_output(fl, cfg, skb, way, AF_INET, len);
}

static bool fl_vxlan_output6(struct fl_dev *fl, const struct fl_config *cfg,
			     struct sk_buff *skb, const struct fl_dest *dest,
			     struct fl_way *way, u8 tos, u8 ttl, bool csum,
			     unsigned int len)
{
	const struct in6_addr *daddr = &dest->peer->key.addr.ip.v6;
	unsigned int payload = skb->len;
	struct ipv6hdr *ip6h;

	fl_udp6_set_csum(!csum, skb, &way->saddr.v6, daddr, payload);
	skb_scrub_packet(skb, fl_xnet(fl));
	skb_clear_hash_if_not_l4(skb);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));

	ip6h = __skb_push(skb, sizeof(*ip6h));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6h, tos, cfg->label);
	ip6h->payload_len = htons(payload);
	ip6h->nexthdr = IPPROTO_UDP;
	ip6h->hop_limit = ttl ?: fl_ip6_hoplimit(way->dst);
	ip6h->saddr = way->saddr.v6;
	ip6h->daddr = *daddr;
	return fl_vxlan_output(fl, cfg, skb, way, AF_INET6, len);
}

/* Is the remote a VTEP of this host? Then the packet need not take the detour
 * through the underlay. Returns true if the packet is dealt with.
 */
static bool fl_vxlan_local(struct fl_dev *fl, const struct fl_config *cfg,
			   struct sk_buff *skb, const struct fl_dest *dest,
			   const struct fl_way *way)
{
	u32 family = dest->peer->key.addr.family;
	struct fl_arrival arrival = { .defer = true, .learn = true };
	const struct fl_sock *fs;
	struct fl_dev *to;

	if (!cfg->localbypass || dest->port != cfg->port)
		return false;
	fs = family == AF_INET ? rcu_dereference(fl->sock4) :
				 rcu_dereference(fl->sock6);
	to = fs ? fl_sock_find_vni(fs, dest->vni) : NULL;
	if (!to) {
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_VNI);
		return true;
	}
	arrival.remote = family == AF_INET ? fl_addr4(way->saddr.v4) :
					     fl_addr6(&way->saddr.v6);
	arrival.peer = fl_peer_find(to, &arrival.remote, 0);
	if (dest->mac) {
		if (skb_cow_head(skb, 0)) {
			fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_MEMORY);
			return true;
		}
		ether_addr_copy(((struct ethhdr *)skb->data)->h_dest,
				dest->mac);
	}
	fl_count(fl, FLANNEL_A_STATS_TX_LOCAL);
	dev_sw_netstats_tx_add(fl->dev, 1, skb->len - ETH_HLEN);
	skb_scrub_packet(skb, !net_eq(dev_net(fl->dev), dev_net(to->dev)));
	skb->encapsulation = 0;
	fl_rcv(to, rcu_dereference(to->cfg), skb, &arrival);
	return true;
}

/* Tells the inner sender if the packet is too big for the path. Returns true
 * if the packet is dealt with.
 */
static bool fl_vxlan_too_big(struct fl_dev *fl, const struct fl_config *cfg,
			     struct sk_buff *skb, const struct fl_way *way,
			     unsigned int overhead)
{
	int err;

	if (!skb_is_gso(skb) &&
	    likely(skb->len - ETH_HLEN + overhead <= way->mtu))
		return false;
	err = skb_tunnel_check_pmtu(skb, way->dst, overhead,
				    netif_is_any_bridge_port(fl->dev));
	if (likely(!err))
		return false;
	if (err < 0) {
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_TOO_BIG);
		return true;
	}
	/* The packet has become the ICMP message to its sender, which is
	 * behind the bridge that we are a port of.
	 */
	skb->encapsulation = 0;
	skb->dev = fl->dev;
	skb->pkt_type = PACKET_HOST;
	__skb_pull(skb, skb_network_offset(skb));
	netif_rx(skb);
	return true;
}

static void fl_vxlan_lost(struct fl_dev *fl, struct sk_buff *skb, int err)
{
	switch (err) {
	case -EAFNOSUPPORT:
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_FAMILY);
		break;
	case -ELOOP:
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_LOOP);
		break;
	case -ENOMEM:
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_MEMORY);
		break;
	default:
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_ROUTE);
	}
}

/**
 * fl_vxlan_send - encapsulate a frame and send it the ordinary way
 * @fl: device
 * @cfg: its options
 * @skb: frame, consumed; data at the Ethernet header; if it is IP, its IP
 *	header is linear and known
 * @dest: where to
 *
 * Return: true if it is on its way.
 * Context: RCU and BH disabled.
 */
bool fl_vxlan_send(struct fl_dev *fl, const struct fl_config *cfg,
		   struct sk_buff *skb, const struct fl_dest *dest)
{
	u32 family = dest->peer->key.addr.family;
	unsigned int overhead = fl_overhead(family);
	bool csum = fl_outer_csum(cfg, family);
	unsigned int len = skb->len - ETH_HLEN;
	u32 mark = skb->mark;
	u8 inner_tos, tos, ttl;
	struct fl_way way;
	__be16 sport, df;
	int err;

	if (unlikely(dev_recursion_level() > FL_XMIT_DEPTH)) {
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_LOOP);
		return false;
	}
	sport = fl_flow_port(fl, cfg, skb);
	inner_tos = fl_outer_inner_tos(skb);
	tos = fl_outer_tos(cfg, inner_tos);
	err = fl_peer_way(fl, cfg, dest->peer, mark, tos, sport, dest->port,
			  &way);
	if (unlikely(err)) {
		fl_vxlan_lost(fl, skb, err);
		return false;
	}
	if (unlikely((way.local && fl_vxlan_local(fl, cfg, skb, dest, &way)) ||
		     fl_vxlan_too_big(fl, cfg, skb, &way, overhead)))
		goto release;

	tos = INET_ECN_encapsulate(tos, inner_tos);
	ttl = fl_outer_ttl(cfg, skb);
	df = fl_outer_df(cfg, skb);
	err = fl_vxlan_prepare(skb, dest, way.dst,
			       overhead - FL_HLEN - ETH_HLEN, csum);
	if (unlikely(err)) {
		fl_vxlan_lost(fl, skb, -ENOMEM);
		goto release;
	}
	fl_outer_push(skb, cfg, dest, sport, mark);
	if (family == AF_INET)
		return fl_vxlan_output4(fl, cfg, skb, dest, &way, tos, ttl, df,
					csum, len);
	return fl_vxlan_output6(fl, cfg, skb, dest, &way, tos, ttl, csum, len);

release:
	if (way.held)
		dst_release(way.dst);
	return false;
}

/* Receiving --------------------------------------------------------------- */

/* Takes the group policy out of the flags. Returns it with the flag that says
 * that there is one, or 0.
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

/* RFC 6040: what the underlay marked must reach the inner receiver. A tagged frame
 * has its tag where the IP header would be, and is left alone.
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
 * fl_vxlan_identify - whose packet is it?
 * @fs: socket that it is for
 * @vxh: its VXLAN header
 *
 * Return: the device, or why it is refused.
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

/* Is there nothing to decide that this function's callers have not decided? */
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
	/* A checksum that was still to be filled in may have gone with that. */
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
 * fl_vxlan_decap - take the outer headers off and hand the frame on
 * @fl: device that it is for
 * @cfg: its options
 * @skb: packet, consumed; data at the UDP header
 * @peer: who sent it, or NULL if nobody knows
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

/* The sender of a packet that came the ordinary way, if that matters. */
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
		/* The last device has just gone down. */
		kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
		return 0;
	}
	/* The stack split what somebody had joined, and left the links. */
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
