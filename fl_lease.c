// SPDX-License-Identifier: GPL-2.0
/*
 * The L3 table: inner subnet to VTEP, longest prefix first.
 *
 * One hash table holds the prefixes of all lengths. A lookup probes it once per prefix
 * length in use, so its cost depends on the number of lengths (one, in a cluster), not
 * on the number of leases.
 */
#include <kunit/visibility.h>
#include <linux/jhash.h>
#include <linux/netlink.h>

#include <flannel/dev.h>
#include <flannel/lease.h>
#include <flannel/notify.h>
#include <flannel/sweep.h>

static struct kmem_cache *fl_lease_cache;

static noinline u32 fl_lease_hash6(const struct fl_prefix *prefix, u32 seed)
{
	return jhash2((const u32 *)&prefix->ip.v6, sizeof(prefix->ip.v6) / 4,
		      seed ^ prefix->len);
}

static __always_inline u32 fl_lease_hash(const void *data, u32 len, u32 seed)
{
	const struct fl_prefix *prefix = data;

	if (prefix->family == AF_INET)
		return fl_hash4(prefix->ip.v4, prefix->len, seed);
	return fl_lease_hash6(prefix, seed);
}

static u32 fl_lease_obj_hash(const void *data, u32 len, u32 seed)
{
	return fl_lease_hash(&((const struct fl_lease *)data)->prefix, len,
			     seed);
}

static __always_inline int fl_lease_obj_cmp(struct rhashtable_compare_arg *arg,
					    const void *obj)
{
	const struct fl_prefix *a = &((const struct fl_lease *)obj)->prefix;
	const struct fl_prefix *b = arg->key;

	if (a->family != b->family || a->len != b->len)
		return 1;
	if (a->family == AF_INET)
		return a->ip.v4 != b->ip.v4;
	return !ipv6_addr_equal(&a->ip.v6, &b->ip.v6);
}

static const struct rhashtable_params fl_lease_params = {
	.key_len		= sizeof(struct fl_prefix),
	.key_offset		= offsetof(struct fl_lease, prefix),
	.head_offset		= offsetof(struct fl_lease, node),
	.hashfn			= fl_lease_hash,
	.obj_hashfn		= fl_lease_obj_hash,
	.obj_cmpfn		= fl_lease_obj_cmp,
	.automatic_shrinking	= true,
};

/**
 * fl_lease_find - the lease of exactly this subnet
 * @fl: device
 * @prefix: inner subnet
 *
 * Return: the lease, or NULL.
 * Context: RCU, or the device's lock held.
 */
struct fl_lease *fl_lease_find(struct fl_dev *fl, const struct fl_prefix *prefix)
{
	return rhashtable_lookup_fast(&fl->leases.ht, prefix, fl_lease_params);
}

/* While the table is being resized, leave it to rhashtable_lookup(). */
static noinline struct fl_lease *
fl_lease_probe4_slow(struct rhashtable *ht, __be32 ip, u8 len)
{
	struct fl_prefix key = { .family = AF_INET, .len = len };

	key.ip.v4 = ip;
	return rhashtable_lookup(ht, &key, fl_lease_params);
}

/* rhashtable_lookup() without the steps that an eight-byte key does not need. */
static __always_inline struct fl_lease *
fl_lease_probe4(struct rhashtable *ht, __be32 ip, u8 len)
{
	struct bucket_table *tbl = rht_dereference_rcu(ht->tbl, ht);
	struct rhash_head *pos;
	struct fl_lease *lease;
	unsigned int hash;

	hash = rht_bucket_index(tbl, fl_hash4(ip, len, tbl->hash_rnd));
	rht_for_each_entry_rcu_from(lease, pos, rht_ptr_rcu(rht_bucket(tbl, hash)),
				    tbl, hash, node)
		if (lease->prefix.ip.v4 == ip && lease->prefix.len == len &&
		    lease->prefix.family == AF_INET)
			return lease;

	/* Pairs with the barrier in the resize code. */
	smp_rmb();
	if (likely(!rcu_access_pointer(tbl->future_tbl)))
		return NULL;
	return fl_lease_probe4_slow(ht, ip, len);
}

