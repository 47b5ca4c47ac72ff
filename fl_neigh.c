// SPDX-License-Identifier: GPL-2.0
/*
 * ARP requests and neighbour solicitations. None of them needs to cross the wire,
 * because the lease table knows the MAC of every VTEP.
 */
#include <linux/if_arp.h>
#include <linux/unaligned.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/ip6_checksum.h>
#include <net/ndisc.h>
#include <net/neighbour.h>

#include <flannel/dev.h>
#include <flannel/neigh.h>

/* What follows the fixed ARP header, for Ethernet and IPv4. */
struct fl_arp {
	u8	sha[ETH_ALEN];
	__be32	sip;
	u8	tha[ETH_ALEN];
	__be32	tip;
} __packed;

#define FL_ARP_HLEN	(sizeof(struct arphdr) + sizeof(struct fl_arp))
#define FL_NS_HLEN	(sizeof(struct ipv6hdr) + sizeof(struct nd_msg))

static const struct fl_arp *fl_arp_of(const struct sk_buff *skb)
{
	return (const struct fl_arp *)(skb_network_header(skb) +
				       sizeof(struct arphdr));
}

static const struct nd_msg *fl_ns_of(const struct sk_buff *skb)
{
	return (const struct nd_msg *)(skb_network_header(skb) +
				       sizeof(struct ipv6hdr));
}

static bool fl_neigh_asks4(const struct sk_buff *skb)
{
	const struct arphdr *arp = (struct arphdr *)skb_network_header(skb);

	return arp->ar_op == htons(ARPOP_REQUEST) &&
	       arp->ar_hrd == htons(ARPHRD_ETHER) &&
	       arp->ar_pro == htons(ETH_P_IP) &&
	       arp->ar_hln == ETH_ALEN && arp->ar_pln == sizeof(__be32);
}

static bool fl_neigh_asks6(const struct sk_buff *skb)
{
	return ipv6_hdr(skb)->nexthdr == IPPROTO_ICMPV6 &&
	       skb_headlen(skb) >= ETH_HLEN + FL_NS_HLEN &&
	       fl_ns_of(skb)->icmph.icmp6_type == NDISC_NEIGHBOUR_SOLICITATION &&
	       !fl_ns_of(skb)->icmph.icmp6_code;
}

/**
 * fl_neigh_asks - is this an ARP request or a neighbour solicitation?
 * @skb: frame that fl_neigh_question() has looked at, or an IP packet
 *
 * Return: true if it is.
 * Context: any.
 */
bool fl_neigh_asks(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_ARP))
		return fl_neigh_asks4(skb);
	return skb->protocol == htons(ETH_P_IPV6) && fl_neigh_asks6(skb);
}

/**
 * fl_neigh_target - the address that a question is about
 * @target: the requested address
 * @skb: frame for which fl_neigh_asks() holds
 *
 * Context: any.
 */
void fl_neigh_target(struct fl_addr *target, const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_ARP))
		*target = fl_addr4(get_unaligned(&fl_arp_of(skb)->tip));
	else
		*target = fl_addr6(&fl_ns_of(skb)->target);
}

/* Not a request, but an announcement or duplicate address detection. */
static bool fl_neigh_announces(const struct sk_buff *skb)
{
	__be32 sip, tip;

	if (skb->protocol != htons(ETH_P_ARP))
		return ipv6_addr_any(&ipv6_hdr(skb)->saddr) ||
		       ipv6_addr_is_multicast(&fl_ns_of(skb)->target);
	sip = get_unaligned(&fl_arp_of(skb)->sip);
	tip = get_unaligned(&fl_arp_of(skb)->tip);
	return !sip || sip == tip || ipv4_is_multicast(tip) ||
	       ipv4_is_loopback(tip);
}

/**
 * fl_neigh_question - is the frame a question for a neighbour?
 * @target: the requested address
 * @skb: frame; the headers of a question become linear
 *
 * Return: true if so.
 * Context: BH disabled.
 */
bool fl_neigh_question(struct fl_addr *target, struct sk_buff *skb)
{
	unsigned int hlen;

	if (skb->protocol == htons(ETH_P_ARP))
		hlen = FL_ARP_HLEN;
	else if (skb->protocol == htons(ETH_P_IPV6) &&
		 ipv6_hdr(skb)->nexthdr == IPPROTO_ICMPV6)
		hlen = FL_NS_HLEN;
	else
		return false;
	if (!pskb_may_pull(skb, ETH_HLEN + hlen))
		return false;
	skb_set_network_header(skb, ETH_HLEN);
	if (!fl_neigh_asks(skb) || fl_neigh_announces(skb))
		return false;
	fl_neigh_target(target, skb);
	return true;
}

