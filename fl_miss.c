// SPDX-License-Identifier: GPL-2.0
/*
 * Misses. A packet that we do not know where to send is parked, and one
 * question about its subnet (or MAC) goes to whoever listens. The packets
 * leave in order when the answer comes:
 *
 *   packet -> pending -> found: packets are sent, the miss is gone
 *               |    \-> not found, or asked in vain: packets are refused
 *             retry                        |
 *                                      negative -> forgotten after a while
 *
 * Everything here is off the packet path: known destinations never come by.
 */
#include <linux/icmpv6.h>
#include <linux/jhash.h>
#include <net/icmp.h>
#include <net/l3mdev.h>

#include <flannel/dev.h>
#include <flannel/genl.h>
#include <flannel/miss.h>
#include <flannel/rcv.h>
#include <flannel/sweep.h>
#include <flannel/trace.h>
#include <flannel/xmit.h>

/* Most that strangers can make us keep for one unknown source, in bytes. */
#define FL_MISS_FOREIGN_BYTES	(16 * 1024)
/* What one sender of ours may ask for: so many things at once, so many a second,
 * and so long ahead of time.
 */
#define FL_MISS_BURST		2048
#define FL_MISS_RATE		2000
#define FL_MISS_AHEAD		(8 * NSEC_PER_SEC)
/* Steps of overdue misses that are made without a pause. */
#define FL_MISS_STEPS		64
/* Packets that an answer sends without a pause. */
#define FL_MISS_BATCH		64
/* How often an answer goes back for packets that came while it sent others, and how
 * often where it cannot pause.
 */
#define FL_MISS_ROUNDS		4096
#define FL_MISS_ROUNDS_BH	64

/**
 * struct fl_parked - what we keep in the control block of a parked packet
 * @list: links it into the packets of its class
 * @miss: what it waits for
 * @remote: outer source, of a packet that came in
 * @source: who sent it
 */
struct fl_parked {
	struct list_head	list;
	struct fl_miss		*miss;
	struct fl_addr		remote;
	u16			source;
};

#define FL_PARKED(skb)	((struct fl_parked *)(skb)->cb)

/**
 * struct fl_question - what a packet has to wait for
 * @key: what is missing
 * @target: the address that is asked for, or none
 * @remote: outer source, of a packet that came in
 * @source: who sent the packet, below FL_MISS_SOURCES
 */
struct fl_question {
	struct fl_miss_key	key;
	struct fl_addr		target;
	struct fl_addr		remote;
	u16			source;
};

/**
 * struct fl_answer - something that was found
 * @lease: a lease, or NULL
 * @old: the lease in whose place it goes, or NULL
 * @fdb: an FDB entry, or NULL
 * @flood: @fdb is the flood list
 * @wide: concerns more questions than a few that are found by their key
 * @l3: the device is in L3 mode
 * @batch: packets that are taken at a time
 */
struct fl_answer {
	struct fl_lease	*lease;
	struct fl_lease	*old;
	struct fl_fdb	*fdb;
	bool		flood;
	bool		wide;
	bool		l3;
	u32		batch;
};

static struct kmem_cache *fl_miss_cache;

static const struct rhashtable_params fl_miss_params = {
	.key_len		= sizeof(struct fl_miss_key),
	.key_offset		= offsetof(struct fl_miss, key),
	.head_offset		= offsetof(struct fl_miss, node),
	.automatic_shrinking	= true,
};

static enum fl_miss_class_id fl_miss_class_id(const struct fl_miss_key *key)
{
	return key->kind == FLANNEL_MISS_SOURCE ? FL_MISS_FOREIGN : FL_MISS_OWN;
}

static struct fl_miss_class *fl_miss_class(struct fl_dev *fl,
					   const struct fl_miss_key *key)
{
	return &fl->miss.class[fl_miss_class_id(key)];
}

static struct fl_miss *fl_miss_lookup(struct fl_dev *fl,
				      const struct fl_miss_key *key)
{
	return rhashtable_lookup_fast(&fl->miss.ht, key, fl_miss_params);
}

static void fl_miss_key_subnet(struct fl_miss_key *key,
			       const struct fl_config *cfg,
			       enum flannel_miss_kind kind,
			       const struct fl_addr *addr)
{
	memset(key, 0, sizeof(*key));
	key->kind = kind;
	fl_prefix_make(&key->prefix, addr, addr->family == AF_INET ?
					   cfg->subnet_len : cfg->subnet_len6);
}

static void fl_miss_key_mac(struct fl_miss_key *key, const u8 *mac)
{
	memset(key, 0, sizeof(*key));
	key->kind = FLANNEL_MISS_L2;
	key->mac = ether_addr_to_u64(mac);
}

/* Parked packets ---------------------------------------------------------- */

static void fl_miss_unpark(struct fl_dev *fl, struct sk_buff *skb)
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

static void fl_miss_unpark_all(struct fl_dev *fl, struct fl_miss *miss,
			       struct sk_buff_head *to)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&miss->queue))) {
		fl_miss_unpark(fl, skb);
		__skb_queue_tail(to, skb);
	}
}

static struct sk_buff *fl_miss_parked_skb(void *parked)
{
	return container_of(parked, struct sk_buff, cb);
}

static struct sk_buff *fl_miss_oldest(const struct fl_miss_source *source)
{
	return fl_miss_parked_skb(list_first_entry(&source->parked,
						   struct fl_parked, list));
}

static struct fl_miss_source *
fl_miss_most_bytes(const struct fl_miss_class *class)
{
	struct fl_miss_source *most = class->source;
	int i;

	for (i = 1; i < FL_MISS_SOURCES; i++)
		if (class->source[i].bytes > most->bytes)
			most = &class->source[i];
	return most;
}

static struct fl_miss_source *
fl_miss_most_entries(const struct fl_miss_class *class)
{
	struct fl_miss_source *most = class->source;
	int i;

	for (i = 1; i < FL_MISS_SOURCES; i++)
		if (class->source[i].entries > most->entries)
			most = &class->source[i];
	return most;
}

/* Keeps memory at the limits: the oldest packets go, of the miss or of who has
 * most of them.
 */
static void fl_miss_trim(struct fl_dev *fl, const struct fl_config *cfg,
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
		      fl_miss_oldest(fl_miss_most_bytes(class));
		fl_miss_unpark(fl, skb);
		__skb_queue_tail(over, skb);
	}
}

static void fl_miss_park(struct fl_dev *fl, struct fl_miss *miss,
			 struct sk_buff *skb, const struct fl_question *q)
{
	struct fl_miss_class *class = fl_miss_class(fl, &miss->key);
	struct fl_miss_source *source = &class->source[q->source];
	struct fl_parked *parked = FL_PARKED(skb);

