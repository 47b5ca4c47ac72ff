/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of the miss engine: fl_miss.c, fl_park.c, fl_answer.c. */
#ifndef _FLANNEL_MISS_PRIV_H
#define _FLANNEL_MISS_PRIV_H

#include <linux/etherdevice.h>
#include <linux/skbuff.h>

#include <flannel/addr.h>
#include <flannel/dev.h>
#include <flannel/miss.h>

/**
 * struct fl_parked - control block of a parked packet
 * @list: links it into the packets of its class
 * @miss: what it waits for
 * @remote: outer source of a received packet
 * @source: hash of the sender
 */
struct fl_parked {
	struct list_head	list;
	struct fl_miss		*miss;
	struct fl_addr		remote;
	u16			source;
};

#define FL_PARKED(skb)	((struct fl_parked *)(skb)->cb)

static inline struct sk_buff *fl_parked_skb(void *parked)
{
	return container_of(parked, struct sk_buff, cb);
}

/**
 * struct fl_losses - packets on their way out of the engine
 * @refused: outgoing packets to be answered with ICMP
 * @dropped: outgoing packets beyond a limit
 * @foreign: packets of unknown sources
 */
struct fl_losses {
	struct sk_buff_head	refused;
	struct sk_buff_head	dropped;
	struct sk_buff_head	foreign;
};

/**
 * struct fl_pace - how often a source may ask
 * @rate: questions per second
 * @burst: questions in a burst
 * @ahead: nanoseconds that a question may have to wait for its turn
 */
struct fl_pace {
	u32	rate;
	u32	burst;
	u64	ahead;
};

static inline enum fl_miss_class_id fl_miss_class_id(const struct fl_miss_key *key)
{
	return key->kind == FLANNEL_MISS_SOURCE ? FL_MISS_FOREIGN : FL_MISS_OWN;
}

static inline struct fl_miss_class *
fl_miss_class(struct fl_dev *fl, const struct fl_miss_key *key)
{
	return &fl->miss.class[fl_miss_class_id(key)];
}

static inline void fl_miss_key_subnet(struct fl_miss_key *key,
				      const struct fl_config *cfg,
				      enum flannel_miss_kind kind,
				      const struct fl_addr *addr)
{
	memset(key, 0, sizeof(*key));
	key->kind = kind;
	fl_prefix_make(&key->prefix, addr, addr->family == AF_INET ?
					   cfg->subnet_len : cfg->subnet_len6);
}

static inline void fl_miss_key_mac(struct fl_miss_key *key, const u8 *mac)
{
	memset(key, 0, sizeof(*key));
	key->kind = FLANNEL_MISS_L2;
	key->mac = ether_addr_to_u64(mac);
}

/* fl_miss.c */
struct fl_miss *fl_miss_lookup(struct fl_dev *fl,
			       const struct fl_miss_key *key);
void fl_miss_remove(struct fl_dev *fl, struct fl_miss *miss);
void fl_miss_remember(struct fl_dev *fl, const struct fl_config *cfg,
		      struct fl_miss *miss);

#if IS_ENABLED(CONFIG_KUNIT)
bool fl_miss_take_token(struct fl_miss_table *table, u32 rate,
			unsigned long now);
struct fl_pace fl_miss_pace(const struct fl_config *cfg,
			    const struct fl_miss_key *key);
bool fl_miss_book(struct fl_miss_source *source, const struct fl_pace *pace,
		  u64 now, u64 *wait);
#endif

/* fl_park.c */
void fl_park(struct fl_dev *fl, struct fl_miss *miss, struct sk_buff *skb,
	     const struct fl_addr *remote, u16 sender);
void fl_unpark(struct fl_dev *fl, struct sk_buff *skb);
void fl_unpark_all(struct fl_dev *fl, struct fl_miss *miss,
		   struct sk_buff_head *to);
void fl_park_trim(struct fl_dev *fl, const struct fl_config *cfg,
		  struct fl_miss *miss, struct sk_buff_head *over);
void fl_refuse(struct fl_dev *fl, struct sk_buff *skb,
	       enum flannel_stats_attr why);
void fl_losses_init(struct fl_losses *losses);
void fl_losses_settle(struct fl_dev *fl, struct fl_losses *losses,
		      enum flannel_stats_attr refused,
		      enum flannel_stats_attr dropped);
struct sk_buff_head *fl_losses_of(struct fl_losses *losses,
				  const struct fl_miss *miss, bool refuse);

#endif /* _FLANNEL_MISS_PRIV_H */
