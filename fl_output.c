// SPDX-License-Identifier: GPL-2.0
/*
 * The entry point for packets that are routed into the overlay. The IP stack passes
 * them to the neighbour of the device, which in L3 mode represents all destinations.
 * Its output function sends them directly into the overlay, bypassing the queueing
 * layer, which has nothing to do for a device without a queue. If something observes
 * the packets there (a qdisc, tc, netfilter's egress hook, a packet socket), or if
 * anything else is unusual, they do pass through that layer.
 */
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <net/neighbour.h>
#include <net/sch_generic.h>

#include <flannel/dev.h>
#include <flannel/output.h>
#include <flannel/xmit.h>

/* Do tc or netfilter see what a device sends? */
static bool fl_output_has_egress(const struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_EGRESS
	if (rcu_access_pointer(dev->nf_hooks_egress))
		return true;
#endif
#ifdef CONFIG_NET_XGRESS
	return rcu_access_pointer(dev->tcx_egress);
#else
	return false;
#endif
}

/* What the queueing layer would otherwise do to the packet */
#define FL_OUTPUT_FEATURES	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_FRAGLIST)

/* Is this a nested call, from an overlay within an overlay? The queueing layer counts
 * the nesting depth and breaks endless recursion. If sections with BH disabled can be
 * preempted (PREEMPT_RT), another sender may find the flag set: it takes the queueing
 * layer unnecessarily, and leaves the flag alone.
 */
static DEFINE_PER_CPU(bool, fl_output_busy);

/* Would anything in the queueing layer see the packet? */
static bool fl_output_watched(struct net_device *dev)
{
	const struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);

	/* A device without carrier, or down, has a qdisc that drops packets. */
	return rcu_dereference(txq->qdisc)->enqueue ||
	       fl_output_has_egress(dev) || dev_nit_active(dev);
}

/* Is it an IP packet whose header is linear? */
static bool fl_output_is_ip(const struct sk_buff *skb)
{
	if (likely(skb->protocol == htons(ETH_P_IP)))
		return skb_headlen(skb) >= sizeof(struct iphdr);
	return skb->protocol == htons(ETH_P_IPV6) &&
	       skb_headlen(skb) >= sizeof(struct ipv6hdr);
}

static bool fl_output_allowed(struct net_device *dev,
			      const struct fl_config *cfg,
			      const struct sk_buff *skb)
{
	if (cfg->mode != FLANNEL_MODE_L3 || !fl_output_is_ip(skb))
		return false;
	if ((dev->features & FL_OUTPUT_FEATURES) != FL_OUTPUT_FEATURES ||
	    (skb_is_gso(skb) &&
	     netif_needs_gso((struct sk_buff *)skb,
			     netif_skb_features((struct sk_buff *)skb))))
		return false;
	return !this_cpu_read(fl_output_busy) && !fl_output_watched(dev);
}

/* Requires data at the network header and headroom for an Ethernet header. The IP stack
 * ensures both; other senders to neighbours (netfilter's "fwd", BPF) leave the MAC
 * header of the packet's origin, or no headroom.
 */
static bool fl_output_prepare(const struct net_device *dev, struct sk_buff *skb)
{
	__skb_pull(skb, skb_network_offset(skb));
	return likely(skb_headroom(skb) >= ETH_HLEN) ||
	       !skb_cow_head(skb, LL_RESERVED_SPACE(dev));
}

/* Sends through the queueing layer. Newer kernels do not export
 * neigh_connected_output(); neigh_resolve_output() would cache the header, and this
 * function would not be called again.
 */
static noinline int fl_output_queue(struct neighbour *neigh, struct sk_buff *skb)
{
	struct net_device *dev = neigh->dev;
	u8 ha[ETH_ALEN];

	neigh_ha_snapshot(ha, neigh, dev);
	if (dev_hard_header(skb, dev, ntohs(skb->protocol), ha, NULL,
			    skb->len) < 0) {
		kfree_skb(skb);
		return -EINVAL;
	}
	return dev_queue_xmit(skb);
}

/* neighbour->output */
static int fl_output(struct neighbour *neigh, struct sk_buff *skb)
{
	struct net_device *dev = neigh->dev;
	struct fl_dev *fl = netdev_priv(dev);
	const struct fl_config *cfg;
	struct ethhdr *eth;

	rcu_read_lock_bh();
	rcu_read_lock();
	cfg = rcu_dereference(fl->cfg);
	if (unlikely(!fl_output_prepare(dev, skb))) {
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_MEMORY);
		rcu_read_unlock();
		rcu_read_unlock_bh();
		return -ENOMEM;
	}
	if (unlikely(!fl_output_allowed(dev, cfg, skb))) {
		rcu_read_unlock();
		rcu_read_unlock_bh();
		return fl_output_queue(neigh, skb);
	}
	skb->dev = dev;
	eth = skb_push(skb, ETH_HLEN);
	skb_reset_mac_header(skb);
	ether_addr_copy(eth->h_dest, neigh->ha);
	ether_addr_copy(eth->h_source, dev->dev_addr);
	eth->h_proto = skb->protocol;
	this_cpu_write(fl_output_busy, true);
	fl_xmit_l3(fl, cfg, skb);
	this_cpu_write(fl_output_busy, false);
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return NET_XMIT_SUCCESS;
}

/**
 * fl_output_construct - a neighbour of the device is created: ndo_neigh_construct
 * @dev: network device
 * @neigh: neighbour
 *
 * Only those that need no resolution: they keep the output function that we
 * give them, until somebody sets their state by hand, which brings the
 * ordinary one back.
 *
 * Return: 0.
 * Context: BH disabled.
 */
int fl_output_construct(struct net_device *dev, struct neighbour *neigh)
{
	if (neigh->nud_state & NUD_NOARP)
		WRITE_ONCE(neigh->output, fl_output);
	return 0;
}