	BUILD_BUG_ON(sizeof(*parked) > sizeof(skb->cb));
	skb_dst_force(skb);
	memset(parked, 0, sizeof(*parked));
	parked->miss = miss;
	parked->remote = q->remote;
	parked->source = q->source;
	list_add_tail(&parked->list, &source->parked);
	__skb_queue_tail(&miss->queue, skb);
	miss->bytes += skb->truesize;
	source->bytes += skb->truesize;
	class->bytes += skb->truesize;
	class->packets++;
	fl_count(fl, FLANNEL_A_STATS_MISS_PARKED);
	trace_flannel_park(fl->dev, &miss->key, skb, miss->queue.qlen);
}

/* Tell the sender of a packet of ours that there is nobody to send it to. A frame
 * that was bridged to us has no route, and its sender is no business of ours.
 */
static void fl_miss_refuse(struct fl_dev *fl, struct sk_buff *skb,
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

static void fl_miss_refuse_all(struct fl_dev *fl, struct sk_buff_head *list,
			       enum flannel_stats_attr why)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		fl_miss_refuse(fl, skb, why);
}

static void fl_miss_drop_all(struct fl_dev *fl, struct sk_buff_head *list,
			     enum flannel_stats_attr why)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		fl_drop(fl, skb, why);
}

/**
 * struct fl_losses - packets on their way out of the engine
 * @refused: own packets to be answered with ICMP
 * @dropped: own packets that had no room
 * @foreign: packets of unknown sources
 */
struct fl_losses {
	struct sk_buff_head	refused;
	struct sk_buff_head	dropped;
	struct sk_buff_head	foreign;
};

static void fl_losses_init(struct fl_losses *losses)
{
	__skb_queue_head_init(&losses->refused);
	__skb_queue_head_init(&losses->dropped);
	__skb_queue_head_init(&losses->foreign);
}

/* Called without the lock: answering a packet sends another one. */
static void fl_losses_settle(struct fl_dev *fl, struct fl_losses *losses,
			     enum flannel_stats_attr refused,
			     enum flannel_stats_attr dropped)
{
	fl_miss_refuse_all(fl, &losses->refused, refused);
	fl_miss_drop_all(fl, &losses->dropped, dropped);
	fl_miss_drop_all(fl, &losses->foreign,
			 FLANNEL_A_STATS_RX_DROP_UNVERIFIED);
}

static struct sk_buff_head *fl_losses_of(struct fl_losses *losses,
					 const struct fl_miss *miss,
					 bool refuse)
{
	if (fl_miss_class_id(&miss->key) == FL_MISS_FOREIGN)
		return &losses->foreign;
	return refuse ? &losses->refused : &losses->dropped;
}

/* Questions --------------------------------------------------------------- */

static void fl_miss_wake(struct fl_dev *fl, unsigned long deadline)
{
	unsigned long delay = 1;

	if (time_after(deadline, jiffies))
		delay = deadline - jiffies;
	if (!delayed_work_pending(&fl->miss.work) ||
	    time_before(deadline, fl->miss.work.timer.expires))
		mod_delayed_work(system_wq, &fl->miss.work, delay);
}

/* Into a list in order of deadline. Nearly always that is its end: only a change
 * of the device's options makes a later miss due earlier.
 */
static void fl_miss_enlist(struct fl_miss *miss, struct list_head *list)
{
	struct fl_miss *pos;

	list_del(&miss->due);
	list_for_each_entry_reverse(pos, list, due)
		if (!time_after(pos->deadline, miss->deadline))
			break;
	list_add(&miss->due, &pos->due);
}

static void fl_miss_ask(struct fl_dev *fl, const struct fl_config *cfg,
			struct fl_miss *miss)
{
	struct fl_miss_class *class = fl_miss_class(fl, &miss->key);

	miss->seq = ++fl->miss.seq;
	miss->deadline = jiffies +
			 msecs_to_jiffies(cfg->miss_retry << miss->tries);
	fl_miss_enlist(miss, &class->pending[miss->tries]);
	fl_count(fl, miss->tries ? FLANNEL_A_STATS_MISS_RETRY :
				   FLANNEL_A_STATS_MISS_EVENT);
	miss->tries++;
	trace_flannel_miss(fl->dev, &miss->key, miss->tries);
	if (fl_genl_miss(fl, miss))
		fl_count(fl, FLANNEL_A_STATS_MISS_LOST);
	fl_miss_wake(fl, miss->deadline);
}

static void fl_miss_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(fl_miss_cache, container_of(rcu, struct fl_miss, rcu));
}

/* The queue of the miss is empty. */
static void fl_miss_remove(struct fl_dev *fl, struct fl_miss *miss)
{
	struct fl_miss_class *class = fl_miss_class(fl, &miss->key);

	rhashtable_remove_fast(&fl->miss.ht, &miss->node, fl_miss_params);
	list_del(&miss->due);
	list_del(&miss->sibling);
	if (miss->state == FLANNEL_MISS_NEGATIVE)
		class->negatives--;
	class->source[miss->source].entries--;
	class->entries--;
	atomic_inc(&fl->miss.changes);
	call_rcu(&miss->rcu, fl_miss_free_rcu);
}

static void fl_miss_remember(struct fl_dev *fl, const struct fl_config *cfg,
			     struct fl_miss *miss)
{
	struct fl_miss_class *class = fl_miss_class(fl, &miss->key);

	if (!cfg->miss_negative) {
		fl_miss_remove(fl, miss);
		return;
	}
	WRITE_ONCE(miss->deadline,
		   jiffies + msecs_to_jiffies(cfg->miss_negative));
	WRITE_ONCE(miss->state, FLANNEL_MISS_NEGATIVE);
	fl_miss_enlist(miss, &class->negative);
	list_move_tail(&miss->sibling, &class->source[miss->source].negative);
	class->negatives++;
	atomic_inc(&fl->miss.changes);
	fl_miss_wake(fl, miss->deadline);
}

/* Makes room for one more: who takes most of it loses what we merely remember
 * for him, or else his oldest question.
 */
static void fl_miss_evict(struct fl_dev *fl, struct fl_miss_class *class,
			  struct fl_losses *losses)
{
	struct fl_miss_source *most = fl_miss_most_entries(class);
	struct list_head *list = list_empty(&most->negative) ?
				 &most->pending : &most->negative;
	struct fl_miss *miss;

