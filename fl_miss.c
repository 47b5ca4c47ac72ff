// SPDX-License-Identifier: GPL-2.0
/*
 * Misses. A packet that we do not know where to send is parked, and one
 * question about its subnet (or MAC) goes to the listeners. The packets
 * leave in order when the answer comes:
 *
 *   packet -> pending -> found: packets are sent, the miss is gone
 *               |    \-> not found, or unanswered: packets are refused
 *             retry                        |
 *                                      negative -> forgotten after a while
 *
 * The packets are in fl_park.c, the answers in fl_answer.c. All of it is off the
 * packet path: known destinations never come by.
 */
#include <kunit/visibility.h>
#include <linux/jhash.h>
#include <net/l3mdev.h>

#include <flannel/dev.h>
#include <flannel/ip6.h>
#include <flannel/miss_priv.h>
#include <flannel/notify.h>
#include <flannel/rcv.h>
#include <flannel/trace.h>
#include <flannel/xmit.h>

/* Limits of a local sender: misses at once, misses per second, and how far ahead of
 * time they may be scheduled.
 */
#define FL_MISS_BURST		2048
#define FL_MISS_RATE		2000
#define FL_MISS_AHEAD		(8 * NSEC_PER_SEC)
/* Number of overdue misses handled per batch. */
#define FL_MISS_STEPS		64
/**
 * struct fl_question - what a packet waits for
 * @key: what is missing
 * @target: the requested address, or none
 * @remote: outer source of a received packet
 * @source: hash of the sender, below FL_MISS_SOURCES
 */
struct fl_question {
	struct fl_miss_key	key;
	struct fl_addr		target;
	struct fl_addr		remote;
	u16			source;
};

static struct kmem_cache *fl_miss_cache;

static const struct rhashtable_params fl_miss_params = {
	.key_len		= sizeof(struct fl_miss_key),
	.key_offset		= offsetof(struct fl_miss, key),
	.head_offset		= offsetof(struct fl_miss, node),
	.automatic_shrinking	= true,
};

/**
 * fl_miss_lookup - find a miss
 * @fl: device
 * @key: what is missing
 *
 * Return: the miss, or NULL.
 * Context: the lock of the misses held, or RCU.
 */
