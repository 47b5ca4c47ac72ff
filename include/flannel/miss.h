/* SPDX-License-Identifier: GPL-2.0 */
/* Misses: pending questions, and the packets that wait for the answers. */
#ifndef _FLANNEL_MISS_H
#define _FLANNEL_MISS_H

#include <linux/if_ether.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <uapi/linux/flannel.h>

#include <flannel/addr.h>

struct fl_config;
struct fl_dev;

#define FL_MISS_TRIES_MAX	8
/* Number of values of the hash that distinguishes senders. */
#define FL_MISS_SOURCES		256

/**
 * struct fl_miss_key - what is missing
 * @kind: enum flannel_miss_kind
 * @prefix: inner subnet, for L3 and SOURCE
 * @mac: MAC as a number, for L2
 */
struct fl_miss_key {
	u32			kind;
	struct fl_prefix	prefix;
	u64			mac;
};

/**
 * struct fl_miss - one question
 * @node: links it into the table
 * @key: what is missing
 * @due: links it into the list of its state; in order of @deadline
 * @sibling: links it into the misses of its source
 * @deadline: jiffies of the next step
 * @raised: jiffies when it was raised
 * @state: enum flannel_miss_state
 * @tries: events sent; 0: its source has asked so much that it has to wait
 * @source: which source raised it, or the one of those that wait for it that
 *	has fewer
 * @seq: number of the last event
 * @target: the address that raised it
 * @remote: outer source, for SOURCE
 * @queue: parked packets, oldest first
 * @bytes: their memory
 * @rcu: frees it
 *
 * All under the lock of the table; @key, @state and @deadline are also read
 * under RCU.
 */
struct fl_miss {
	struct rhash_head	node;
	struct fl_miss_key	key;
	struct list_head	due;
	struct list_head	sibling;
	unsigned long		deadline;
	unsigned long		raised;
	u8			state;
	u8			tries;
	u16			source;
	u32			seq;
	struct fl_addr		target;
	struct fl_addr		remote;
	struct sk_buff_head	queue;
	u32			bytes;
	struct rcu_head		rcu;
};

/**
 * struct fl_miss_source - the misses of one sender
 * @entries: its misses
 * @bytes: memory of its parked packets
 * @next: when it may ask the next question, nanoseconds
 * @parked: its packets, oldest first
 * @pending: its misses that wait for an answer, oldest first
 * @negative: its misses remembered as "not found", oldest first
 * @unasked: its misses without an event so far, in order of deadline
 *
 * A sender of our own packets is a pod, one of unknown packets is a VTEP. Where
 * room is scarce, the one that takes most of it gives way.
 */
struct fl_miss_source {
	u32			entries;
	u32			bytes;
	u64			next;
	struct list_head	parked;
	struct list_head	pending;
	struct list_head	negative;
	struct list_head	unasked;
};

/**
 * struct fl_miss_class - misses that share limits
 * @entries: how many there are, pending or remembered
 * @packets: packets parked in them
 * @bytes: memory of those packets
 * @source: their senders, FL_MISS_SOURCES
 * @pending: misses by events sent, each list in order of deadline
 * @negative: misses remembered as "not found", in order of deadline
 * @negatives: how many those are
 *
 * Questions of our own packets are one class, questions about unknown sources
 * another: strangers must not take room from us.
 */
struct fl_miss_class {
	u32			entries;
	u32			packets;
	u32			bytes;
	struct fl_miss_source	*source;
	struct list_head	pending[FL_MISS_TRIES_MAX];
	struct list_head	negative;
	u32			negatives;
};

enum fl_miss_class_id {
	FL_MISS_OWN,
	FL_MISS_FOREIGN,
	FL_MISS_CLASSES,
};

/**
 * struct fl_miss_table - the misses of a device
 * @ht: by key
 * @lock: guards everything here
 * @class: by enum fl_miss_class_id
 * @seq: number of the last event
 * @secret: key of the hash of senders
 * @tokens: questions about unknown sources that may be asked now
 * @token_time: jiffies up to which @tokens is credited
 * @closed: the device is down: nothing is parked any more
 * @changes: grows with each change, for dumps to notice
 * @work: repeats events, ends and forgets misses
 */
struct fl_miss_table {
	struct rhashtable	ht;
	spinlock_t		lock;	/* of all of this */
	struct fl_miss_class	class[FL_MISS_CLASSES];
	u32			seq;
	u32			secret;
	u32			tokens;
	unsigned long		token_time;
	bool			closed;
	atomic_t		changes;
	struct delayed_work	work;
};

int fl_miss_init(struct fl_dev *fl);
void fl_miss_open(struct fl_dev *fl);
void fl_miss_close(struct fl_dev *fl);
void fl_miss_destroy(struct fl_dev *fl);

void fl_miss_subnet(struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb, const struct fl_addr *target);
void fl_miss_mac(struct fl_dev *fl, const struct fl_config *cfg,
		 struct sk_buff *skb);
void fl_miss_source(struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb, const struct fl_addr *source,
		    const struct fl_addr *remote);

int fl_miss_cache_init(void);
void fl_miss_cache_exit(void);

#endif /* _FLANNEL_MISS_H */