	miss = list_first_entry_or_null(list, struct fl_miss, sibling);
	if (!miss)
		return;
	if (miss->state == FLANNEL_MISS_PENDING)
		fl_count(fl, FLANNEL_A_STATS_MISS_UNANSWERED);
	fl_miss_unpark_all(fl, miss, fl_losses_of(losses, miss, false));
	fl_miss_remove(fl, miss);
}

/* A bucket of questions about unknown sources, one second deep. */
static bool fl_miss_take_token(struct fl_dev *fl, const struct fl_config *cfg)
{
	struct fl_miss_table *table = &fl->miss;
	unsigned long passed = min(jiffies - table->token_time,
				   (unsigned long)HZ);
	u32 credit = passed * cfg->rpf_rate / HZ;

	if (credit) {
		table->tokens = min(table->tokens + credit, cfg->rpf_rate);
		table->token_time = jiffies;
	}
	if (!table->tokens)
		return false;
	table->tokens--;
	return true;
}

/**
 * struct fl_pace - how much a source may ask
 * @rate: questions a second
 * @burst: questions without a pause
 * @ahead: nanoseconds that a question may have to wait for its turn
 */
struct fl_pace {
	u32	rate;
	u32	burst;
	u64	ahead;
};

/* Strangers all together may ask as often as the option says; one of them gets a
 * small part of it.
 */
static struct fl_pace fl_miss_pace(const struct fl_config *cfg,
				   const struct fl_miss_key *key)
{
	if (fl_miss_class_id(key) == FL_MISS_OWN)
		return (struct fl_pace){ .rate = FL_MISS_RATE,
					 .burst = FL_MISS_BURST,
					 .ahead = FL_MISS_AHEAD };
	return (struct fl_pace){ .rate = max_t(u32, cfg->rpf_rate / 8, 1),
				 .burst = max_t(u32, cfg->rpf_rate / 4, 1) };
}

/* Books the next question of a source. Returns false if it has asked too much;
 * @wait: nanoseconds until the question's turn.
 */
static bool fl_miss_book(struct fl_miss_source *source,
			 const struct fl_pace *pace, u64 *wait)
{
	const u64 step = div_u64(NSEC_PER_SEC, pace->rate);
	const u64 now = ktime_get_ns(), credit = step * (pace->burst - 1);
	u64 turn = max(source->next, now > credit ? now - credit : 0);

	*wait = turn > now ? turn - now : 0;
	if (*wait > pace->ahead)
		return false;
	source->next = turn + step;
	return true;
}

static void fl_miss_postpone(struct fl_dev *fl, struct fl_miss_source *source,
			     struct fl_miss *miss, u64 wait)
{
	miss->deadline = jiffies + nsecs_to_jiffies(wait) + 1;
	list_move_tail(&miss->due, &source->unasked);
	fl_miss_wake(fl, miss->deadline);
}

static void fl_miss_ask_in(struct fl_dev *fl, const struct fl_config *cfg,
			   struct fl_miss_source *source, struct fl_miss *miss,
			   u64 wait)
{
	if (wait)
		fl_miss_postpone(fl, source, miss, wait);
	else
		fl_miss_ask(fl, cfg, miss);
}

static struct fl_miss *fl_miss_make(const struct fl_question *q)
{
	struct fl_miss *miss = kmem_cache_zalloc(fl_miss_cache, GFP_ATOMIC |
						 __GFP_NOWARN);

	if (!miss)
		return NULL;
	miss->key = q->key;
	miss->raised = jiffies;
	miss->target = q->target;
	miss->remote = q->remote;
	miss->source = q->source;
	INIT_LIST_HEAD(&miss->due);
	__skb_queue_head_init(&miss->queue);
	return miss;
}

static struct fl_miss *fl_miss_raise(struct fl_dev *fl,
				     const struct fl_config *cfg,
				     const struct fl_question *q,
				     struct fl_losses *losses)
{
	struct fl_miss_class *class = fl_miss_class(fl, &q->key);
	u32 most = class == &fl->miss.class[FL_MISS_FOREIGN] ?
		   cfg->rpf_entries : cfg->miss_entries;
	struct fl_miss_source *source = &class->source[q->source];
	const struct fl_pace pace = fl_miss_pace(cfg, &q->key);
	struct fl_miss *miss;
	u64 wait;

	if (!fl_miss_book(source, &pace, &wait))
		return ERR_PTR(-EBUSY);
	if (q->key.kind == FLANNEL_MISS_SOURCE && !fl_miss_take_token(fl, cfg))
		return ERR_PTR(-EBUSY);
	miss = fl_miss_make(q);
	if (!miss)
		return ERR_PTR(-ENOMEM);
	if (rhashtable_insert_fast(&fl->miss.ht, &miss->node,
				   fl_miss_params)) {
		kmem_cache_free(fl_miss_cache, miss);
		return ERR_PTR(-ENOMEM);
	}
	if (class->entries >= most)
		fl_miss_evict(fl, class, losses);
	list_add_tail(&miss->sibling, &source->pending);
	source->entries++;
	class->entries++;
	atomic_inc(&fl->miss.changes);
	fl_miss_ask_in(fl, cfg, source, miss, wait);
	return miss;
}

/* A question that several wait for is that of the one who has fewer: it shall not
 * go with those of somebody who asked for everything.
 */
static void fl_miss_adopt(struct fl_dev *fl, const struct fl_config *cfg,
			  struct fl_miss *miss, u16 source)
{
	struct fl_miss_class *class = fl_miss_class(fl, &miss->key);
	struct fl_miss_source *from = &class->source[miss->source];
	struct fl_miss_source *to = &class->source[source];
	const struct fl_pace pace = fl_miss_pace(cfg, &miss->key);
	u64 wait;

	if (to->entries + 1 >= from->entries)
		return;
	if (!miss->tries && !fl_miss_book(to, &pace, &wait))
		return;
	list_move_tail(&miss->sibling, &to->pending);
	miss->source = source;
	from->entries--;
	to->entries++;
	if (!miss->tries)
		fl_miss_ask_in(fl, cfg, to, miss, wait);
}

static bool fl_miss_remembered(const struct fl_miss *miss)
{
	return READ_ONCE(miss->state) == FLANNEL_MISS_NEGATIVE &&
	       time_before(jiffies, READ_ONCE(miss->deadline));
}

/* Finds or raises the miss that a packet shall wait for. On failure returns an
 * error pointer: -ENOENT if it is remembered as "not found", -EBUSY if its sender
 * has asked too much.
 */
static struct fl_miss *fl_miss_get(struct fl_dev *fl,
				   const struct fl_config *cfg,
				   const struct fl_question *q,
				   struct fl_losses *losses)
{
	struct fl_miss *miss = fl_miss_lookup(fl, &q->key);