struct fl_miss *fl_miss_lookup(struct fl_dev *fl,
			       const struct fl_miss_key *key)
{
	return rhashtable_lookup_fast(&fl->miss.ht, key, fl_miss_params);
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

/* Inserts a miss into a list sorted by deadline. It nearly always goes to the end: only
 * a change of the device's options makes a later miss due earlier.
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
	if (fl_notify_miss(fl, miss))
		fl_count(fl, FLANNEL_A_STATS_MISS_LOST);
	fl_miss_wake(fl, miss->deadline);
}

static void fl_miss_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(fl_miss_cache, container_of(rcu, struct fl_miss, rcu));
}

/**
 * fl_miss_remove - end a miss
 * @fl: device
 * @miss: miss, with an empty queue
 *
 * Context: the lock of the misses held.
 */
void fl_miss_remove(struct fl_dev *fl, struct fl_miss *miss)
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

/**
 * fl_miss_remember - remember a miss as "not found" for a while
 * @fl: device
 * @cfg: its options, which say for how long
 * @miss: miss, with an empty queue
 *
 * Context: the lock of the misses held.
 */
void fl_miss_remember(struct fl_dev *fl, const struct fl_config *cfg,
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

/* Makes room for another miss: the sender that holds the most entries loses its oldest
 * negative entry, or else its oldest question.
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
	fl_unpark_all(fl, miss, fl_losses_of(losses, miss, false));
	fl_miss_remove(fl, miss);
}

/* A token bucket for questions about unknown sources, one second deep. */
VISIBLE_IF_KUNIT bool fl_miss_take_token(struct fl_miss_table *table, u32 rate,
					 unsigned long now)
{
	unsigned long passed = min(now - table->token_time, (unsigned long)HZ);
	u32 credit = passed * rate / HZ;

	if (credit) {
		table->tokens = min(table->tokens + credit, rate);
		table->token_time = now;
	}
	if (!table->tokens)
		return false;
	table->tokens--;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(fl_miss_take_token);

/* Unknown senders together may ask as often as the option allows; each of them gets a
 * small share of that.
 */
VISIBLE_IF_KUNIT struct fl_pace fl_miss_pace(const struct fl_config *cfg,
					     const struct fl_miss_key *key)
{
	if (fl_miss_class_id(key) == FL_MISS_OWN)
		return (struct fl_pace){ .rate = FL_MISS_RATE,
					 .burst = FL_MISS_BURST,
					 .ahead = FL_MISS_AHEAD };
	return (struct fl_pace){ .rate = max_t(u32, cfg->rpf_rate / 8, 1),
				 .burst = max_t(u32, cfg->rpf_rate / 4, 1) };
}
EXPORT_SYMBOL_IF_KUNIT(fl_miss_pace);

/* Schedules the next question of a source. Returns false if it has asked too much;
 * @wait is the time in nanoseconds until it is the question's turn.
 */
VISIBLE_IF_KUNIT bool fl_miss_book(struct fl_miss_source *source,
				   const struct fl_pace *pace, u64 now,
				   u64 *wait)
{
	const u64 step = div_u64(NSEC_PER_SEC, pace->rate);
	const u64 credit = step * (pace->burst - 1);
	u64 turn = max(source->next, now > credit ? now - credit : 0);

	*wait = turn > now ? turn - now : 0;
	if (*wait > pace->ahead)
		return false;
	source->next = turn + step;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(fl_miss_book);

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

	if (!fl_miss_book(source, &pace, ktime_get_ns(), &wait))
		return ERR_PTR(-EBUSY);
	if (q->key.kind == FLANNEL_MISS_SOURCE &&
	    !fl_miss_take_token(&fl->miss, cfg->rpf_rate, jiffies))
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

/* If several senders wait for the same question, it counts for the one with fewer
 * misses, so that it is not evicted with the misses of a sender that asks for
 * everything.
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
	if (!miss->tries && !fl_miss_book(to, &pace, ktime_get_ns(), &wait))
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

/* Finds or creates the miss that a packet waits for. On failure returns an error
 * pointer: -ENOENT if the subnet is remembered as "not found", -EBUSY if the sender has
 * asked too much.
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
		fl_refuse(fl, skb, FLANNEL_A_STATS_TX_DROP_NOT_FOUND);
	else if (err == -ESRCH)
		fl_refuse(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_LISTENER);
	else if (err == -ENETDOWN)
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_FLUSHED);
	else if (err == -EBUSY)
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_OVERFLOW);
	else
		fl_drop(fl, skb, FLANNEL_A_STATS_TX_DROP_NO_MEMORY);
}

/* Did the answer arrive while we waited for the lock? Then the packet must not be
 * parked: nothing would release it.
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

/* Parks a packet. Returns 0, -EAGAIN if the packet must be looked up again, or another
 * error if it must be dropped.
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
	fl_park(fl, miss, skb, &q->remote, q->source);
	fl_park_trim(fl, cfg, miss, fl_losses_of(losses, miss, false));
	return 0;
}

/* Returns true if the packet must be looked up again. */
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
	} else if (!fl_notify_miss_heard(fl)) {
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

/* Which device does the inner network's routing use for an address? Returns its
 * ifindex, or that of the VRF for @vrf; 0 if there is no route.
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

/* A local sender is identified by its address if the packet came from the device that
 * routes lead to; a sender with a spoofed address is identified by the device that it
 * came through.
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
 * fl_miss_subnet - an outgoing packet has no lease
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
		fl_refuse(fl, skb, FLANNEL_A_STATS_TX_DROP_UNKNOWN);
		return;
	}
	fl_miss_key_subnet(&q.key, cfg, FLANNEL_MISS_L3, target);
	q.source = fl_miss_sender(fl, skb);
	if (fl_miss_wait(fl, cfg, skb, &q))
		fl_xmit_again(fl, cfg, skb);
}

/**
 * fl_miss_mac - an outgoing frame has a MAC that no table knows
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
 * fl_miss_source - a received packet is from a VTEP that is not a known peer
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
	fl_unpark_all(fl, miss, fl_losses_of(losses, miss, true));
	/* A silent listener means "not found". Without a listener nothing is known. */
	if (heard)
		fl_miss_remember(fl, cfg, miss);
	else
		fl_miss_remove(fl, miss);
}

/* Returns false if there is more work than should be done at once. */
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
	bool heard = fl_notify_miss_heard(fl);
	unsigned int budget = FL_MISS_STEPS;
	int i;

	/* From the last list to the first, because a step moves a miss to a later list.
	 */
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

/* Returns false if it must be called again. */
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
 * fl_miss_open - start accepting packets
 * @fl: device, which is being set up
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
	fl_drop_all(fl, &losses.dropped, FLANNEL_A_STATS_TX_DROP_FLUSHED);
	fl_drop_all(fl, &losses.foreign, FLANNEL_A_STATS_RX_DROP_DOWN);
	local_bh_enable();
	return more;
}

/**
 * fl_miss_close - give up all questions and all parked packets
 * @fl: device, which is being set down
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

	/* No warning: the user learns of the failure from the request. */
	source = kvcalloc(FL_MISS_SOURCES, sizeof(*source),
			  GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
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
 * fl_miss_init - set up the engine, closed
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
 * fl_miss_destroy - tear down the engine
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
 * fl_miss_cache_init - create the memory cache of misses
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
