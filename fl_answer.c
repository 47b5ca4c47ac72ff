// SPDX-License-Identifier: GPL-2.0
/*
 * Answers, whether they were asked for or not. A new lease or FDB entry first sends the
 * packets parked for it, in order, and only then becomes visible in its table; "not
 * found" refuses them.
 */
#include <flannel/answer.h>
#include <flannel/dev.h>
#include <flannel/miss_priv.h>
#include <flannel/notify.h>
#include <flannel/rcv.h>
#include <flannel/sweep.h>
#include <flannel/trace.h>
#include <flannel/xmit.h>

/* Number of packets an answer sends per batch. */
#define FL_ANSWER_BATCH		64
/* How many times an answer rechecks for packets that arrived while it was sending, and
 * how many times if it cannot sleep.
 */
#define FL_ANSWER_ROUNDS	4096
#define FL_ANSWER_ROUNDS_BH	64

/**
 * struct fl_answer - a lease or FDB entry that answers misses
 * @lease: a lease, or NULL
 * @old: the lease that it replaces, or NULL
 * @fdb: an FDB entry, or NULL
 * @flood: @fdb is the flood list
 * @wide: may answer more misses than a few that are looked up by key
 * @l3: the device is in L3 mode
 * @batch: packets sent at a time
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
	/* This also covers ARP requests and neighbour solicitations. */
	if (answer->flood)
		return miss->key.kind != FLANNEL_MISS_SOURCE;
	if (answer->fdb)
		return miss->key.kind == FLANNEL_MISS_L2 &&
		       miss->key.mac == answer->fdb->key;
	/* In Ethernet mode a lease also answers a miss for the MAC of its VTEP. */
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
		fl_unpark(fl, skb);
		__skb_queue_tail(ready, skb);
	}
}

/* Does the answer fully resolve the miss? */
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

/* Collects packets from the per-sender lists. There may be as many misses as the option
 * allows, so they are not walked for each batch.
 */
static void fl_answer_collect_wide(struct fl_dev *fl,
				   const struct fl_answer *answer,
				   struct fl_miss_source *source,
				   struct sk_buff_head *ready)
{
	struct fl_parked *parked, *next;

	list_for_each_entry_safe(parked, next, &source->parked, list) {
		struct sk_buff *skb = fl_parked_skb(parked);

		if (skb_queue_len(ready) >= answer->batch)
			return;
		if (!fl_answer_matches(answer, parked->miss) ||
		    !fl_answer_has_packet(answer, parked->miss, skb))
			continue;
		fl_unpark(fl, skb);
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

/* A lease wider than a miss may answer many misses. The flood list answers every MAC
 * without an entry of its own.
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

/* Handles each miss that the answer concerns: with @ready, collects its packets;
 * without, ends it, unless there may be many of them: see fl_answer_settle_all().
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

/* The miss may be gone since the walk saw it; or the answer may be, so that packets
 * have to wait again.
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

/* Ends the remaining misses of a wide answer, after it was published and no packet
 * waits for it any more. The lock is held for one miss at a time.
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

/* Sends a batch of packets. If none is left, or all of them were collected, publishes
 * the answer and sets @done. Returns the result of publishing. @sent is increased by
 * the number of packets.
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

/* The answer is published only when no packet waits for it any more: a packet that
 * arrives in the meantime queues up behind the parked ones and overtakes none. A sender
 * that keeps parking packets faster than we can send them must not hold us up forever,
 * so the last of its packets may be overtaken. An FDB entry may be removed as soon as
 * it is published, so publishing is the last step.
 *
 * A packet sent here may be a request by our own stack, which continues as soon as BH
 * is enabled: a short queue is published before that.
 */
static int fl_answer_found(struct fl_dev *fl, struct fl_answer *answer,
			   bool pause)
{
	int most = pause ? FL_ANSWER_ROUNDS : FL_ANSWER_ROUNDS_BH, rounds = 0, err;
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
							  FL_ANSWER_BATCH;
			err = fl_answer_some(fl, answer, &sent, &done);
		} while (!done && sent < FL_ANSWER_BATCH);
		rcu_read_unlock();
		local_bh_enable();
		if (pause)
			cond_resched();
	} while (!done);
	if (answer->wide && !err)
		fl_answer_settle_all(fl, answer);
	return err;
}

static int fl_answer_may_set(const struct fl_lease *old, u16 nlflags,
			     struct netlink_ext_ack *extack)
{
	if (old && (nlflags & NLM_F_EXCL)) {
		NL_SET_ERR_MSG(extack, "there is already a lease of this subnet");
		return -EEXIST;
	}
	if (!old && (nlflags & (NLM_F_REPLACE | NLM_F_CREATE)) == NLM_F_REPLACE) {
		NL_SET_ERR_MSG(extack, "there is no lease of this subnet to replace");
		return -ENOENT;
	}
	return 0;
}

/**
 * fl_answer_lease - install a lease, or put it in the place of the old one
 * @fl: device
 * @spec: the wanted contents
 * @nlflags: NLM_F_EXCL, NLM_F_CREATE, NLM_F_REPLACE as in netlink; without any
 *	of them the lease is installed or replaced
 * @extack: extended ack for error messages
 *
 * Packets parked for it are sent first.
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock held.
 */
