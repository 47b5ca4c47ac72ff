// SPDX-License-Identifier: GPL-2.0
/*
 * Received packets: source check and delivery.
 *
 * vxlan accepts a frame from anyone who can reach the port. Here the tables also
 * determine who may send: an outer source must be a peer (loose), and an inner source
 * must belong to a lease of that peer (strict).
 */
#include <linux/etherdevice.h>
#include <linux/percpu.h>
#include <net/rps.h>

#include <flannel/answer.h>
#include <flannel/dev.h>
#include <flannel/rcv.h>

/* The second GRO round ----------------------------------------------------- */

/* A lower device that cannot look into the tunnel does not merge the segments of a TCP
 * stream; they are merged here after decapsulation, in a per-CPU NAPI context. This
 * costs a pass through the NAPI scheduler, so only packets that can benefit take it,
 * packets that must stay behind them while they wait, and packets received too deep in
 * the stack. None of them waits in the backlog of a CPU, which cannot be emptied when
 * the device goes down.
 */
struct fl_cell {
	struct napi_struct	napi;
	struct sk_buff_head	queue;
};

/* The default size of a CPU's backlog. */
#define FL_CELL_PACKETS	1000

static int fl_cell_poll(struct napi_struct *napi, int budget)
{
	struct fl_cell *cell = container_of(napi, struct fl_cell, napi);
	struct sk_buff *skb;
	int done = 0;

	while (done < budget && (skb = skb_dequeue(&cell->queue))) {
		napi_gro_receive(napi, skb);
		done++;
	}
	/* Hold nothing in GRO, whatever the device's gro_flush_timeout: the next
	 * packets bypass it and would overtake.
	 */
	if (done < budget)
		napi_complete(napi);
	return done;
}

/* Sends a packet through the second round. */
static void fl_cell_receive(struct fl_dev *fl, struct sk_buff *skb)
{
	struct fl_cell *cell = this_cpu_ptr(fl->cells);

	if (unlikely(skb_queue_len_lockless(&cell->queue) >= FL_CELL_PACKETS)) {
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_OVERFLOW);
		return;
	}
	skb_queue_tail(&cell->queue, skb);
	napi_schedule(&cell->napi);
}

/* Does this CPU still have packets in the second round? A packet that must not overtake
 * them joins them.
 */
static bool fl_cell_busy(struct fl_cell __percpu *cells)
{
	return test_bit(NAPI_STATE_SCHED, &this_cpu_ptr(cells)->napi.state);
}

/**
 * fl_rcv_init - set up the second round
 * @fl: device
 *
 * Return: 0 or -ENOMEM.
 * Context: process, RTNL held.
 */
int fl_rcv_init(struct fl_dev *fl)
{
	struct fl_cell *cell;
	int cpu;

	fl->cells = alloc_percpu(struct fl_cell);
	if (!fl->cells)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		cell = per_cpu_ptr(fl->cells, cpu);
		skb_queue_head_init(&cell->queue);
		/* There is no interrupt that busy polling could replace. */
		set_bit(NAPI_STATE_NO_BUSY_POLL, &cell->napi.state);
		netif_napi_add(fl->dev, &cell->napi, fl_cell_poll);
		napi_enable(&cell->napi);
	}
	return 0;
}

/**
 * fl_rcv_settle - wait until the second round is empty
 * @fl: device that goes down, which no packet reaches any more
 *
 * Holders of a device's packets, such as nfqueue, release them when notified that
 * it is down: packets that arrive later would keep the device.
 *
 * Context: process.
 */
void fl_rcv_settle(struct fl_dev *fl)
{
	int cpu;

	for_each_possible_cpu(cpu)
		napi_synchronize(&per_cpu_ptr(fl->cells, cpu)->napi);
}

/**
 * fl_rcv_destroy - tear down the second round
 * @fl: device, which no packet reaches any more
 *
 * Context: process, RTNL held.
 */
void fl_rcv_destroy(struct fl_dev *fl)
{
	struct fl_cell *cell;
	int cpu;

	for_each_possible_cpu(cpu) {
		cell = per_cpu_ptr(fl->cells, cpu);
		napi_disable(&cell->napi);
		__netif_napi_del(&cell->napi);
		skb_queue_purge(&cell->queue);
	}
	synchronize_net();
	free_percpu(fl->cells);
}

