// SPDX-License-Identifier: GPL-2.0
/* Peers: the remote VTEPs that leases and FDB entries point to. */
#include <linux/jhash.h>

#include <flannel/dev.h>
#include <flannel/peer.h>
#include <flannel/route.h>

static struct kmem_cache *fl_peer_cache;

static noinline u32 fl_peer_hash6(const struct fl_peer_key *key, u32 seed)
{
	return jhash2((const u32 *)&key->addr.ip.v6,
		      sizeof(key->addr.ip.v6) / 4, seed ^ key->ifindex);
}

static __always_inline u32 fl_peer_hash(const void *data, u32 len, u32 seed)
{
	const struct fl_peer_key *key = data;

	if (key->addr.family == AF_INET)
		return fl_hash4(key->addr.ip.v4, key->ifindex, seed);
	return fl_peer_hash6(key, seed);
}

static u32 fl_peer_obj_hash(const void *data, u32 len, u32 seed)
{
	return fl_peer_hash(&((const struct fl_peer *)data)->key, len, seed);
}

static __always_inline int fl_peer_obj_cmp(struct rhashtable_compare_arg *arg,
					   const void *obj)
{
	const struct fl_peer_key *a = &((const struct fl_peer *)obj)->key;
	const struct fl_peer_key *b = arg->key;

	return a->ifindex != b->ifindex || !fl_addr_equal(&a->addr, &b->addr);
}

static const struct rhashtable_params fl_peer_params = {
	.key_len		= sizeof(struct fl_peer_key),
	.key_offset		= offsetof(struct fl_peer, key),
	.head_offset		= offsetof(struct fl_peer, node),
	.hashfn			= fl_peer_hash,
	.obj_hashfn		= fl_peer_obj_hash,
	.obj_cmpfn		= fl_peer_obj_cmp,
	.automatic_shrinking	= true,
};

static void fl_peer_key(struct fl_peer_key *key, const struct fl_addr *addr,
			int ifindex)
{
	memset(key, 0, sizeof(*key));
	key->addr.family = addr->family;
	if (addr->family == AF_INET)
		key->addr.ip.v4 = addr->ip.v4;
	else
		key->addr.ip.v6 = addr->ip.v6;
	key->ifindex = ifindex;
}

static void fl_peer_free_rcu(struct rcu_head *rcu)
{
	struct fl_peer *peer = container_of(rcu, struct fl_peer, rcu);

	fl_route_free(rcu_dereference_protected(peer->route, true));
	kfree(rcu_dereference_protected(peer->passes, true));
	kmem_cache_free(fl_peer_cache, peer);
}

/* Takes a reference to the peer with a key; adds @new if there is none. */
static struct fl_peer *fl_peer_hold(struct fl_dev *fl,
				    const struct fl_peer_key *key,
				    struct fl_peer *new)
{
	struct fl_peer *peer;
	int err;

	spin_lock_bh(&fl->peers.lock);
	peer = rhashtable_lookup_fast(&fl->peers.ht, key, fl_peer_params);
	if (!peer && new) {
		err = rhashtable_insert_fast(&fl->peers.ht, &new->node,
					     fl_peer_params);
		peer = err ? ERR_PTR(err) : new;
	}
	if (!IS_ERR_OR_NULL(peer))
		peer->users++;
	spin_unlock_bh(&fl->peers.lock);
	return peer;
}

/**
 * fl_peer_get - find or create a peer, and take a reference
 * @fl: device
 * @addr: outer address
 * @ifindex: lower device to reach it through, or 0
 * @gfp: how to allocate
 *
 * Return: the peer, or an error pointer. Release it with fl_peer_put().
 * Context: any that @gfp allows; takes the table's lock with BH disabled.
 */
struct fl_peer *fl_peer_get(struct fl_dev *fl, const struct fl_addr *addr,
			    int ifindex, gfp_t gfp)
{
	struct fl_peer *peer, *new;
	struct fl_peer_key key;

	fl_peer_key(&key, addr, ifindex);
	peer = fl_peer_hold(fl, &key, NULL);
	if (peer)
		return peer;
	new = kmem_cache_zalloc(fl_peer_cache, gfp);
	if (!new)
		return ERR_PTR(-ENOMEM);
	new->key = key;
	peer = fl_peer_hold(fl, &key, new);
	if (peer != new)
		kmem_cache_free(fl_peer_cache, new);
	return peer;
}

/**
 * fl_peer_put - release a reference; the last one removes the peer
 * @fl: device
 * @peer: peer, or NULL
 *
 * Context: any; takes the table's lock with BH disabled.
 */
void fl_peer_put(struct fl_dev *fl, struct fl_peer *peer)
{
	if (!peer)
		return;
	spin_lock_bh(&fl->peers.lock);
	if (!--peer->users) {
		rhashtable_remove_fast(&fl->peers.ht, &peer->node,
				       fl_peer_params);
		call_rcu(&peer->rcu, fl_peer_free_rcu);
	}
	spin_unlock_bh(&fl->peers.lock);
}

static struct fl_peer *fl_peer_probe(struct rhashtable *ht,
				     const struct fl_addr *addr, int ifindex)
{
	struct fl_peer_key key;

	fl_peer_key(&key, addr, ifindex);
	return rhashtable_lookup(ht, &key, fl_peer_params);
}