	if (miss && miss->state == FLANNEL_MISS_NEGATIVE) {
		if (fl_miss_remembered(miss))
			return ERR_PTR(-ENOENT);
		fl_miss_remove(fl, miss);
		miss = NULL;
	}
	if (!miss)
		return fl_miss_raise(fl, cfg, q, losses);
	if (miss->source != q->source)
		fl_miss_adopt(fl, cfg, miss, q->source);
	return miss;
}

static void fl_miss_lose_foreign(struct fl_dev *fl, struct sk_buff *skb,
				 const struct fl_addr *remote, int err)
{
	if (err == -ENOMEM)
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_NO_MEMORY);
	else if (err == -ENETDOWN)
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_DOWN);
	else
		fl_rcv_refuse(fl, skb, remote);
}

static void fl_miss_lose(struct fl_dev *fl, struct sk_buff *skb, int err)
{
	if (err == -ENOENT)
		fl_miss_refuse(fl, skb, FLANNEL_A_STATS_TX_DROP_NOT_FOUND);
	else if (err == -ESRCH)
		fl_miss_refuse(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_LISTENER);
	else if (err == -ENETDOWN)
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_FLUSHED);
	else if (err == -EBUSY)
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_OVERFLOW);
	else
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_MEMORY);
}

/* Did the answer come while we waited for the lock? Then the packet must not
 * wait: nothing would wake it.
 */
static bool fl_miss_late(struct fl_dev *fl, const struct fl_config *cfg,
			 const struct fl_question *q)
{
	const struct fl_miss_key *key = &q->key;
	const struct fl_lease *lease = NULL;
	u8 mac[ETH_ALEN];

	if (q->target.family)
		lease = fl_lease_lookup(fl, &q->target);
	if (key->kind == FLANNEL_MISS_SOURCE)
		return lease;
	if (cfg->mode == FLANNEL_MODE_ETHERNET && fl_fdb_flood(fl))
		return true;
	if (key->kind == FLANNEL_MISS_L3)
		return lease;
	u64_to_ether_addr(key->mac, mac);
	return (lease && ether_addr_equal(lease->mac, mac)) ||
	       fl_fdb_find(fl, mac);
}

/* Parks a packet. Returns 0; -EAGAIN if it is to be looked up again; another
 * error if it has to be given up.
 */
static int fl_miss_try(struct fl_dev *fl, const struct fl_config *cfg,
		       struct sk_buff *skb, const struct fl_question *q,
		       struct fl_losses *losses)
{
	struct fl_miss *miss;

	lockdep_assert_held(&fl->miss.lock);
	if (fl_miss_late(fl, cfg, q))
		return -EAGAIN;
	if (fl->miss.closed)
		return -ENETDOWN;
	miss = fl_miss_get(fl, cfg, q, losses);
	if (IS_ERR(miss))
		return PTR_ERR(miss);
	fl_miss_park(fl, miss, skb, q);
	fl_miss_trim(fl, cfg, miss, fl_losses_of(losses, miss, false));
	return 0;
}

/* Returns true if the packet is to be looked up again. */
static bool fl_miss_wait(struct fl_dev *fl, const struct fl_config *cfg,
			 struct sk_buff *skb, const struct fl_question *q)
{
	struct fl_losses losses;
	struct fl_miss *miss;
	int err;

	fl_losses_init(&losses);
	miss = fl_miss_lookup(fl, &q->key);
	if (miss && fl_miss_remembered(miss)) {
		err = -ENOENT;
	} else if (!fl_genl_miss_heard(fl)) {
		err = -ESRCH;
	} else {
		spin_lock_bh(&fl->miss.lock);
		err = fl_miss_try(fl, cfg, skb, q, &losses);
		spin_unlock_bh(&fl->miss.lock);
	}

	fl_losses_settle(fl, &losses, FLANNEL_A_STATS_TX_DROP_UNANSWERED,
			 FLANNEL_A_STATS_TX_DROP_OVERFLOW);
	if (err == -EAGAIN)
		return true;
	if (err && q->remote.family)
		fl_miss_lose_foreign(fl, skb, &q->remote, err);
	else if (err)
		fl_miss_lose(fl, skb, err);
	return false;
}

/* Where does the inner network send packets for an address? Returns the ifindex, or
 * that of the VRF for @vrf; 0 if nowhere.
 */
static int fl_miss_way_back(const struct fl_dev *fl, const struct fl_addr *addr,
			    bool vrf)
{
	struct net *net = dev_net(fl->dev);
	struct dst_entry *dst = NULL;
	struct flowi6 fl6 = {};
	struct rtable *rt;
	int ifindex = 0;

	if (addr->family == AF_INET) {
		struct flowi4 fl4 = {
			.daddr		= addr->ip.v4,
			.flowi4_oif	= l3mdev_master_ifindex_rcu(fl->dev),
		};

		rt = ip_route_output_key(net, &fl4);
		dst = IS_ERR(rt) ? NULL : &rt->dst;
	} else if (addr->family == AF_INET6 && ipv6_mod_enabled()) {
		fl6.daddr = addr->ip.v6;
		fl6.flowi6_oif = l3mdev_master_ifindex_rcu(fl->dev);
		dst = fl_ip6_dst_lookup(net, NULL, &fl6);
		dst = IS_ERR(dst) ? NULL : dst;
	}
	if (!dst)
		return 0;
	ifindex = vrf ? l3mdev_master_ifindex_rcu(dst->dev) :
			dst->dev->ifindex;
	dst_release(dst);
	return ifindex;
}

/* A sender of ours is known by its address, if that is where the packet came from;
 * whoever makes addresses up is known by the device that it came through.
 */
static u16 fl_miss_sender(const struct fl_dev *fl, const struct sk_buff *skb)
{
	struct fl_addr addr = {};
	int iif = skb->skb_iif;

	if (skb->protocol == htons(ETH_P_IP) ||
	    skb->protocol == htons(ETH_P_IPV6))
		fl_addr_inner(&addr, skb, skb->protocol, true);
	if (iif && iif != fl_miss_way_back(fl, &addr, false) &&
	    iif != fl_miss_way_back(fl, &addr, true))
		memset(&addr, 0, sizeof(addr));
	return jhash2((const u32 *)&addr, sizeof(addr) / 4,
		      fl->miss.secret ^ iif) % FL_MISS_SOURCES;
}

/**
 * fl_miss_subnet - a packet of ours has no lease to go to
 * @fl: device
 * @cfg: its options
 * @skb: packet, consumed; an ARP request or neighbour solicitation too
 * @target: the inner address that has no lease
 *
 * Context: RCU and BH disabled.
 */
