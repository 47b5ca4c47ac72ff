// SPDX-License-Identifier: GPL-2.0
/*
 * Packets parked until a miss is answered. Each is in two lists, that of its miss and
 * that of its sender: when memory is short, the sender with the most memory loses its
 * oldest packet.
 */
#include <linux/icmpv6.h>
#include <net/icmp.h>

#include <flannel/dev.h>
#include <flannel/miss_priv.h>
#include <flannel/trace.h>

/* Limit on the bytes parked for one unknown source. */
#define FL_MISS_FOREIGN_BYTES	(16 * 1024)

/**
 * fl_unpark - remove a packet from its miss
 * @fl: device
 * @skb: packet, owned by the caller from now on
 *
 * Context: the lock of the misses held.
 */
void fl_unpark(struct fl_dev *fl, struct sk_buff *skb)
{
	struct fl_miss *miss = FL_PARKED(skb)->miss;
	struct fl_miss_class *class = fl_miss_class(fl, &miss->key);

	__skb_unlink(skb, &miss->queue);
	list_del(&FL_PARKED(skb)->list);
	miss->bytes -= skb->truesize;
	class->source[FL_PARKED(skb)->source].bytes -= skb->truesize;
	class->bytes -= skb->truesize;
	class->packets--;
}

/**
 * fl_unpark_all - remove all packets from a miss
 * @fl: device
 * @miss: miss
 * @to: list that receives them, in order
 *
 * Context: the lock of the misses held.
 */
void fl_unpark_all(struct fl_dev *fl, struct fl_miss *miss,
		   struct sk_buff_head *to)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&miss->queue))) {
		fl_unpark(fl, skb);
		__skb_queue_tail(to, skb);
	}
}

static struct sk_buff *fl_park_oldest(const struct fl_miss_source *source)
{
	return fl_parked_skb(list_first_entry(&source->parked,
					      struct fl_parked, list));
}

static struct fl_miss_source *
fl_park_most_bytes(const struct fl_miss_class *class)
{
	struct fl_miss_source *most = class->source;
	int i;

	for (i = 1; i < FL_MISS_SOURCES; i++)
		if (class->source[i].bytes > most->bytes)
			most = &class->source[i];
	return most;
}

/**
 * fl_park_trim - enforce the memory limits
 * @fl: device
 * @cfg: its options
 * @miss: miss that a packet was parked in
 * @over: receives the packets to be dropped: the oldest of the miss, or of the sender
 *	with the most memory
 *
 * Context: the lock of the misses held.
 */
void fl_park_trim(struct fl_dev *fl, const struct fl_config *cfg,
		  struct fl_miss *miss, struct sk_buff_head *over)
{
	struct fl_miss_class *class = fl_miss_class(fl, &miss->key);
	bool foreign = fl_miss_class_id(&miss->key) == FL_MISS_FOREIGN;
	u32 most = cfg->miss_entry_bytes, class_most = cfg->miss_bytes;
	struct sk_buff *skb;

	if (foreign) {
		most = min_t(u32, most, FL_MISS_FOREIGN_BYTES);
		class_most = min_t(u64, class_most,
				   (u64)cfg->rpf_entries *
				   FL_MISS_FOREIGN_BYTES);
	}
	while (miss->bytes > most || class->bytes > class_most) {
		skb = miss->bytes > most ?
		      skb_peek(&miss->queue) :
		      fl_park_oldest(fl_park_most_bytes(class));
		fl_unpark(fl, skb);
		__skb_queue_tail(over, skb);
	}
}

/**
 * fl_park - park a packet until a miss is answered
 * @fl: device
 * @miss: miss
 * @skb: packet, owned by the miss from now on
 * @remote: outer source of a received packet, or none
 * @sender: hash of the sender, below FL_MISS_SOURCES
 *
 * Context: the lock of the misses held.
 */
void fl_park(struct fl_dev *fl, struct fl_miss *miss, struct sk_buff *skb,
	     const struct fl_addr *remote, u16 sender)
{
	struct fl_miss_class *class = fl_miss_class(fl, &miss->key);
	struct fl_miss_source *source = &class->source[sender];
	struct fl_parked *parked = FL_PARKED(skb);

	BUILD_BUG_ON(sizeof(*parked) > sizeof(skb->cb));
	skb_dst_force(skb);
	memset(parked, 0, sizeof(*parked));
	parked->miss = miss;
	parked->remote = *remote;
	parked->source = sender;
	list_add_tail(&parked->list, &source->parked);
	__skb_queue_tail(&miss->queue, skb);
	miss->bytes += skb->truesize;
	source->bytes += skb->truesize;
	class->bytes += skb->truesize;
	class->packets++;
	fl_count(fl, FLANNEL_A_STATS_MISS_PARKED);
	trace_flannel_park(fl->dev, &miss->key, skb, miss->queue.qlen);
}

/**
 * fl_refuse - drop an outgoing packet and notify its sender
 * @fl: device
 * @skb: packet, consumed
 * @why: counter of the reason
 *
 * A frame that was bridged to us has no route, and its sender is not told.
 *
 * Context: RCU and BH disabled.
 */
void fl_refuse(struct fl_dev *fl, struct sk_buff *skb,
	       enum flannel_stats_attr why)
{
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else if (skb->protocol == htons(ETH_P_IPV6) && ipv6_mod_enabled() &&
		 skb_dst(skb))
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH,
				0);
	fl_drop(fl, skb, why);
}

static void fl_refuse_all(struct fl_dev *fl, struct sk_buff_head *list,
			  enum flannel_stats_attr why)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		fl_refuse(fl, skb, why);
}

/**
 * fl_losses_init - initialise, without packets
 * @losses: losses
 *
 * Context: any.
 */
void fl_losses_init(struct fl_losses *losses)
{
	__skb_queue_head_init(&losses->refused);
	__skb_queue_head_init(&losses->dropped);
	__skb_queue_head_init(&losses->foreign);
}

/**
 * fl_losses_settle - drop the packets
 * @fl: device
 * @losses: the packets
 * @refused: counter for packets answered with ICMP
 * @dropped: counter for packets beyond a limit
 *
 * Context: RCU and BH disabled, without the lock of the misses: to answer a packet
 * sends another one.
 */
void fl_losses_settle(struct fl_dev *fl, struct fl_losses *losses,
		      enum flannel_stats_attr refused,
		      enum flannel_stats_attr dropped)
{
	fl_refuse_all(fl, &losses->refused, refused);
	fl_drop_all(fl, &losses->dropped, dropped);
	fl_drop_all(fl, &losses->foreign,
		    FLANNEL_A_STATS_RX_DROP_UNVERIFIED);
}

/**
 * fl_losses_of - the list for the packets of a miss
 * @losses: losses
 * @miss: miss
 * @refuse: answer its packets with ICMP
 *
 * Return: the list.
 * Context: any.
 */
struct sk_buff_head *fl_losses_of(struct fl_losses *losses,
				  const struct fl_miss *miss,
				  bool refuse)
{
	if (fl_miss_class_id(&miss->key) == FL_MISS_FOREIGN)
		return &losses->foreign;
	return refuse ? &losses->refused : &losses->dropped;
}