/* Delivery ------------------------------------------------------------------ */

/* Is this a nested call? If sections with BH disabled can be preempted (PREEMPT_RT),
 * another receiver may find the flag set: its packet takes the second round
 * unnecessarily.
 */
static DEFINE_PER_CPU(unsigned int, fl_rcv_depth);

static u8 fl_rcv_protocol(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->protocol;
	if (skb->protocol == htons(ETH_P_IPV6))
		return ipv6_hdr(skb)->nexthdr;
	return 0;
}

/* A smaller TCP segment is a request or response, not part of a bulk transfer. */
#define FL_RCV_BULK	512

/* Is a second GRO round worth its cost? */
static bool fl_rcv_may_merge(const struct net_device *dev,
			     const struct sk_buff *skb)
{
	if (!(dev->features & NETIF_F_GRO) || skb_is_gso(skb))
		return false;
	switch (fl_rcv_protocol(skb)) {
	case IPPROTO_TCP:
		return skb->len >= FL_RCV_BULK;
	case IPPROTO_UDP:
		return dev->features & (NETIF_F_GRO_FRAGLIST |
					NETIF_F_GRO_UDP_FWD);
	default:
		return false;
	}
}

/* Passes a packet to the protocols. The stack's entry point for drivers additionally
 * only sets the time stamp, which the lower device has done, and selects another CPU if
 * RPS is configured.
 */
static void fl_rcv_up(struct sk_buff *skb)
{
#ifdef CONFIG_RPS
	if (static_branch_unlikely(&rps_needed)) {
		netif_receive_skb(skb);
		return;
	}
#endif
	netif_receive_skb_core(skb);
}

/**
 * fl_rcv_deliver - pass an accepted packet to the stack
 * @fl: device
 * @skb: packet, consumed; data at the network header, protocol and type known
 * @defer: do not process it directly: the call stack is already deep
 *
 * Context: RCU and BH disabled.
 */
void fl_rcv_deliver(struct fl_dev *fl, struct sk_buff *skb, bool defer)
{
	dev_sw_netstats_rx_add(fl->dev, skb->len);
	if (defer || this_cpu_read(fl_rcv_depth) ||
	    fl_rcv_may_merge(fl->dev, skb) || fl_cell_busy(fl->cells)) {
		fl_cell_receive(fl, skb);
		return;
	}
	/* A second NAPI round has no benefit: deliver the packet directly. */
	fl_count(fl, FLANNEL_A_STATS_RX_DIRECT);
	this_cpu_inc(fl_rcv_depth);
	fl_rcv_up(skb);
	this_cpu_dec(fl_rcv_depth);
}

/* The source check -------------------------------------------------------- */

static bool fl_lease_is_of(const struct fl_lease *lease,
			   const struct fl_addr *remote)
{
	if (fl_addr_equal(&lease->peer->key.addr, remote))
		return true;
	return lease->other && fl_addr_equal(&lease->other->key.addr, remote);
}

static bool fl_rcv_has_source4(__be32 saddr)
{
	return !ipv4_is_zeronet(saddr) && !ipv4_is_loopback(saddr) &&
	       !ipv4_is_multicast(saddr) && !ipv4_is_lbcast(saddr);
}

static bool fl_rcv_has_source6(const struct in6_addr *saddr)
{
	int type = ipv6_addr_type(saddr);

	return (type & IPV6_ADDR_UNICAST) &&
	       !(type & (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK));
}

/* Does the packet have an inner source that a lease can confirm? */
static bool fl_rcv_has_source(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return fl_rcv_has_source4(ip_hdr(skb)->saddr);
	return skb->protocol == htons(ETH_P_IPV6) &&
	       fl_rcv_has_source6(&ipv6_hdr(skb)->saddr);
}

/**
 * fl_rcv_refuse - drop a packet whose sender failed the source check
 * @fl: device
 * @skb: packet, consumed
 * @remote: outer source
 *
 * Context: RCU and BH disabled.
 */