void fl_miss_subnet(struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb, const struct fl_addr *target)
{
	struct fl_question q = { .target = *target };

	if (!cfg->l3miss) {
		fl_miss_refuse(fl, skb, FLANNEL_A_STATS_TX_DROP_UNKNOWN);
		return;
	}
	fl_miss_key_subnet(&q.key, cfg, FLANNEL_MISS_L3, target);
	q.source = fl_miss_sender(fl, skb);
	if (fl_miss_wait(fl, cfg, skb, &q))
		fl_xmit_again(fl, cfg, skb);
}

/**
 * fl_miss_mac - a frame of ours has a MAC that no table knows
 * @fl: device
 * @cfg: its options
 * @skb: frame, consumed
 *
 * Context: RCU and BH disabled.
 */
void fl_miss_mac(struct fl_dev *fl, const struct fl_config *cfg,
		 struct sk_buff *skb)
{
	struct fl_question q = {};

	if (!cfg->l2miss) {
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_UNKNOWN);
		return;
	}
	if (skb->protocol == htons(ETH_P_IP) ||
	    skb->protocol == htons(ETH_P_IPV6))
		fl_addr_inner(&q.target, skb, skb->protocol, false);
	fl_miss_key_mac(&q.key, eth_hdr(skb)->h_dest);
	q.source = fl_miss_sender(fl, skb);
	if (fl_miss_wait(fl, cfg, skb, &q))
		fl_xmit_again(fl, cfg, skb);
}

/**
 * fl_miss_source - a packet came from a VTEP that is no known peer
 * @fl: device
 * @cfg: its options
 * @skb: decapsulated packet, consumed
 * @source: inner source
 * @remote: outer source
 *
 * Asks for the lease of the inner source: if it is the outer source's, the
 * packet was in order. In L3 mode a source that our routes do not look for behind
 * this device is none of the overlay's, and nobody is asked.
 *
 * Context: RCU and BH disabled.
 */
void fl_miss_source(struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb, const struct fl_addr *source,
		    const struct fl_addr *remote)
{
	struct fl_question q = { .target = *source, .remote = *remote };

	if (cfg->mode == FLANNEL_MODE_L3 &&
	    fl_miss_way_back(fl, source, false) != fl->dev->ifindex) {
		fl_rcv_refuse(fl, skb, remote);
		return;
	}
	fl_miss_key_subnet(&q.key, cfg, FLANNEL_MISS_SOURCE, source);
	q.source = jhash2((const u32 *)remote, sizeof(*remote) / 4,
			  fl->miss.secret) % FL_MISS_SOURCES;
	if (fl_miss_wait(fl, cfg, skb, &q))
		fl_rcv_verified(fl, cfg, skb, fl_lease_lookup(fl, source),
				remote);
}

/* Answers ----------------------------------------------------------------- */

static bool fl_answer_has_packet(const struct fl_answer *answer,
				 const struct fl_miss *miss,
				 const struct sk_buff *skb)
{
	struct fl_addr addr;

	if (answer->fdb)
		return true;
	if (miss->key.kind == FLANNEL_MISS_L2 &&
	    skb->protocol != htons(ETH_P_IP) &&
	    skb->protocol != htons(ETH_P_IPV6))
		return false;
	if (miss->key.kind != FLANNEL_MISS_L2 &&
	    answer->lease->prefix.len <= miss->key.prefix.len)
		return true;
	/* In L3 mode a neighbour solicitation goes where any packet goes. */
	if (answer->l3 && miss->key.kind == FLANNEL_MISS_L3)
		fl_addr_inner(&addr, skb, skb->protocol, false);
	else
		fl_xmit_target(&addr, skb,
			       miss->key.kind == FLANNEL_MISS_SOURCE);
	return fl_prefix_has(&answer->lease->prefix, &addr);
}

static bool fl_answer_matches(const struct fl_answer *answer,
			      const struct fl_miss *miss)
{
	/* It takes questions for neighbours, too. */
	if (answer->flood)
		return miss->key.kind != FLANNEL_MISS_SOURCE;
	if (answer->fdb)
		return miss->key.kind == FLANNEL_MISS_L2 &&
		       miss->key.mac == answer->fdb->key;
	/* In Ethernet mode a lease says too where the MAC of its VTEP is. */
	if (miss->key.kind == FLANNEL_MISS_L2)
		return miss->key.mac == ether_addr_to_u64(answer->lease->mac);
	return fl_prefix_overlap(&miss->key.prefix, &answer->lease->prefix);
}

static void fl_answer_collect(struct fl_dev *fl, const struct fl_answer *answer,
			      struct fl_miss *miss, struct sk_buff_head *ready)
{
	struct sk_buff *skb, *next;

	skb_queue_walk_safe(&miss->queue, skb, next) {
		if (skb_queue_len(ready) >= answer->batch)
			return;
		if (!fl_answer_has_packet(answer, miss, skb))
			continue;
		fl_miss_unpark(fl, skb);
		__skb_queue_tail(ready, skb);
	}
}

/* Does the answer leave nothing of the question open? */
static bool fl_answer_is_whole(const struct fl_answer *answer,
			       const struct fl_miss *miss)
{
	if (answer->fdb)
		return true;
	if (miss->key.kind == FLANNEL_MISS_L2)
		return skb_queue_empty(&miss->queue);
	return answer->lease->prefix.len <= miss->key.prefix.len;
}

static void fl_answer_settle(struct fl_dev *fl, const struct fl_answer *answer,
			     struct fl_miss *miss)
{
	if (miss->state == FLANNEL_MISS_PENDING) {
		if (!fl_answer_is_whole(answer, miss))
			return;
		fl_count(fl, FLANNEL_A_STATS_MISS_FOUND);
		trace_flannel_answer(fl->dev, &miss->key, true,
				     jiffies_to_msecs(jiffies - miss->raised));
	}
	fl_miss_remove(fl, miss);
}

static void fl_answer_apply(struct fl_dev *fl, const struct fl_answer *answer,
			    struct fl_miss *miss, struct sk_buff_head *ready)
{
	if (!miss || !fl_answer_matches(answer, miss))
		return;
	if (ready)
		fl_answer_collect(fl, answer, miss, ready);
	else
		fl_answer_settle(fl, answer, miss);
}

static void fl_answer_apply_key(struct fl_dev *fl,
				const struct fl_answer *answer,
				const struct fl_miss_key *key,
				struct sk_buff_head *ready)
{
	fl_answer_apply(fl, answer, fl_miss_lookup(fl, key), ready);
}