/* While the table is being resized, leave it to rhashtable_lookup(). */
static noinline struct fl_peer *
fl_peer_probe4_slow(struct rhashtable *ht, __be32 ip, int ifindex)
{
	struct fl_addr addr = fl_addr4(ip);

	return fl_peer_probe(ht, &addr, ifindex);
}

/* rhashtable_lookup() without the steps that a short key does not need. */
static __always_inline struct fl_peer *
fl_peer_probe4(struct rhashtable *ht, __be32 ip, int ifindex)
{
	struct bucket_table *tbl = rht_dereference_rcu(ht->tbl, ht);
	struct rhash_head *pos;
	struct fl_peer *peer;
	unsigned int hash;

	hash = rht_bucket_index(tbl, fl_hash4(ip, ifindex, tbl->hash_rnd));
	rht_for_each_entry_rcu_from(peer, pos, rht_ptr_rcu(rht_bucket(tbl, hash)),
				    tbl, hash, node)
		if (peer->key.addr.ip.v4 == ip && peer->key.ifindex == ifindex &&
		    peer->key.addr.family == AF_INET)
			return peer;

	/* Pairs with the barrier in the resize code. */
	smp_rmb();
	if (likely(!rcu_access_pointer(tbl->future_tbl)))
		return NULL;
	return fl_peer_probe4_slow(ht, ip, ifindex);
}

/**
 * fl_peer_find4 - the peer that an outer IPv4 source belongs to
 * @fl: device
 * @ip: outer source
 * @ifindex: lower device that it came in through
 *
 * Return: the peer, or NULL if no lease or FDB entry points there.
 * Context: RCU.
 */
struct fl_peer *fl_peer_find4(struct fl_dev *fl, __be32 ip, int ifindex)
{
	struct fl_peer *peer = fl_peer_probe4(&fl->peers.ht, ip, 0);

	if (likely(peer))
		return peer;
	return fl_peer_probe4(&fl->peers.ht, ip, ifindex);
}

/**
 * fl_peer_find6 - the peer that an outer IPv6 source belongs to
 * @fl: device
 * @ip: outer source
 * @ifindex: lower device that it came in through
 *
 * Return: the peer, or NULL if no lease or FDB entry points there.
 * Context: RCU.
 */
struct fl_peer *fl_peer_find6(struct fl_dev *fl, const struct in6_addr *ip,
			      int ifindex)
{
	struct fl_addr addr = fl_addr6(ip);
	struct fl_peer *peer = fl_peer_probe(&fl->peers.ht, &addr, 0);

	if (likely(peer))
		return peer;
	return fl_peer_probe(&fl->peers.ht, &addr, ifindex);
}

/**
 * fl_peer_find - the peer that an outer source belongs to
 * @fl: device
 * @addr: outer source
 * @ifindex: lower device that it came in through
 *
 * Return: the peer, or NULL if no lease or FDB entry points there.
 * Context: RCU.
 */
struct fl_peer *fl_peer_find(struct fl_dev *fl, const struct fl_addr *addr,
			     int ifindex)
{
	return addr->family == AF_INET ?
	       fl_peer_find4(fl, addr->ip.v4, ifindex) :
	       fl_peer_find6(fl, &addr->ip.v6, ifindex);
}

/**
 * fl_peer_set_passes - let a peer's packets take the fast path
 * @peer: peer
 * @passes: the paths; owned by the peer from now on
 *
 * Context: RCU and BH disabled.
 */
void fl_peer_set_passes(struct fl_peer *peer, struct fl_passes *passes)
{
	struct fl_passes *old;

	old = unrcu_pointer(xchg(&peer->passes, RCU_INITIALIZER(passes)));
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * fl_peer_forget_routes - drop all cached routes
 * @fl: device
 *
 * For when an option that a route depends on has changed, or the device goes
 * down and must not keep the underlay's devices busy.
 *
 * Context: process; takes the table's lock with BH disabled.
 */
void fl_peer_forget_routes(struct fl_dev *fl)
{
	struct rhashtable_iter iter;
	struct fl_peer *peer;

	rhashtable_walk_enter(&fl->peers.ht, &iter);
	rhashtable_walk_start(&iter);
	while ((peer = rhashtable_walk_next(&iter))) {
		if (IS_ERR(peer))
			continue;	/* resized: some are seen again */
		fl_route_set(peer, NULL);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
}

/**
 * fl_peer_init - set up the table
 * @fl: device
 *
 * Return: 0 or a negative error.
 * Context: process.
 */
int fl_peer_init(struct fl_dev *fl)
{
	spin_lock_init(&fl->peers.lock);
	return rhashtable_init(&fl->peers.ht, &fl_peer_params);
}

/**
 * fl_peer_destroy - tear down the table; it must be empty
 * @fl: device
 *
 * Context: process.
 */
void fl_peer_destroy(struct fl_dev *fl)
{
	WARN_ON(atomic_read(&fl->peers.ht.nelems));
	rhashtable_destroy(&fl->peers.ht);
}

/**
 * fl_peer_cache_init - create the memory cache of peers
 *
 * Return: 0 or -ENOMEM.
 * Context: process.
 */
int fl_peer_cache_init(void)
{
	fl_peer_cache = KMEM_CACHE(fl_peer, SLAB_ACCOUNT);
	return fl_peer_cache ? 0 : -ENOMEM;
}

/**
 * fl_peer_cache_exit - free the memory cache of peers
 *
 * Context: process, after an rcu_barrier().
 */
void fl_peer_cache_exit(void)
{
	kmem_cache_destroy(fl_peer_cache);
}
