// SPDX-License-Identifier: GPL-2.0
/* Transmit: which table determines the destination. */
#include <linux/etherdevice.h>
#include <linux/rculist.h>
#include <net/ip_tunnels.h>

#include <flannel/dev.h>
#include <flannel/neigh.h>
#include <flannel/send.h>
#include <flannel/xmit.h>

/**
 * fl_xmit_target - the inner address that a packet is about
 * @addr: the result
 * @skb: packet: IP, ARP or neighbour solicitation, headers linear
 * @source: return the source of an IP packet instead of its destination
 *
 * Context: any.
 */
void fl_xmit_target(struct fl_addr *addr, const struct sk_buff *skb,
		    bool source)
{
	if (!source && fl_neigh_asks(skb))
		fl_neigh_target(addr, skb);
	else
		fl_addr_inner(addr, skb, skb->protocol, source);
}

/* Number of packets on the wire. A GSO packet of a guest may not say. */
static unsigned int fl_xmit_packets(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (likely(!shinfo->gso_size))
		return 1;
	return shinfo->gso_segs ?: DIV_ROUND_UP(skb->len, shinfo->gso_size);
}

/**
 * fl_xmit_to_lease - send a packet to the VTEP of a lease
 * @fl: device
 * @cfg: its options
 * @skb: packet, consumed; an ARP request or neighbour solicitation is answered
 *	instead
 * @lease: lease
 *
 * Context: RCU and BH disabled.
 */
void fl_xmit_to_lease(struct fl_dev *fl, const struct fl_config *cfg,
		      struct sk_buff *skb, struct fl_lease *lease)
{
	struct fl_dest dest = {
		.peer	= lease->peer,
		.port	= cfg->port,
		.vni	= cfg->vni,
		.mac	= lease->mac,
	};
	unsigned int packets = fl_xmit_packets(skb);
	unsigned int bytes = skb->len - ETH_HLEN;

	if (cfg->mode == FLANNEL_MODE_ETHERNET && fl_neigh_asks(skb)) {
		fl_neigh_reply(fl, skb, lease->mac);
		return;
	}
	if (fl_send(fl, cfg, skb, &dest))
		fl_lease_used(lease, packets, bytes);
}

static void fl_xmit_to_remote(struct fl_dev *fl, const struct fl_config *cfg,
			      struct sk_buff *skb,
			      const struct fl_remote *remote)
{
	struct fl_dest dest = {
		.peer	= remote->peer,
		.port	= remote->port,
		.vni	= remote->vni,
	};

	fl_send(fl, cfg, skb, &dest);
}

/**
 * fl_xmit_to_fdb - send a frame to each remote of an FDB entry
 * @fl: device
 * @cfg: its options
 * @skb: frame, consumed
 * @fdb: entry
 *
 * Context: RCU and BH disabled.
 */
void fl_xmit_to_fdb(struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb, struct fl_fdb *fdb)
{
	struct fl_remote *remote, *first = NULL;
	struct sk_buff *copy;

	if (READ_ONCE(fdb->used) != jiffies)
		WRITE_ONCE(fdb->used, jiffies);
	list_for_each_entry_rcu(remote, &fdb->remotes, list) {
		if (!fdb->key)
			fl_count(fl, FLANNEL_A_STATS_TX_FLOOD);
		if (!first) {
			first = remote;
			continue;
		}
		copy = skb_clone(skb, GFP_ATOMIC);
		if (copy) {
			fl_xmit_to_remote(fl, cfg, copy, remote);
		} else {
			fl_count(fl, FLANNEL_A_STATS_TX_DROP_NO_MEMORY);
			dev_core_stats_tx_dropped_inc(fl->dev);
		}
	}
	if (first)
		fl_xmit_to_remote(fl, cfg, skb, first);
	else
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_UNKNOWN);
}

/* Makes the IP header linear and known, if there is one. */
static bool fl_xmit_prepare(struct sk_buff *skb)
{
	unsigned int hlen = ETH_HLEN;

	if (skb->protocol == htons(ETH_P_IP))
		hlen += sizeof(struct iphdr);
	else if (skb->protocol == htons(ETH_P_IPV6))
		hlen += sizeof(struct ipv6hdr);
	if (!pskb_may_pull(skb, hlen))
		return false;
	if (hlen > ETH_HLEN)
		skb_set_network_header(skb, ETH_HLEN);
	return true;
}

static bool fl_xmit_to_many(const struct fl_addr *target)
{
	if (target->family == AF_INET)
		return ipv4_is_multicast(target->ip.v4) ||
		       ipv4_is_lbcast(target->ip.v4);
	return ipv6_addr_is_multicast(&target->ip.v6);
}

static noinline void fl_xmit_l3_unknown(struct fl_dev *fl,
					const struct fl_config *cfg,
					struct sk_buff *skb)
{
	struct fl_addr target;

	fl_addr_inner(&target, skb, skb->protocol, false);
	if (fl_xmit_to_many(&target))
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_FLOOD);
	else
		fl_miss_subnet(fl, cfg, skb, &target);
}