/**
 * fl_lease_lookup4 - the lease that an inner IPv4 address belongs to
 * @fl: device
 * @ip: inner address
 *
 * Return: the lease with the longest prefix, or NULL.
 * Context: RCU.
 */
struct fl_lease *fl_lease_lookup4(struct fl_dev *fl, __be32 ip)
{
	const struct fl_lengths *lengths = rcu_dereference(fl->leases.lengths);
	struct fl_lease *lease;
	int i;

	for (i = 0; i < lengths->n4; i++) {
		u8 len = lengths->len4[i];

		lease = fl_lease_probe4(&fl->leases.ht, ip & fl_mask4(len),
					len);
		if (likely(lease))
			return lease;
	}
	return NULL;
}

/**
 * fl_lease_lookup6 - the lease that an inner IPv6 address belongs to
 * @fl: device
 * @ip: inner address
 *
 * Return: the lease with the longest prefix, or NULL.
 * Context: RCU.
 */
struct fl_lease *fl_lease_lookup6(struct fl_dev *fl, const struct in6_addr *ip)
{
	const struct fl_lengths *lengths = rcu_dereference(fl->leases.lengths);
	struct fl_prefix key = {};
	struct fl_lease *lease;
	int i;

	key.family = AF_INET6;
	for (i = 0; i < lengths->n6; i++) {
		key.len = lengths->len6[i];
		ipv6_addr_prefix(&key.ip.v6, ip, key.len);
		lease = rhashtable_lookup(&fl->leases.ht, &key,
					  fl_lease_params);
		if (lease)
			return lease;
	}
	return NULL;
}

/**
 * fl_lease_lookup - the lease that an inner address belongs to
 * @fl: device
 * @addr: inner address
 *
 * Return: the lease with the longest prefix, or NULL.
 * Context: RCU.
 */
struct fl_lease *fl_lease_lookup(struct fl_dev *fl, const struct fl_addr *addr)
{
	if (addr->family == AF_INET)
		return fl_lease_lookup4(fl, addr->ip.v4);
	return fl_lease_lookup6(fl, &addr->ip.v6);
}
EXPORT_SYMBOL_IF_KUNIT(fl_lease_lookup);

static void fl_lease_free(struct fl_lease *lease)
{
	free_percpu(lease->count);
	kmem_cache_free(fl_lease_cache, lease);
}

static void fl_lease_free_rcu(struct rcu_head *rcu)
{
	fl_lease_free(container_of(rcu, struct fl_lease, rcu));
}

/* Another lease has taken over its counters. */
static void fl_lease_free_heir_rcu(struct rcu_head *rcu)
{
	struct fl_lease *lease = container_of(rcu, struct fl_lease, rcu);

	lease->count = NULL;
	fl_lease_free(lease);
}

/* Releases a lease that is no longer in the table. */
static void fl_lease_retire(struct fl_dev *fl, struct fl_lease *lease,
			    rcu_callback_t free)
{
	fl_peer_put(fl, lease->peer);
	fl_peer_put(fl, lease->other);
	call_rcu(&lease->rcu, free);
}

static void fl_lengths_list(const u32 *users, int lengths, u8 *list, u8 *n)
{
	int len;

	*n = 0;
	for (len = lengths - 1; len >= 0; len--)
		if (users[len])
			list[(*n)++] = len;
}

static int fl_lengths_publish(struct fl_dev *fl)
{
	struct fl_lease_table *table = &fl->leases;
	struct fl_lengths *lengths, *old;

	lengths = kzalloc(sizeof(*lengths), GFP_KERNEL_ACCOUNT);
	if (!lengths)
		return -ENOMEM;
	fl_lengths_list(table->users4, FL_LENGTHS4, lengths->len4,
			&lengths->n4);
	fl_lengths_list(table->users6, FL_LENGTHS6, lengths->len6,
			&lengths->n6);
	old = rcu_replace_pointer(table->lengths, lengths,
				  lockdep_is_held(&fl->lock));
	kfree_rcu(old, rcu);
	return 0;
}

static u32 *fl_lengths_users(struct fl_dev *fl, const struct fl_prefix *prefix)
{
	return prefix->family == AF_INET ? &fl->leases.users4[prefix->len] :
					   &fl->leases.users6[prefix->len];
}