/* Takes packets from the lists of their senders: the questions, of which there may be
 * as many as the option allows, are not gone through for each batch.
 */
static void fl_answer_collect_wide(struct fl_dev *fl,
				   const struct fl_answer *answer,
				   struct fl_miss_source *source,
				   struct sk_buff_head *ready)
{
	struct fl_parked *parked, *next;

	list_for_each_entry_safe(parked, next, &source->parked, list) {
		struct sk_buff *skb = fl_miss_parked_skb(parked);

		if (skb_queue_len(ready) >= answer->batch)
			return;
		if (!fl_answer_matches(answer, parked->miss) ||
		    !fl_answer_has_packet(answer, parked->miss, skb))
			continue;
		fl_miss_unpark(fl, skb);
		__skb_queue_tail(ready, skb);
	}
}

static void fl_answer_collect_all(struct fl_dev *fl,
				  const struct fl_answer *answer,
				  struct sk_buff_head *ready)
{
	int i, j;

	for (i = 0; i < FL_MISS_CLASSES; i++)
		for (j = 0; j < FL_MISS_SOURCES; j++)
			fl_answer_collect_wide(fl, answer,
					       &fl->miss.class[i].source[j],
					       ready);
}

/* A lease that is wider than a question may answer many. The flood list takes
 * whatever has no entry of its own.
 */
static bool fl_answer_is_wide(const struct fl_config *cfg,
			      const struct fl_answer *answer)
{
	const struct fl_prefix *prefix;

	if (!answer->lease)
		return answer->flood && cfg->mode == FLANNEL_MODE_ETHERNET;
	prefix = &answer->lease->prefix;
	return prefix->len < (prefix->family == AF_INET ? cfg->subnet_len :
							  cfg->subnet_len6);
}

static void fl_answer_each_lease(struct fl_dev *fl, const struct fl_config *cfg,
				 const struct fl_answer *answer,
				 struct sk_buff_head *ready)
{
	const struct fl_prefix *prefix = &answer->lease->prefix;
	struct fl_addr addr = { .family = prefix->family, .ip = prefix->ip };
	struct fl_miss_key key;

	fl_miss_key_subnet(&key, cfg, FLANNEL_MISS_L3, &addr);
	fl_answer_apply_key(fl, answer, &key, ready);
	key.kind = FLANNEL_MISS_SOURCE;
	fl_answer_apply_key(fl, answer, &key, ready);
	if (cfg->mode == FLANNEL_MODE_ETHERNET) {
		fl_miss_key_mac(&key, answer->lease->mac);
		fl_answer_apply_key(fl, answer, &key, ready);
	}
}

/* Does something with each miss that the answer concerns: with @ready, takes
 * its packets; without, ends it, unless they may be many: fl_answer_settle_all().
 */
static void fl_answer_each(struct fl_dev *fl, const struct fl_config *cfg,
			   const struct fl_answer *answer,
			   struct sk_buff_head *ready)
{
	struct fl_miss_key key = { .kind = FLANNEL_MISS_L2 };

	if (answer->wide) {
		if (ready)
			fl_answer_collect_all(fl, answer, ready);
	} else if (answer->lease) {
		fl_answer_each_lease(fl, cfg, answer, ready);
	} else if (!answer->flood) {
		key.mac = answer->fdb->key;
		fl_answer_apply_key(fl, answer, &key, ready);
	}
}

static void fl_answer_send(struct fl_dev *fl, const struct fl_config *cfg,
			   const struct fl_answer *answer,
			   struct sk_buff_head *ready)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(ready))) {
		bool foreign = FL_PARKED(skb)->remote.family;
		struct fl_addr remote = FL_PARKED(skb)->remote;

		fl_count(fl, FLANNEL_A_STATS_MISS_RELEASED);
		trace_flannel_release(fl->dev, skb);
		if (foreign)
			fl_rcv_verified(fl, cfg, skb, answer->lease, &remote);
		else if (answer->lease)
			fl_xmit_to_lease(fl, cfg, skb, answer->lease);
		else
			fl_xmit_to_fdb(fl, cfg, skb, answer->fdb);
	}
}

/* The miss may have gone since the walk saw it; or the answer, so that packets wait
 * again.
 */
static bool fl_answer_settle_one(struct fl_dev *fl,
				 const struct fl_answer *answer,
				 struct fl_miss *miss)
{
	u32 entries = fl_miss_class(fl, &miss->key)->entries;

	lockdep_assert_held(&fl->miss.lock);
	if (fl_miss_lookup(fl, &miss->key) != miss ||
	    !skb_queue_empty(&miss->queue))
		return false;
	fl_answer_apply(fl, answer, miss, NULL);
	return fl_miss_class(fl, &miss->key)->entries != entries;
}

struct fl_answer_sweep {
	struct fl_dev		*fl;
	const struct fl_answer	*answer;
};

static bool fl_answer_sweep_one(void *entry, void *arg)
{
	const struct fl_answer_sweep *sweep = arg;
	bool settled;

	spin_lock_bh(&sweep->fl->miss.lock);
	settled = fl_answer_settle_one(sweep->fl, sweep->answer, entry);
	spin_unlock_bh(&sweep->fl->miss.lock);
	return settled;
}

/* Ends what a wide answer has left of its questions: after it was published, when no
 * packet waits for it any more. The lock is held for one of them at a time.
 */
static void fl_answer_settle_all(struct fl_dev *fl,
				 const struct fl_answer *answer)
{
	struct fl_answer_sweep sweep = { .fl = fl, .answer = answer };

	fl_sweep(&fl->miss.ht, fl_answer_sweep_one, &sweep);
}

static int fl_answer_publish(struct fl_dev *fl, const struct fl_answer *answer)
{
	if (answer->lease)
		return fl_lease_publish(fl, answer->lease, answer->old);
	return fl_fdb_publish(fl, answer->fdb);
}

/* Sends a batch of packets. When none is left, or all of them were taken, the answer
 * is published: then @done is set. Returns what that returned. @sent grows by the
 * number of packets.
 */
static int fl_answer_some(struct fl_dev *fl, const struct fl_answer *answer,
			  unsigned int *sent, bool *done)
{
	const struct fl_config *cfg = rcu_dereference(fl->cfg);
	struct sk_buff_head ready;
	int err = 0;

	__skb_queue_head_init(&ready);
	spin_lock(&fl->miss.lock);
	fl_answer_each(fl, cfg, answer, &ready);
	*sent += skb_queue_len(&ready);
	*done = skb_queue_empty(&ready) || answer->batch == U32_MAX;
	if (*done) {
		err = fl_answer_publish(fl, answer);
		if (!err)
			fl_answer_each(fl, cfg, answer, NULL);
	}
	spin_unlock(&fl->miss.lock);
	fl_answer_send(fl, cfg, answer, &ready);
	return err;
}