int fl_answer_lease(struct fl_dev *fl, const struct fl_lease_spec *spec,
		    u16 nlflags, struct netlink_ext_ack *extack)
{
	struct fl_answer answer = {};
	int err;

	lockdep_assert_held(&fl->lock);
	if (fl->gone)
		return -ENODEV;
	answer.old = fl_lease_find(fl, &spec->prefix);
	err = fl_answer_may_set(answer.old, nlflags, extack);
	if (err)
		return err;
	answer.lease = fl_lease_draft(fl, spec, answer.old, extack);
	if (IS_ERR(answer.lease))
		return PTR_ERR(answer.lease);
	err = fl_answer_found(fl, &answer, true);
	if (err)
		fl_lease_discard(fl, answer.lease, answer.old);
	else
		fl_notify_lease(fl, answer.lease, FLANNEL_CMD_LEASE_SET_NTF);
	return err;
}

static int fl_answer_new_fdb(struct fl_dev *fl, const struct fl_fdb_spec *spec,
			     bool pause)
{
	struct fl_answer answer = { .fdb = fl_fdb_draft(fl, spec) };
	int err;

	if (IS_ERR(answer.fdb))
		return PTR_ERR(answer.fdb);
	answer.flood = !answer.fdb->key;
	err = fl_answer_found(fl, &answer, pause);
	if (err)
		fl_fdb_retire(fl, answer.fdb);
	return err;
}

/**
 * fl_answer_fdb - create, change or extend an FDB entry
 * @fl: device
 * @spec: the wanted contents
 * @nlflags: NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_APPEND as
 *	`bridge fdb` sends them
 * @extack: extended ack for error messages
 *
 * Packets parked for a new entry are sent first.
 *
 * Return: 0 or a negative error.
 * Context: process; takes the table's lock with BH disabled.
 */
int fl_answer_fdb(struct fl_dev *fl, const struct fl_fdb_spec *spec,
		  u16 nlflags, struct netlink_ext_ack *extack)
{
	bool there;
	int err;

	do {
		err = fl_fdb_change(fl, spec, nlflags, &there, extack);
		if (there)
			return err;
		if (!(nlflags & NLM_F_CREATE)) {
			NL_SET_ERR_MSG(extack, "there is no FDB entry for this mac");
			return -ENOENT;
		}
		if ((nlflags & NLM_F_REPLACE) && fl_fdb_of_many(spec->mac)) {
			NL_SET_ERR_MSG(extack, "mac: only the entry of a unicast MAC can be replaced");
			return -EOPNOTSUPP;
		}
		err = fl_answer_new_fdb(fl, spec, true);
	} while (err == -EEXIST);
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(extack, "the FDB is full: raise maxaddress");
	return err;
}

/**
 * fl_answer_learned - create an FDB entry for a MAC learned from a packet
 * @fl: device
 * @spec: the wanted contents
 *
 * If that fails, the next packet from this MAC retries.
 *
 * Context: RCU and BH disabled.
 */
void fl_answer_learned(struct fl_dev *fl, const struct fl_fdb_spec *spec)
{
	fl_answer_new_fdb(fl, spec, false);
}

static int fl_answer_not_found(struct fl_dev *fl, const struct fl_config *cfg,
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
	fl_unpark_all(fl, miss, fl_losses_of(&losses, miss, true));
	fl_miss_remember(fl, cfg, miss);
	spin_unlock_bh(&fl->miss.lock);

	local_bh_disable();
	fl_losses_settle(fl, &losses, FLANNEL_A_STATS_TX_DROP_NOT_FOUND,
			 FLANNEL_A_STATS_TX_DROP_OVERFLOW);
	local_bh_enable();
	return 0;
}

/**
 * fl_answer_no_subnet - there is no lease of a subnet
 * @fl: device
 * @kind: FLANNEL_MISS_L3 or FLANNEL_MISS_SOURCE
 * @addr: any address in the subnet
 *
 * Return: 0, or -ENOENT if there is no such miss.
 * Context: process.
 */
int fl_answer_no_subnet(struct fl_dev *fl, enum flannel_miss_kind kind,
			const struct fl_addr *addr)
{
	const struct fl_config *cfg;
	struct fl_miss_key key;
	int err;

	rcu_read_lock();
	cfg = rcu_dereference(fl->cfg);
	fl_miss_key_subnet(&key, cfg, kind, addr);
	err = fl_answer_not_found(fl, cfg, &key);
	rcu_read_unlock();
	return err;
}

/**
 * fl_answer_no_mac - there is no FDB entry for a MAC
 * @fl: device
 * @mac: MAC
 *
 * Return: 0, or -ENOENT if there is no such miss.
 * Context: process.
 */
int fl_answer_no_mac(struct fl_dev *fl, const u8 *mac)
{
	struct fl_miss_key key;
	int err;

	fl_miss_key_mac(&key, mac);
	rcu_read_lock();
	err = fl_answer_not_found(fl, rcu_dereference(fl->cfg), &key);
	rcu_read_unlock();
	return err;
}