/**
 * fl_xmit_l3 - send a packet in L3 mode, by its destination subnet
 * @fl: device
 * @cfg: its options
 * @skb: packet, consumed; data at the Ethernet header, the IP header linear
 *	and known
 *
 * Context: RCU and BH disabled.
 */
void fl_xmit_l3(struct fl_dev *fl, const struct fl_config *cfg,
		struct sk_buff *skb)
{
	struct fl_lease *lease;

	if (likely(skb->protocol == htons(ETH_P_IP))) {
		lease = fl_lease_lookup4(fl, ip_hdr(skb)->daddr);
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		lease = fl_lease_lookup6(fl, &ipv6_hdr(skb)->daddr);
	} else {
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_PROTOCOL);
		return;
	}
	if (likely(lease))
		fl_xmit_to_lease(fl, cfg, skb, lease);
	else
		fl_xmit_l3_unknown(fl, cfg, skb);
}

/* A VTEP that is known only by its lease: the frame must be for its MAC and its subnet.
 */
static struct fl_lease *fl_xmit_lease_of_mac(struct fl_dev *fl,
					     const struct sk_buff *skb)
{
	struct fl_addr target;
	struct fl_lease *lease;

	if (skb->protocol != htons(ETH_P_IP) &&
	    skb->protocol != htons(ETH_P_IPV6))
		return NULL;
	fl_addr_inner(&target, skb, skb->protocol, false);
	lease = fl_lease_lookup(fl, &target);
	if (!lease || !ether_addr_equal(lease->mac, eth_hdr(skb)->h_dest))
		return NULL;
	return lease;
}

/* Might it be an ARP request or a neighbour solicitation? */
static bool fl_xmit_may_ask(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_ARP) ||
	       (skb->protocol == htons(ETH_P_IPV6) &&
		ipv6_hdr(skb)->nexthdr == IPPROTO_ICMPV6);
}

/* Answers a neighbour request, or raises a miss for it. Returns false if the frame is
 * forwarded like any other, which happens to a request only if there is a flood list:
 * without one, nothing is broadcast on the wire.
 */
static bool fl_xmit_neigh(struct fl_dev *fl, const struct fl_config *cfg,
			  struct sk_buff *skb, const struct fl_fdb *fdb,
			  const struct fl_fdb *flood)
{
	struct fl_addr target;
	struct fl_lease *lease;

	if (!fl_neigh_question(&target, skb))
		return false;
	lease = fl_lease_lookup(fl, &target);
	if (lease) {
		fl_neigh_reply(fl, skb, lease->mac);
		return true;
	}
	if (cfg->proxy && fl_neigh_proxy(fl, skb, &target))
		return true;
	if (flood || (fdb && is_multicast_ether_addr(eth_hdr(skb)->h_dest)))
		return false;
	/* A unicast probe of a neighbour: the FDB still knows where it is. */
	if (fdb)
		fl_neigh_reply(fl, skb, eth_hdr(skb)->h_dest);
	else
		fl_miss_subnet(fl, cfg, skb, &target);
	return true;
}

/* Ethernet mode: the destination MAC determines the VTEP. */
static void fl_xmit_ethernet(struct fl_dev *fl, const struct fl_config *cfg,
			     struct sk_buff *skb)
{
	struct fl_fdb *fdb, *flood;
	struct fl_lease *lease;

	fdb = fl_fdb_find(fl, eth_hdr(skb)->h_dest);
	if (likely(fdb && !fl_xmit_may_ask(skb))) {
		fl_xmit_to_fdb(fl, cfg, skb, fdb);
		return;
	}
	flood = fl_fdb_flood(fl);
	if (fl_xmit_neigh(fl, cfg, skb, fdb, flood))
		return;
	if (fdb) {
		fl_xmit_to_fdb(fl, cfg, skb, fdb);
		return;
	}

	lease = fl_xmit_lease_of_mac(fl, skb);
	if (lease)
		fl_xmit_to_lease(fl, cfg, skb, lease);
	else if (flood)
		fl_xmit_to_fdb(fl, cfg, skb, flood);
	else if (is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_FLOOD);
	else
		fl_miss_mac(fl, cfg, skb);
}

/**
 * fl_xmit_again - look a packet up and send it
 * @fl: device
 * @cfg: its options
 * @skb: packet, consumed; fl_xmit() has seen it
 *
 * Context: RCU and BH disabled.
 */
void fl_xmit_again(struct fl_dev *fl, const struct fl_config *cfg,
		   struct sk_buff *skb)
{
	if (cfg->mode == FLANNEL_MODE_L3)
		fl_xmit_l3(fl, cfg, skb);
	else
		fl_xmit_ethernet(fl, cfg, skb);
}

/**
 * fl_xmit - send a packet: ndo_start_xmit
 * @skb: packet, consumed
 * @dev: network device
 *
 * Return: NETDEV_TX_OK.
 * Context: BH disabled.
 */
netdev_tx_t fl_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct fl_dev *fl = netdev_priv(dev);

	skb_reset_mac_header(skb);
	rcu_read_lock();
	if (likely(fl_xmit_prepare(skb)))
		fl_xmit_again(fl, rcu_dereference(fl->cfg), skb);
	else
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_MALFORMED);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