void fl_rcv_refuse(struct fl_dev *fl, struct sk_buff *skb,
		   const struct fl_addr *remote)
{
	fl_drop(fl, skb, fl_peer_find(fl, remote, 0) ?
			 FLANNEL_A_STATS_RX_DROP_SOURCE :
			 FLANNEL_A_STATS_RX_DROP_PEER);
}

/* The source check. Returns false if it consumed the packet. */
static bool fl_rcv_allowed(struct fl_dev *fl, const struct fl_config *cfg,
			   struct sk_buff *skb,
			   const struct fl_arrival *arrival)
{
	bool known = arrival->peer;
	const struct fl_lease *lease;
	struct fl_addr source;

	if (known && cfg->rpf == FLANNEL_RPF_LOOSE)
		return true;
	if (!fl_rcv_has_source(skb)) {
		if (!known)
			fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_PEER);
		return known;
	}

	fl_addr_inner(&source, skb, skb->protocol, true);
	lease = fl_lease_lookup(fl, &source);
	if (!lease) {
		fl_miss_source(fl, cfg, skb, &source, &arrival->remote);
		return false;
	}
	if (fl_lease_is_of(lease, &arrival->remote))
		return true;
	fl_drop(fl, skb, known ? FLANNEL_A_STATS_RX_DROP_SOURCE :
				 FLANNEL_A_STATS_RX_DROP_PEER);
	return false;
}

/**
 * fl_rcv_verified - the lease of a packet's inner source has become known
 * @fl: device
 * @cfg: its options
 * @skb: packet, consumed; fl_rcv() has seen it
 * @lease: the lease, or NULL
 * @remote: outer source of the packet
 *
 * Context: RCU and BH disabled.
 */
void fl_rcv_verified(struct fl_dev *fl, const struct fl_config *cfg,
		     struct sk_buff *skb, const struct fl_lease *lease,
		     const struct fl_addr *remote)
{
	if (lease && fl_lease_is_of(lease, remote))
		fl_rcv_deliver(fl, skb, false);
	else
		fl_rcv_refuse(fl, skb, remote);
}

/* False: the sender's MAC belongs elsewhere. */
static bool fl_rcv_learn(struct fl_dev *fl, const struct fl_config *cfg,
			 const struct sk_buff *skb,
			 const struct fl_arrival *arrival)
{
	struct fl_fdb_spec fresh;

	if (!fl_fdb_learn(fl, cfg, eth_hdr(skb)->h_source, &arrival->remote,
			  arrival->ifindex, &fresh))
		return false;
	if (unlikely(fresh.state))
		fl_answer_learned(fl, &fresh);
	return true;
}

/**
 * fl_rcv - receive a frame
 * @fl: device
 * @cfg: its options
 * @skb: frame, consumed; data at its Ethernet header; if it is IP, its IP
 *	header is linear
 * @arrival: how
 *
 * Context: RCU and BH disabled.
 */
void fl_rcv(struct fl_dev *fl, const struct fl_config *cfg,
	    struct sk_buff *skb, const struct fl_arrival *arrival)
{
	struct net_device *dev = fl->dev;

	skb_reset_mac_header(skb);
	skb->protocol = eth_type_trans(skb, dev);
	skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
	skb_reset_network_header(skb);

	if (unlikely(ether_addr_equal(eth_hdr(skb)->h_source,
				      dev->dev_addr))) {
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_OWN_MAC);
		return;
	}
	if (unlikely(!(dev->flags & IFF_UP))) {
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_DOWN);
		return;
	}
	/* In L3 mode the subnet identifies the destination; a peer that does not know
	 * our new MAC yet must not lose packets.
	 */
	if (cfg->mode == FLANNEL_MODE_L3 && skb->pkt_type == PACKET_OTHERHOST)
		skb->pkt_type = PACKET_HOST;
	if (cfg->rpf != FLANNEL_RPF_OFF &&
	    !fl_rcv_allowed(fl, cfg, skb, arrival))
		return;
	if (cfg->learning && arrival->learn &&
	    !fl_rcv_learn(fl, cfg, skb, arrival)) {
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_MOVED);
		return;
	}
	fl_rcv_deliver(fl, skb, arrival->defer);
}
