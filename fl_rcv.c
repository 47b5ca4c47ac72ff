// SPDX-License-Identifier: GPL-2.0
/*
 * What came in: may it, and where does it go.
 *
 * vxlan takes a frame from anyone who can reach the port. Here the tables also
 * say who may speak: an outer source must be a peer (loose), and an inner
 * source must belong to a lease of that peer (strict).
 */
#include <linux/etherdevice.h>
#include <linux/percpu.h>
#include <net/rps.h>

#include <flannel/dev.h>
#include <flannel/rcv.h>

/* The second GRO round ----------------------------------------------------- */

/* A lower device that cannot look into the tunnel leaves the segments of a TCP
 * stream apart; here they are merged after decapsulation, in a NAPI context of each
 * CPU. The round costs a pass through the scheduler of NAPI, so only packets that
 * can gain by it come here; and what belongs behind them, while they wait.
 */
struct fl_cell {
	struct napi_struct	napi;
	struct sk_buff_head	queue;
};

/* As many as the backlog of a CPU holds by default. */
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
	/* Nothing stays held in GRO, whatever the device's gro_flush_timeout:
	 * packets that come next go straight on, and would overtake it.
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

/* Does this CPU still have packets in the second round? One that must not overtake
 * them goes there too.
 */
static bool fl_cell_busy(struct fl_cell __percpu *cells)
{
	return test_bit(NAPI_STATE_SCHED, &this_cpu_ptr(cells)->napi.state);
}

/**
 * fl_rcv_init - set the second round up
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
		/* There is no interrupt that a busy poller could stand for. */
		set_bit(NAPI_STATE_NO_BUSY_POLL, &cell->napi.state);
		netif_napi_add(fl->dev, &cell->napi, fl_cell_poll);
		napi_enable(&cell->napi);
	}
	return 0;
}

/**
 * fl_rcv_destroy - take the second round down
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

/* Are we below ourselves on the stack? Where sections with BH disabled can be
 * preempted (PREEMPT_RT), another receiver may find it so: its packet goes through
 * the backlog without need.
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

/* Below that a TCP segment is a question or an answer, not part of a stream. */
#define FL_RCV_BULK	512

/* Is a second GRO round worth its price? */
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

/* Gives a packet to the protocols. The stack's entrance for packets of drivers does
 * nothing else but to stamp them with the time, which the lower device did, and to
 * choose another CPU, where somebody asked for that.
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
 * fl_rcv_deliver - give a packet that may come in to the stack
 * @fl: device
 * @skb: packet, consumed; data at the network header, protocol and type known
 * @defer: do not process it here and now: the stack is deep already
 *
 * Context: RCU and BH disabled.
 */
void fl_rcv_deliver(struct fl_dev *fl, struct sk_buff *skb, bool defer)
{
	dev_sw_netstats_rx_add(fl->dev, skb->len);
	if (fl_rcv_may_merge(fl->dev, skb) || fl_cell_busy(fl->cells)) {
		fl_cell_receive(fl, skb);
		return;
	}
	if (defer || this_cpu_read(fl_rcv_depth)) {
		netif_rx(skb);
		return;
	}
	/* A second NAPI round would gain nothing: the packet goes on here. */
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

/* Has the packet an inner source that a lease can vouch for? */
static bool fl_rcv_has_source(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return fl_rcv_has_source4(ip_hdr(skb)->saddr);
	return skb->protocol == htons(ETH_P_IPV6) &&
	       fl_rcv_has_source6(&ipv6_hdr(skb)->saddr);
}

/**
 * fl_rcv_refuse - give up a packet whose sender must not speak
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

/* The source check. Returns false if the packet is dealt with. */
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

/**
 * fl_rcv - a frame has come in
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
	/* In L3 mode the subnet says who is meant; a peer that has not heard
	 * of a new MAC of ours yet is not to lose packets.
	 */
	if (cfg->mode == FLANNEL_MODE_L3 && skb->pkt_type == PACKET_OTHERHOST)
		skb->pkt_type = PACKET_HOST;
	if (cfg->rpf != FLANNEL_RPF_OFF &&
	    !fl_rcv_allowed(fl, cfg, skb, arrival))
		return;
	if (cfg->learning && arrival->learn &&
	    !fl_fdb_learn(fl, cfg, eth_hdr(skb)->h_source, &arrival->remote,
			  arrival->ifindex)) {
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_MOVED);
		return;
	}
	fl_rcv_deliver(fl, skb, arrival->defer);
}