VISIBLE_IF_KUNIT int fl_lengths_add(struct fl_dev *fl,
				    const struct fl_prefix *prefix)
{
	u32 *users = fl_lengths_users(fl, prefix);
	int err = 0;

	if (!(*users)++)
		err = fl_lengths_publish(fl);
	if (err)
		(*users)--;
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(fl_lengths_add);

/* Out of memory: keep the old list, which costs one useless probe. */
static void fl_lengths_sub(struct fl_dev *fl, const struct fl_prefix *prefix)
{
	if (!--*fl_lengths_users(fl, prefix))
		fl_lengths_publish(fl);
}

static int fl_lease_peers(struct fl_dev *fl, struct fl_lease *lease,
			  const struct fl_lease_spec *spec,
			  struct netlink_ext_ack *extack)
{
	const struct fl_config *cfg;
	const struct fl_addr *first = NULL, *second = NULL;
	struct fl_peer *peer;
	bool use4, use6;

	rcu_read_lock();
	cfg = rcu_dereference(fl->cfg);
	use4 = cfg->ipv4 && spec->remote4.family;
	use6 = cfg->ipv6 && spec->remote6.family;
	rcu_read_unlock();

	if (!use4 && !use6) {
		NL_SET_ERR_MSG(extack, "remote4, remote6: the lease has no remote of an address family that the device uses");
		return -EAFNOSUPPORT;
	}
	first = use4 ? &spec->remote4 : &spec->remote6;
	if (spec->remote4.family && spec->remote6.family)
		second = use4 ? &spec->remote6 : &spec->remote4;

	peer = fl_peer_get(fl, first, 0, GFP_KERNEL);
	if (IS_ERR(peer))
		return PTR_ERR(peer);
	lease->peer = peer;
	if (!second)
		return 0;

	peer = fl_peer_get(fl, second, 0, GFP_KERNEL);
	if (IS_ERR(peer)) {
		fl_peer_put(fl, lease->peer);
		return PTR_ERR(peer);
	}
	lease->other = peer;
	return 0;
}

static struct fl_lease *fl_lease_make(struct fl_dev *fl,
				      const struct fl_lease_spec *spec,
				      struct netlink_ext_ack *extack)
{
	struct fl_lease *lease;
	int err;

	lease = kmem_cache_zalloc(fl_lease_cache, GFP_KERNEL);
	if (!lease)
		return ERR_PTR(-ENOMEM);
	lease->prefix = spec->prefix;
	ether_addr_copy(lease->mac, spec->mac);
	lease->flags = spec->flags;
	lease->generation = spec->generation;
	lease->used = jiffies;
	err = fl_lease_peers(fl, lease, spec, extack);
	if (err) {
		kmem_cache_free(fl_lease_cache, lease);
		return ERR_PTR(err);
	}
	return lease;
}

/* Past traffic belongs to the subnet, not to its VTEP: both leases share the same
 * counters, if there are any.
 */
static void fl_lease_share(struct fl_lease *lease, const struct fl_lease *old)
{
	lease->count = READ_ONCE(old->count);
	lease->used = READ_ONCE(old->used);
}

/* Takes over the counts of @old. Returns true if @lease now owns its counters. */
static bool fl_lease_inherit(struct fl_lease *lease, const struct fl_lease *old)
{
	struct fl_lease_count __percpu *count = READ_ONCE(old->count), *own;
	u64 packets, bytes;

	own = count ? cmpxchg(&lease->count, NULL, count) : NULL;
	if (count && (!own || own == count)) {
		packets = (u32)atomic_read(&old->first_packets);
		bytes = (u32)atomic_read(&old->first_bytes);
	} else {
		fl_lease_read_count(old, &packets, &bytes);
		count = NULL;
	}
	own = READ_ONCE(lease->count);
	if (own) {
		fl_lease_count_add(own, packets, bytes);
	} else {
		atomic_add(packets, &lease->first_packets);
		atomic_add(bytes, &lease->first_bytes);
	}
	return count;
}

static int fl_lease_take_place(struct fl_dev *fl, struct fl_lease *lease,
			       struct fl_lease *old)
{
	bool heir;
	int err;

	err = rhashtable_replace_fast(&fl->leases.ht, &old->node, &lease->node,
				      fl_lease_params);
	if (err) {
		if (lease->count == READ_ONCE(old->count))
			lease->count = NULL;
		return err;
	}
	heir = fl_lease_inherit(lease, old);
	fl_lease_retire(fl, old, heir ? fl_lease_free_heir_rcu :
					fl_lease_free_rcu);
	return 0;
}

/**
 * fl_lease_draft - create a lease that is not yet in the table
 * @fl: device
 * @spec: the wanted contents
 * @old: the lease that it will replace, or NULL
 * @extack: extended ack for error messages
 *
 * The caller hands it to fl_lease_publish() or fl_lease_discard().
 *
 * Return: the lease or an ERR_PTR.
 * Context: process, the device's lock held.
 */
struct fl_lease *fl_lease_draft(struct fl_dev *fl,
				const struct fl_lease_spec *spec,
				const struct fl_lease *old,
				struct netlink_ext_ack *extack)
{
	struct fl_lease *lease = fl_lease_make(fl, spec, extack);
	int err;

	if (IS_ERR(lease))
		return lease;
	if (old) {
		fl_lease_share(lease, old);
		return lease;
	}
	err = fl_lengths_add(fl, &lease->prefix);
	if (err) {
		fl_lease_retire(fl, lease, fl_lease_free_rcu);
		return ERR_PTR(err);
	}
	return lease;
}

/**
 * fl_lease_discard - free a lease that could not be published
 * @fl: device
 * @lease: lease
 * @old: the lease that it should have replaced, or NULL
 *
 * Context: process, the device's lock held.
 */
void fl_lease_discard(struct fl_dev *fl, struct fl_lease *lease,
		      const struct fl_lease *old)
{
	if (!old)
		fl_lengths_sub(fl, &lease->prefix);
	fl_lease_retire(fl, lease, fl_lease_free_rcu);
}

/**
 * fl_lease_publish - let the packet path see a new lease
 * @fl: device
 * @lease: lease
 * @old: the lease that it replaces, which is released; or NULL
 *
 * The miss engine calls this at the moment at which no packet waits for the
 * lease any more, so that none overtakes those that did.
 *
 * Return: 0 or a negative error.
 * Context: the device's lock and the miss engine's held.
 */
int fl_lease_publish(struct fl_dev *fl, struct fl_lease *lease,
		     struct fl_lease *old)
{
	int err;

	if (old)
		err = fl_lease_take_place(fl, lease, old);
	else
		err = rhashtable_insert_fast(&fl->leases.ht, &lease->node,
					     fl_lease_params);
	if (!err)
		atomic_inc(&fl->leases.seq);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(fl_lease_publish);

static void fl_lease_remove(struct fl_dev *fl, struct fl_lease *lease)
{
	rhashtable_remove_fast(&fl->leases.ht, &lease->node, fl_lease_params);
	atomic_inc(&fl->leases.seq);
	fl_notify_lease(fl, lease, FLANNEL_CMD_LEASE_DEL_NTF);
	--*fl_lengths_users(fl, &lease->prefix);
	fl_lease_retire(fl, lease, fl_lease_free_rcu);
}

/**
 * fl_lease_del - withdraw a lease, with immediate effect
 * @fl: device
 * @prefix: inner subnet
 *
 * Return: 0, or -ENOENT.
 * Context: process, the device's lock held.
 */
int fl_lease_del(struct fl_dev *fl, const struct fl_prefix *prefix)
{
	struct fl_lease *lease;

	lockdep_assert_held(&fl->lock);
	lease = fl_lease_find(fl, prefix);
	if (!lease)
		return -ENOENT;
	fl_lease_remove(fl, lease);
	if (!*fl_lengths_users(fl, prefix))
		fl_lengths_publish(fl);
	return 0;
}

/* Removes stale leases: those unused for @idle seconds if @idle is set, those of a
 * generation other than @generation if that is set, otherwise all.
 */
struct fl_lease_sweep {
	struct fl_dev	*fl;
	const u32	*generation;
	u32		idle;
};

static bool fl_lease_stale(const struct fl_lease *lease,
			   const struct fl_lease_sweep *sweep)
{
	if (sweep->idle)
		return !(lease->flags & FLANNEL_LEASE_F_PERMANENT) &&
		       time_after(jiffies, READ_ONCE(lease->used) +
				  (unsigned long)sweep->idle * HZ);
	return !sweep->generation || lease->generation != *sweep->generation;
}

static bool fl_lease_sweep_one(void *entry, void *arg)
{
	const struct fl_lease_sweep *sweep = arg;
	struct fl_lease *lease = entry;

	if (!fl_lease_stale(lease, sweep))
		return false;
	fl_lease_remove(sweep->fl, lease);
	return true;
}

static void fl_lease_sweep(struct fl_dev *fl, const u32 *generation, u32 idle)
{
	struct fl_lease_sweep sweep = {
		.fl = fl, .generation = generation, .idle = idle,
	};

	lockdep_assert_held(&fl->lock);
	fl_sweep(&fl->leases.ht, fl_lease_sweep_one, &sweep);
	fl_lengths_publish(fl);
}

/**
 * fl_lease_flush - withdraw many leases
 * @fl: device
 * @but_generation: keep those of this generation; NULL to keep none
 *
 * Context: process, the device's lock held.
 */
void fl_lease_flush(struct fl_dev *fl, const u32 *but_generation)
{
	fl_lease_sweep(fl, but_generation, 0);
}

static u32 fl_lease_idle(struct fl_dev *fl)
{
	u32 idle;

	rcu_read_lock();
	idle = rcu_dereference(fl->cfg)->lease_idle;
	rcu_read_unlock();
	return idle;
}

static void fl_lease_idle_work(struct work_struct *work)
{
	struct fl_dev *fl = container_of(to_delayed_work(work), struct fl_dev,
					 leases.idle_work);
	u32 idle = fl_lease_idle(fl);

	if (!idle)
		return;
	mutex_lock(&fl->lock);
	fl_lease_sweep(fl, NULL, idle);
	mutex_unlock(&fl->lock);
	fl_lease_idle_changed(fl);
}

/**
 * fl_lease_idle_changed - apply a new idle time of leases
 * @fl: device
 *
 * Context: any.
 */
void fl_lease_idle_changed(struct fl_dev *fl)
{
	u32 idle = fl_lease_idle(fl);

	if (idle)
		mod_delayed_work(system_power_efficient_wq,
				 &fl->leases.idle_work,
				 max_t(u32, idle / 4, 1) * HZ);
}

/**
 * fl_lease_init - set up the table
 * @fl: device
 *
 * Return: 0 or a negative error.
 * Context: process.
 */
int fl_lease_init(struct fl_dev *fl)
{
	struct fl_lengths *lengths;
	int err;

	lengths = kzalloc(sizeof(*lengths), GFP_KERNEL_ACCOUNT);
	if (!lengths)
		return -ENOMEM;
	err = rhashtable_init(&fl->leases.ht, &fl_lease_params);
	if (err) {
		kfree(lengths);
		return err;
	}
	RCU_INIT_POINTER(fl->leases.lengths, lengths);
	INIT_DELAYED_WORK(&fl->leases.idle_work, fl_lease_idle_work);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(fl_lease_init);

/**
 * fl_lease_destroy - withdraw all leases and tear down the table
 * @fl: device, which no packet reaches any more
 *
 * Context: process.
 */
void fl_lease_destroy(struct fl_dev *fl)
{
	cancel_delayed_work_sync(&fl->leases.idle_work);
	mutex_lock(&fl->lock);
	fl_lease_flush(fl, NULL);
	mutex_unlock(&fl->lock);
	rhashtable_destroy(&fl->leases.ht);
	kfree_rcu(rcu_dereference_protected(fl->leases.lengths, true), rcu);
}

/**
 * fl_lease_cache_init - create the memory cache of leases
 *
 * Return: 0 or -ENOMEM.
 * Context: process.
 */
int fl_lease_cache_init(void)
{
	fl_lease_cache = KMEM_CACHE(fl_lease, SLAB_ACCOUNT);
	return fl_lease_cache ? 0 : -ENOMEM;
}

/**
 * fl_lease_cache_exit - free the memory cache of leases
 *
 * Context: process, after an rcu_barrier().
 */
void fl_lease_cache_exit(void)
{
	kmem_cache_destroy(fl_lease_cache);
}