static struct sk_buff *fl_arp_reply(struct fl_dev *fl,
				    const struct sk_buff *skb, const u8 *mac)
{
	const struct fl_arp *arp = fl_arp_of(skb);

	return arp_create(ARPOP_REPLY, ETH_P_ARP, get_unaligned(&arp->sip),
			  fl->dev, get_unaligned(&arp->tip), arp->sha, mac,
			  arp->sha);
}

static struct sk_buff *fl_na_reply(struct fl_dev *fl,
				   const struct sk_buff *skb, const u8 *mac)
{
	const unsigned int opt_len = sizeof(struct nd_opt_hdr) + ETH_ALEN;
	const unsigned int na_len = sizeof(struct nd_msg) + opt_len;
	const struct ipv6hdr *ns6h = ipv6_hdr(skb);
	struct nd_opt_hdr *opt;
	struct ipv6hdr *ip6h;
	struct sk_buff *reply;
	struct ethhdr *eth;
	struct nd_msg *na;

	reply = alloc_skb(LL_RESERVED_SPACE(fl->dev) + sizeof(*ip6h) + na_len +
			  fl->dev->needed_tailroom, GFP_ATOMIC);
	if (!reply)
		return NULL;
	reply->dev = fl->dev;
	reply->protocol = htons(ETH_P_IPV6);
	skb_reserve(reply, LL_RESERVED_SPACE(fl->dev));

	skb_reset_network_header(reply);
	ip6h = skb_put_zero(reply, sizeof(*ip6h));
	ip6h->version = 6;
	ip6h->payload_len = htons(na_len);
	ip6h->nexthdr = IPPROTO_ICMPV6;
	ip6h->hop_limit = 255;
	ip6h->saddr = fl_ns_of(skb)->target;
	ip6h->daddr = ns6h->saddr;

	skb_reset_transport_header(reply);
	na = skb_put_zero(reply, na_len);
	na->icmph.icmp6_type = NDISC_NEIGHBOUR_ADVERTISEMENT;
	na->icmph.icmp6_solicited = 1;
	na->icmph.icmp6_override = 1;
	na->target = fl_ns_of(skb)->target;
	opt = (struct nd_opt_hdr *)na->opt;
	opt->nd_opt_type = ND_OPT_TARGET_LL_ADDR;
	opt->nd_opt_len = opt_len / 8;
	ether_addr_copy((u8 *)(opt + 1), mac);
	na->icmph.icmp6_cksum = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr,
						na_len, IPPROTO_ICMPV6,
						csum_partial(na, na_len, 0));

	eth = skb_push(reply, ETH_HLEN);
	ether_addr_copy(eth->h_dest, eth_hdr(skb)->h_source);
	ether_addr_copy(eth->h_source, mac);
	eth->h_proto = htons(ETH_P_IPV6);
	return reply;
}

/**
 * fl_neigh_reply - answer a question
 * @fl: device
 * @skb: the question, consumed
 * @mac: the answer
 *
 * Context: BH disabled.
 */
void fl_neigh_reply(struct fl_dev *fl, struct sk_buff *skb, const u8 *mac)
{
	struct sk_buff *reply;

	reply = skb->protocol == htons(ETH_P_ARP) ? fl_arp_reply(fl, skb, mac) :
						    fl_na_reply(fl, skb, mac);
	if (!reply) {
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_MEMORY);
		return;
	}
	consume_skb(skb);

	skb_reset_mac_header(reply);
	__skb_pull(reply, skb_network_offset(reply));
	reply->ip_summed = CHECKSUM_UNNECESSARY;
	reply->pkt_type = PACKET_HOST;
	fl_count(fl, FLANNEL_A_STATS_NEIGH_REPLY);
	netif_rx(reply);
}

/**
 * fl_neigh_proxy - answer a question from the neighbour table
 * @fl: device
 * @skb: the question, consumed if it could be answered
 * @target: the requested address
 *
 * Return: true if it was answered.
 * Context: RCU and BH disabled.
 */
bool fl_neigh_proxy(struct fl_dev *fl, struct sk_buff *skb,
		    const struct fl_addr *target)
{
	struct neighbour *n = NULL;
	u8 mac[ETH_ALEN];
	bool good;

	if (target->family == AF_INET)
		n = neigh_lookup(&arp_tbl, &target->ip.v4, fl->dev);
	else if (ipv6_mod_enabled())
		n = neigh_lookup(&nd_tbl, &target->ip.v6, fl->dev);
	if (!n)
		return false;
	good = READ_ONCE(n->nud_state) & NUD_CONNECTED;
	neigh_ha_snapshot(mac, n, fl->dev);
	neigh_release(n);
	if (good)
		fl_neigh_reply(fl, skb, mac);
	return good;
}