/* The answer is published only when nobody waits for it any more: a packet
 * that comes meanwhile queues up behind those that do, and overtakes none.
 * A sender that keeps parking faster than we can send shall not hold us for
 * ever: then the last of its packets may be overtaken. An FDB entry that was
 * published may be removed at any time, so that is the last thing done.
 *
 * What was sent may have been a question of our own stack, which goes on as soon as BH
 * is enabled: a short queue is published before that.
 */
static int fl_miss_found(struct fl_dev *fl, struct fl_answer *answer,
			 bool pause)
{
	int most = pause ? FL_MISS_ROUNDS : FL_MISS_ROUNDS_BH, rounds = 0, err;
	const struct fl_config *cfg;
	unsigned int sent;
	bool done;

	do {
		local_bh_disable();
		rcu_read_lock();
		cfg = rcu_dereference(fl->cfg);
		answer->l3 = cfg->mode == FLANNEL_MODE_L3;
		answer->wide = fl_answer_is_wide(cfg, answer);
		sent = 0;
		do {
			answer->batch = ++rounds > most ? U32_MAX :
							  FL_MISS_BATCH;
			err = fl_answer_some(fl, answer, &sent, &done);
		} while (!done && sent < FL_MISS_BATCH);
		rcu_read_unlock();
		local_bh_enable();
		if (pause)
			cond_resched();
	} while (!done);
	if (answer->wide && !err)
		fl_answer_settle_all(fl, answer);
	return err;
}

/**
 * fl_miss_found_lease - send what waits for a lease, then publish it
 * @fl: device
 * @lease: lease, not yet in the table
 * @old: the lease that it replaces, or NULL
 *
 * Return: what fl_lease_publish() returned.
 * Context: process, the device's lock held.
 */
int fl_miss_found_lease(struct fl_dev *fl, struct fl_lease *lease,
			struct fl_lease *old)
{
	return fl_miss_found(fl, &(struct fl_answer){ .lease = lease,
						      .old = old }, true);
}

/**
 * fl_miss_found_fdb - send what waits for an FDB entry, then publish it
 * @fl: device
 * @fdb: entry, not yet in the table
 * @pause: may be held up by other work: in process context
 *
 * Return: what fl_fdb_publish() returned.
 * Context: process or BH.
 */
int fl_miss_found_fdb(struct fl_dev *fl, struct fl_fdb *fdb, bool pause)
{
	return fl_miss_found(fl, &(struct fl_answer){ .fdb = fdb,
						      .flood = !fdb->key },
			     pause);
}

static int fl_miss_not_found(struct fl_dev *fl, const struct fl_config *cfg,
			     const struct fl_miss_key *key)
{
	struct fl_losses losses;
	struct fl_miss *miss;

	fl_losses_init(&losses);
	spin_lock_bh(&fl->miss.lock);
	miss = fl_miss_lookup(fl, key);
	if (!miss || miss->state != FLANNEL_MISS_PENDING) {
		spin_unlock_bh(&fl->miss.lock);
		return -ENOENT;
	}
	fl_count(fl, FLANNEL_A_STATS_MISS_NOT_FOUND);
	trace_flannel_answer(fl->dev, key, false,
			     jiffies_to_msecs(jiffies - miss->raised));
	fl_miss_unpark_all(fl, miss, fl_losses_of(&losses, miss, true));
	fl_miss_remember(fl, cfg, miss);
	spin_unlock_bh(&fl->miss.lock);

	local_bh_disable();
	fl_losses_settle(fl, &losses, FLANNEL_A_STATS_TX_DROP_NOT_FOUND,
			 FLANNEL_A_STATS_TX_DROP_OVERFLOW);
	local_bh_enable();
	return 0;
}

/**
 * fl_miss_not_found_subnet - there is no lease of a subnet
 * @fl: device
 * @kind: FLANNEL_MISS_L3 or FLANNEL_MISS_SOURCE
 * @addr: any address in the subnet
 *
 * Return: 0, or -ENOENT if nobody waits for it.
 * Context: process.
 */
int fl_miss_not_found_subnet(struct fl_dev *fl, enum flannel_miss_kind kind,
			     const struct fl_addr *addr)
{
	const struct fl_config *cfg;
	struct fl_miss_key key;
	int err;

	rcu_read_lock();
	cfg = rcu_dereference(fl->cfg);
	fl_miss_key_subnet(&key, cfg, kind, addr);
	err = fl_miss_not_found(fl, cfg, &key);
	rcu_read_unlock();
	return err;
}

/**
 * fl_miss_not_found_mac - nobody has a MAC
 * @fl: device
 * @mac: MAC
 *
 * Return: 0, or -ENOENT if nobody waits for it.
 * Context: process.
 */
int fl_miss_not_found_mac(struct fl_dev *fl, const u8 *mac)
{
	struct fl_miss_key key;
	int err;

	fl_miss_key_mac(&key, mac);
	rcu_read_lock();
	err = fl_miss_not_found(fl, rcu_dereference(fl->cfg), &key);
	rcu_read_unlock();
	return err;
}

/* Time -------------------------------------------------------------------- */

static void fl_miss_step(struct fl_dev *fl, const struct fl_config *cfg,
			 struct fl_miss *miss, bool heard,
			 struct fl_losses *losses)
{
	if (heard && miss->tries < cfg->miss_tries) {
		fl_miss_ask(fl, cfg, miss);
		return;
	}
	fl_count(fl, FLANNEL_A_STATS_MISS_UNANSWERED);
	fl_miss_unpark_all(fl, miss, fl_losses_of(losses, miss, true));
	/* Silence of a listener says "no". That there is none says nothing. */
	if (heard)
		fl_miss_remember(fl, cfg, miss);
	else
		fl_miss_remove(fl, miss);
}

/* Returns false if there is more to do than should be done in one go. */
static bool fl_miss_steps(struct fl_dev *fl, const struct fl_config *cfg,
			  struct list_head *list, bool heard,
			  unsigned int *budget, struct fl_losses *losses)
{
	struct fl_miss *miss, *next;

	list_for_each_entry_safe(miss, next, list, due) {
		if (time_after(miss->deadline, jiffies)) {
			fl_miss_wake(fl, miss->deadline);
			break;
		}
		if (!(*budget)--)
			return false;
		if (miss->state == FLANNEL_MISS_NEGATIVE)
			fl_miss_remove(fl, miss);
		else
			fl_miss_step(fl, cfg, miss, heard, losses);
	}
	return true;
}

static bool fl_miss_class_steps(struct fl_dev *fl, const struct fl_config *cfg,
				struct fl_miss_class *class,
				struct fl_losses *losses)
{
	bool heard = fl_genl_miss_heard(fl);
	unsigned int budget = FL_MISS_STEPS;
	int i;

	/* From the last list to the first: a step moves a miss to a later one. */
	for (i = FL_MISS_TRIES_MAX - 1; i >= 0; i--)
		if (!fl_miss_steps(fl, cfg, &class->pending[i], heard, &budget,
				   losses))
			return false;
	for (i = 0; i < FL_MISS_SOURCES; i++)
		if (!fl_miss_steps(fl, cfg, &class->source[i].unasked, heard,
				   &budget, losses))
			return false;
	return fl_miss_steps(fl, cfg, &class->negative, heard, &budget, losses);
}

/* Returns false if it is to be called again. */
static bool fl_miss_all_steps(struct fl_dev *fl)
{
	const struct fl_config *cfg;
	struct fl_losses losses;
	bool done = true;
	int i;

	fl_losses_init(&losses);
	local_bh_disable();
	rcu_read_lock();
	cfg = rcu_dereference(fl->cfg);
	spin_lock(&fl->miss.lock);
	for (i = 0; i < FL_MISS_CLASSES && !fl->miss.closed; i++)
		done &= fl_miss_class_steps(fl, cfg, &fl->miss.class[i],
					    &losses);
	spin_unlock(&fl->miss.lock);
	fl_losses_settle(fl, &losses, FLANNEL_A_STATS_TX_DROP_UNANSWERED,
			 FLANNEL_A_STATS_TX_DROP_OVERFLOW);
	rcu_read_unlock();
	local_bh_enable();
	return done;
}

static void fl_miss_work(struct work_struct *work)
{
	struct fl_dev *fl = container_of(to_delayed_work(work), struct fl_dev,
					 miss.work);

	while (!fl_miss_all_steps(fl))
		cond_resched();
}

/* Life -------------------------------------------------------------------- */

/**
 * fl_miss_open - start to take packets
 * @fl: device, which goes up
 *
 * Context: process.
 */
void fl_miss_open(struct fl_dev *fl)
{
	spin_lock_bh(&fl->miss.lock);
	fl->miss.closed = false;
	spin_unlock_bh(&fl->miss.lock);
}

/* Returns false when nothing is left. */
static bool fl_miss_close_some(struct fl_dev *fl, struct fl_miss_class *class)
{
	struct fl_losses losses;
	bool more;
	int i;

	fl_losses_init(&losses);
	spin_lock_bh(&fl->miss.lock);
	for (i = 0; i < FL_MISS_STEPS && class->entries; i++)
		fl_miss_evict(fl, class, &losses);
	more = class->entries;
	spin_unlock_bh(&fl->miss.lock);

	local_bh_disable();
	fl_miss_drop_all(fl, &losses.dropped, FLANNEL_A_STATS_TX_DROP_FLUSHED);
	fl_miss_drop_all(fl, &losses.foreign, FLANNEL_A_STATS_RX_DROP_DOWN);
	local_bh_enable();
	return more;
}

/**
 * fl_miss_close - give up all questions and all parked packets
 * @fl: device, which goes down
 *
 * Context: process.
 */
void fl_miss_close(struct fl_dev *fl)
{
	int i;

	spin_lock_bh(&fl->miss.lock);
	fl->miss.closed = true;
	spin_unlock_bh(&fl->miss.lock);
	for (i = 0; i < FL_MISS_CLASSES; i++)
		while (fl_miss_close_some(fl, &fl->miss.class[i]))
			cond_resched();
	cancel_delayed_work_sync(&fl->miss.work);
}

static int fl_miss_class_init(struct fl_miss_class *class)
{
	struct fl_miss_source *source;
	int i;

	source = kvcalloc(FL_MISS_SOURCES, sizeof(*source), GFP_KERNEL_ACCOUNT);
	if (!source)
		return -ENOMEM;
	class->source = source;
	for (i = 0; i < FL_MISS_SOURCES; i++) {
		INIT_LIST_HEAD(&source[i].parked);
		INIT_LIST_HEAD(&source[i].pending);
		INIT_LIST_HEAD(&source[i].negative);
		INIT_LIST_HEAD(&source[i].unasked);
	}
	INIT_LIST_HEAD(&class->negative);
	for (i = 0; i < FL_MISS_TRIES_MAX; i++)
		INIT_LIST_HEAD(&class->pending[i]);
	return 0;
}

static void fl_miss_classes_free(struct fl_dev *fl)
{
	int i;

	for (i = 0; i < FL_MISS_CLASSES; i++)
		kvfree(fl->miss.class[i].source);
}

/**
 * fl_miss_init - set the engine up, closed
 * @fl: device
 *
 * Return: 0 or a negative error.
 * Context: process.
 */
int fl_miss_init(struct fl_dev *fl)
{
	int i, err = 0;

	spin_lock_init(&fl->miss.lock);
	for (i = 0; i < FL_MISS_CLASSES && !err; i++)
		err = fl_miss_class_init(&fl->miss.class[i]);
	INIT_DELAYED_WORK(&fl->miss.work, fl_miss_work);
	fl->miss.closed = true;
	fl->miss.secret = get_random_u32();
	fl->miss.token_time = jiffies - HZ;
	err = err ?: rhashtable_init(&fl->miss.ht, &fl_miss_params);
	if (err)
		fl_miss_classes_free(fl);
	return err;
}

/**
 * fl_miss_destroy - take the engine down
 * @fl: device, closed
 *
 * Context: process.
 */
void fl_miss_destroy(struct fl_dev *fl)
{
	cancel_delayed_work_sync(&fl->miss.work);
	rhashtable_destroy(&fl->miss.ht);
	fl_miss_classes_free(fl);
}

/**
 * fl_miss_cache_init - make the memory cache of misses
 *
 * Return: 0 or -ENOMEM.
 * Context: process.
 */
int fl_miss_cache_init(void)
{
	fl_miss_cache = KMEM_CACHE(fl_miss, SLAB_ACCOUNT);
	return fl_miss_cache ? 0 : -ENOMEM;
}

/**
 * fl_miss_cache_exit - free the memory cache of misses
 *
 * Context: process, after an rcu_barrier().
 */
void fl_miss_cache_exit(void)
{
	kmem_cache_destroy(fl_miss_cache);
}
