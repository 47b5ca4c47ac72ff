// SPDX-License-Identifier: GPL-2.0
/*
 * The L2 table: MAC to VTEPs. The entry of the all-zero MAC is the flood list. The
 * `bridge fdb` interface is in fl_fdb_rtnl.c.
 */
#include <linux/rculist.h>

#include <flannel/dev.h>
#include <flannel/fdb.h>
#include <flannel/notify.h>
#include <flannel/sweep.h>
#include <flannel/wire.h>

static const struct rhashtable_params fl_fdb_params = {
	.key_len		= sizeof(u64),
	.key_offset		= offsetof(struct fl_fdb, key),
	.head_offset		= offsetof(struct fl_fdb, node),
	.automatic_shrinking	= true,
};

/**
 * fl_fdb_find - the entry of a MAC
 * @fl: device
 * @mac: MAC; all zero for the flood list
 *
 * Return: the entry, or NULL.
 * Context: RCU.
 */
struct fl_fdb *fl_fdb_find(struct fl_dev *fl, const u8 *mac)
{
	u64 key = ether_addr_to_u64(mac);

	return rhashtable_lookup_fast(&fl->fdb.ht, &key, fl_fdb_params);
}

/**
 * fl_fdb_flood - the flood list
 * @fl: device
 *
 * Return: the entry of the all-zero MAC, or NULL.
 * Context: RCU.
 */
struct fl_fdb *fl_fdb_flood(struct fl_dev *fl)
{
	const u64 key = 0;

	return rhashtable_lookup_fast(&fl->fdb.ht, &key, fl_fdb_params);
}

static void fl_fdb_changed(struct fl_dev *fl, struct fl_fdb *fdb,
			   struct fl_remote *remote, int type)
{
	atomic_inc(&fl->fdb.seq);
	fl_notify_fdb(fl, fdb, remote, type);
}

static struct fl_remote *fl_remote_make(struct fl_dev *fl,
					const struct fl_fdb_spec *spec)
{
	struct fl_remote *remote;
	struct fl_peer *peer;

	remote = kzalloc(sizeof(*remote), GFP_ATOMIC | __GFP_NOWARN);
	if (!remote)
		return ERR_PTR(-ENOMEM);
	peer = fl_peer_get(fl, &spec->remote, spec->ifindex,
			   GFP_ATOMIC | __GFP_NOWARN);
	if (IS_ERR(peer)) {
		kfree(remote);
		return ERR_CAST(peer);
	}
	remote->peer = peer;
	remote->port = spec->port;
	remote->vni = spec->vni;
	return remote;
}

static void fl_remote_free(struct fl_dev *fl, struct fl_remote *remote)
{
	fl_peer_put(fl, remote->peer);
	kfree_rcu(remote, rcu);
}

static bool fl_remote_is(const struct fl_remote *remote,
			 const struct fl_fdb_spec *spec)
{
	return fl_addr_equal(&remote->peer->key.addr, &spec->remote) &&
	       remote->peer->key.ifindex == spec->ifindex &&
	       remote->port == spec->port && remote->vni == spec->vni;
}

static struct fl_remote *fl_remote_find(struct fl_fdb *fdb,
					const struct fl_fdb_spec *spec)
{
	struct fl_remote *remote;

	list_for_each_entry(remote, &fdb->remotes, list)
		if (fl_remote_is(remote, spec))
			return remote;
	return NULL;
}

/**
 * fl_fdb_retire - free an entry that is not, or no longer, in the table
 * @fl: device
 * @fdb: entry, which readers may still see
 *
 * Context: any.
 */
void fl_fdb_retire(struct fl_dev *fl, struct fl_fdb *fdb)
{
	struct fl_remote *remote, *next;

	/* Readers may still be walking the list: keep its links intact. */
	list_for_each_entry_safe(remote, next, &fdb->remotes, list)
		fl_remote_free(fl, remote);
	kfree_rcu(fdb, rcu);
}

static struct fl_fdb *fl_fdb_make(struct fl_dev *fl,
				  const struct fl_fdb_spec *spec)
{
	struct fl_remote *remote;
	struct fl_fdb *fdb;

	fdb = kzalloc(sizeof(*fdb), GFP_ATOMIC | __GFP_NOWARN);
	if (!fdb)
		return ERR_PTR(-ENOMEM);
	remote = fl_remote_make(fl, spec);
	if (IS_ERR(remote)) {
		kfree(fdb);
		return ERR_CAST(remote);
	}
	INIT_LIST_HEAD(&fdb->remotes);
	list_add_tail_rcu(&remote->list, &fdb->remotes);
	fdb->key = ether_addr_to_u64(spec->mac);
	fdb->made = jiffies;
	fdb->used = jiffies;
	fdb->updated = jiffies;
	fdb->state = spec->state;
	fdb->flags = spec->flags & ~NTF_USE;
	return fdb;
}

static int fl_fdb_room(struct fl_dev *fl)
{
	u32 limit;

	rcu_read_lock();
	limit = rcu_dereference(fl->cfg)->fdb_limit;
	rcu_read_unlock();
	if (limit && atomic_read(&fl->fdb.ht.nelems) >= limit)
		return -ENOSPC;
	return 0;
}

/**
 * fl_fdb_publish - let the packet path see a new entry
 * @fl: device
 * @fdb: entry
 *
 * The miss engine calls this at the moment at which no packet waits for the
 * entry any more, so that none overtakes those that did.
 *
 * Return: 0, -EEXIST if there is already such an entry, or another negative error.
 * Context: the miss engine's lock held, BH disabled.
 */
int fl_fdb_publish(struct fl_dev *fl, struct fl_fdb *fdb)
{
	int err;

	spin_lock(&fl->fdb.lock);
	err = READ_ONCE(fl->gone) ? -ENODEV : fl_fdb_room(fl);
	if (!err)
		err = rhashtable_lookup_insert_fast(&fl->fdb.ht, &fdb->node,
						    fl_fdb_params);
	if (!err) {
		list_add_tail_rcu(&fdb->list, &fl->fdb.list);
		fl_fdb_changed(fl, fdb, list_first_entry(&fdb->remotes,
							 struct fl_remote, list),
			       RTM_NEWNEIGH);
	}
	spin_unlock(&fl->fdb.lock);
	return err;
}

/**
 * fl_fdb_draft - create an entry that is not yet in the table
 * @fl: device
 * @spec: the wanted contents
 *
 * The caller hands it to fl_fdb_publish() or fl_fdb_retire().
 *
 * Return: the entry or an ERR_PTR; -ENOSPC if the table is full.
 * Context: any.
 */
struct fl_fdb *fl_fdb_draft(struct fl_dev *fl, const struct fl_fdb_spec *spec)
{
	/* A flood of MACs must not cause allocations once the table is full. */
	int err = fl_fdb_room(fl);

	return err ? ERR_PTR(err) : fl_fdb_make(fl, spec);
}

static int fl_fdb_replace(struct fl_dev *fl, struct fl_fdb *fdb,
			  const struct fl_fdb_spec *spec)
{
	struct fl_remote *old, *remote;

	old = list_first_entry(&fdb->remotes, struct fl_remote, list);
	if (fl_remote_is(old, spec))
		return 0;
	remote = fl_remote_make(fl, spec);
	if (IS_ERR(remote))
		return PTR_ERR(remote);
	list_replace_rcu(&old->list, &remote->list);
	fl_remote_free(fl, old);
	return 1;
}

static int fl_fdb_append(struct fl_dev *fl, struct fl_fdb *fdb,
			 const struct fl_fdb_spec *spec,
			 struct fl_remote **added)
{
	struct fl_remote *remote;

	if (fl_remote_find(fdb, spec))
		return 0;
	remote = fl_remote_make(fl, spec);
	if (IS_ERR(remote))
		return PTR_ERR(remote);
	list_add_tail_rcu(&remote->list, &fdb->remotes);
	*added = remote;
	return 1;
}

static int fl_fdb_update(struct fl_dev *fl, struct fl_fdb *fdb,
			 const struct fl_fdb_spec *spec, u16 nlflags,
			 struct netlink_ext_ack *extack)
{
	bool many = fl_fdb_of_many(spec->mac);
	u8 flags = spec->flags & ~NTF_USE;
	struct fl_remote *remote;
	int changed = 0;

	if (nlflags & NLM_F_EXCL) {
		NL_SET_ERR_MSG(extack, "there is already an FDB entry for this mac");
		return -EEXIST;
	}
	if ((nlflags & NLM_F_REPLACE) && many) {
		NL_SET_ERR_MSG(extack, "mac: only the entry of a unicast MAC can be replaced");
		return -EOPNOTSUPP;
	}
	if ((nlflags & NLM_F_APPEND) && !many && !fl_remote_find(fdb, spec)) {
		NL_SET_ERR_MSG(extack, "mac: a unicast MAC has only one remote, replace it instead");
		return -EEXIST;
	}
	if (!(nlflags & (NLM_F_REPLACE | NLM_F_APPEND)) &&
	    !fl_remote_find(fdb, spec)) {
		NL_SET_ERR_MSG(extack, "there is already an FDB entry for this mac with another remote, replace it or append to it");
		return -EEXIST;
	}

	remote = list_first_entry(&fdb->remotes, struct fl_remote, list);
	if (nlflags & NLM_F_REPLACE)
		changed = fl_fdb_replace(fl, fdb, spec);
	else if (nlflags & NLM_F_APPEND)
		changed = fl_fdb_append(fl, fdb, spec, &remote);
	if (changed < 0)
		return changed;

	if (fdb->state != spec->state || fdb->flags != flags) {
		WRITE_ONCE(fdb->state, spec->state);
		WRITE_ONCE(fdb->flags, flags);
		changed = 1;
	}
	if (spec->flags & NTF_USE)
		WRITE_ONCE(fdb->used, jiffies);
	if (!changed)
		return 0;
	if (nlflags & NLM_F_REPLACE)
		remote = list_first_entry(&fdb->remotes, struct fl_remote,
					  list);
	WRITE_ONCE(fdb->updated, jiffies);
	fl_fdb_changed(fl, fdb, remote, RTM_NEWNEIGH);
	return 0;
}

/**
 * fl_fdb_check - can there be such an FDB entry?
 * @fl: device
 * @cfg: its options
 * @spec: the wanted contents
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: any.
 */
int fl_fdb_check(const struct fl_dev *fl, const struct fl_config *cfg,
		 const struct fl_fdb_spec *spec, struct netlink_ext_ack *extack)
{
	const struct fl_addr *remote = &spec->remote;

	if (remote->family == AF_INET &&
	    (!remote->ip.v4 || ipv4_is_multicast(remote->ip.v4) ||
	     ipv4_is_lbcast(remote->ip.v4))) {
		NL_SET_ERR_MSG(extack, "dst must be a unicast IPv4 address");
		return -EINVAL;
	}
	if (remote->family == AF_INET6 &&
	    (ipv6_addr_any(&remote->ip.v6) ||
	     ipv6_addr_is_multicast(&remote->ip.v6))) {
		NL_SET_ERR_MSG(extack, "dst must be a unicast IPv6 address");
		return -EINVAL;
	}
	if ((remote->family == AF_INET && !cfg->ipv4) ||
	    (remote->family == AF_INET6 && !cfg->ipv6)) {
		NL_SET_ERR_MSG(extack, "dst: the device does not use an underlay of this address family");
		return -EAFNOSUPPORT;
	}
	if (spec->vni > FL_VNI_MAX) {
		NL_SET_ERR_MSG(extack, "vni must be a number from 0 to 16777215: a VNI has 24 bits");
		return -ERANGE;
	}
	if (remote->family == AF_INET6 && !spec->ifindex && !cfg->link &&
	    (ipv6_addr_type(&remote->ip.v6) & IPV6_ADDR_LINKLOCAL)) {
		NL_SET_ERR_MSG(extack, "dst: a link-local address needs via, the device to reach it through");
		return -EINVAL;
	}
	return 0;
}

/**
 * fl_fdb_change - change or extend an existing entry
 * @fl: device
 * @spec: the wanted contents
 * @nlflags: as for fl_answer_fdb()
 * @there: set if the entry exists
 * @extack: extended ack for error messages
 *
 * Return: 0, also if there is no such entry, or a negative error.
 * Context: any; takes the table's lock with BH disabled.
 */
int fl_fdb_change(struct fl_dev *fl, const struct fl_fdb_spec *spec,
		  u16 nlflags, bool *there, struct netlink_ext_ack *extack)
{
	struct fl_fdb *fdb;
	int err = 0;

	spin_lock_bh(&fl->fdb.lock);
	fdb = fl_fdb_find(fl, spec->mac);
	*there = fdb;
	if (fdb)
		err = fl_fdb_update(fl, fdb, spec, nlflags, extack);
	spin_unlock_bh(&fl->fdb.lock);
	return err;
}

static void fl_fdb_remove(struct fl_dev *fl, struct fl_fdb *fdb)
{
	struct fl_remote *remote;

	rhashtable_remove_fast(&fl->fdb.ht, &fdb->node, fl_fdb_params);
	list_del_rcu(&fdb->list);
	list_for_each_entry(remote, &fdb->remotes, list)
		fl_fdb_changed(fl, fdb, remote, RTM_DELNEIGH);
	fl_fdb_retire(fl, fdb);
}

static int fl_fdb_del_remote(struct fl_dev *fl, struct fl_fdb *fdb,
			     const struct fl_fdb_spec *spec)
{
	struct fl_remote *remote = fl_remote_find(fdb, spec);

	if (!remote)
		return -ENOENT;
	if (list_is_singular(&fdb->remotes)) {
		fl_fdb_remove(fl, fdb);
		return 0;
	}
	list_del_rcu(&remote->list);
	fl_fdb_changed(fl, fdb, remote, RTM_DELNEIGH);
	fl_remote_free(fl, remote);
	return 0;
}

/**
 * fl_fdb_del - remove an entry, or one remote of it
 * @fl: device
 * @spec: MAC, and the remote, or none for the whole entry
 * @extack: extended ack for error messages
 *
 * Return: 0, or -ENOENT.
 * Context: any; takes the table's lock with BH disabled.
 */
int fl_fdb_del(struct fl_dev *fl, const struct fl_fdb_spec *spec,
	       struct netlink_ext_ack *extack)
{
	struct fl_fdb *fdb;
	int err = 0;

	spin_lock_bh(&fl->fdb.lock);
	fdb = fl_fdb_find(fl, spec->mac);
	if (!fdb)
		err = -ENOENT;
	else if (spec->remote.family)
		err = fl_fdb_del_remote(fl, fdb, spec);
	else
		fl_fdb_remove(fl, fdb);
	spin_unlock_bh(&fl->fdb.lock);
	if (err)
		NL_SET_ERR_MSG(extack, "there is no FDB entry for this mac and remote");
	return err;
}

typedef bool (*fl_fdb_filter_fn)(const struct fl_fdb *fdb, const void *arg);

/* The entry may have been removed, or used again, since the walk saw it. */
static bool fl_fdb_remove_if(struct fl_dev *fl, struct fl_fdb *fdb,
			     fl_fdb_filter_fn filter, const void *arg)
{
	bool remove;

	spin_lock_bh(&fl->fdb.lock);
	remove = rhashtable_lookup_fast(&fl->fdb.ht, &fdb->key,
					fl_fdb_params) == fdb &&
		 filter(fdb, arg);
	if (remove)
		fl_fdb_remove(fl, fdb);
	spin_unlock_bh(&fl->fdb.lock);
	return remove;
}

struct fl_fdb_sweep {
	struct fl_dev		*fl;
	fl_fdb_filter_fn	filter;
	const void		*arg;
};

static bool fl_fdb_sweep_one(void *entry, void *arg)
{
	const struct fl_fdb_sweep *sweep = arg;
	struct fl_fdb *fdb = entry;

	return sweep->filter(fdb, sweep->arg) &&
	       fl_fdb_remove_if(sweep->fl, fdb, sweep->filter, sweep->arg);
}

/* Removes the entries that match a filter. The lock is held for one entry at a time:
 * there may be a million, and each removal is announced.
 */
static void fl_fdb_sweep(struct fl_dev *fl, fl_fdb_filter_fn filter,
			 const void *arg)
{
	struct fl_fdb_sweep sweep = { .fl = fl, .filter = filter, .arg = arg };

	fl_sweep(&fl->fdb.ht, fl_fdb_sweep_one, &sweep);
}

static bool fl_fdb_filtered(const struct fl_fdb *fdb, const void *arg)
{
	const struct fl_fdb_filter *filter = arg;

	return time_before_eq(READ_ONCE(fdb->made), filter->made) &&
	       (READ_ONCE(fdb->state) & filter->state_mask) == filter->state &&
	       (READ_ONCE(fdb->flags) & filter->flags_mask) == filter->flags;
}

/**
 * fl_fdb_flush - remove many entries
 * @fl: device
 * @filter: selects among the entries that exist at the time of the call
 *
 * Context: process; takes the table's lock with BH disabled, repeatedly.
 */
void fl_fdb_flush(struct fl_dev *fl, const struct fl_fdb_filter *filter)
{
	struct fl_fdb_filter now = *filter;

	now.made = jiffies;
	fl_fdb_sweep(fl, fl_fdb_filtered, &now);
}

static bool fl_fdb_move(struct fl_dev *fl, const struct fl_fdb_spec *spec)
{
	bool fixed = false, sticky = false;
	struct fl_fdb *fdb;

	spin_lock(&fl->fdb.lock);
	fdb = fl_fdb_find(fl, spec->mac);
	if (fdb) {
		fixed = fdb->state & (NUD_PERMANENT | NUD_NOARP);
		sticky = fdb->flags & NTF_STICKY;
	}
	if (fdb && !fixed && !sticky && fl_fdb_replace(fl, fdb, spec) > 0) {
		WRITE_ONCE(fdb->updated, jiffies);
		fl_fdb_changed(fl, fdb, list_first_entry(&fdb->remotes,
							 struct fl_remote, list),
			       RTM_NEWNEIGH);
	}
	spin_unlock(&fl->fdb.lock);
	return !fixed;
}

/**
 * fl_fdb_learn - learn the MAC of a frame received from a VTEP
 * @fl: device
 * @cfg: its options
 * @mac: inner source MAC
 * @remote: outer source
 * @ifindex: lower device that it came in through
 * @fresh: what a new entry of it shall say; its state is 0 if there is one already
 *
 * Return: false if a fixed entry has another remote for the MAC, so that the
 * packet must not be trusted.
 * Context: RCU and BH disabled.
 */
bool fl_fdb_learn(struct fl_dev *fl, const struct fl_config *cfg,
		  const u8 *mac, const struct fl_addr *remote, int ifindex,
		  struct fl_fdb_spec *fresh)
{
	bool link_local = remote->family == AF_INET6 &&
			  (ipv6_addr_type(&remote->ip.v6) & IPV6_ADDR_LINKLOCAL);
	struct fl_fdb_spec spec = {
		.remote		= *remote,
		.port		= cfg->port,
		.vni		= cfg->vni,
		.ifindex	= link_local ? ifindex : 0,
		.state		= NUD_REACHABLE,
		.flags		= NTF_SELF,
	};
	struct fl_remote *known;
	struct fl_fdb *fdb;

	fresh->state = 0;
	if (!is_valid_ether_addr(mac))
		return false;
	ether_addr_copy(spec.mac, mac);

	fdb = fl_fdb_find(fl, mac);
	if (!fdb) {
		if (netif_running(fl->dev))
			*fresh = spec;
		return true;
	}
	known = list_first_or_null_rcu(&fdb->remotes, struct fl_remote, list);
	if (likely(known && fl_addr_equal(&known->peer->key.addr, remote) &&
		   known->peer->key.ifindex == spec.ifindex)) {
		if (time_before(READ_ONCE(fdb->updated), jiffies))
			WRITE_ONCE(fdb->updated, jiffies);
		return true;
	}
	return fl_fdb_move(fl, &spec);
}

static u32 fl_fdb_ageing(struct fl_dev *fl)
{
	u32 ageing;

	rcu_read_lock();
	ageing = rcu_dereference(fl->cfg)->ageing;
	rcu_read_unlock();
	return ageing;
}

static bool fl_fdb_aged(const struct fl_fdb *fdb, const void *arg)
{
	const unsigned long *ageing = arg;

	return fl_fdb_dynamic(READ_ONCE(fdb->state), READ_ONCE(fdb->flags)) &&
	       time_after(jiffies, READ_ONCE(fdb->updated) + *ageing);
}

static void fl_fdb_age_work(struct work_struct *work)
{
	struct fl_dev *fl = container_of(to_delayed_work(work), struct fl_dev,
					 fdb.age_work);
	unsigned long ageing = (unsigned long)fl_fdb_ageing(fl) * HZ;

	if (!ageing)
		return;
	fl_fdb_sweep(fl, fl_fdb_aged, &ageing);
	fl_fdb_ageing_changed(fl);
}

/**
 * fl_fdb_ageing_changed - apply a new ageing time of learned entries
 * @fl: device
 *
 * Context: any.
 */
void fl_fdb_ageing_changed(struct fl_dev *fl)
{
	u32 ageing = fl_fdb_ageing(fl);

	if (ageing && netif_running(fl->dev))
		mod_delayed_work(system_power_efficient_wq, &fl->fdb.age_work,
				 clamp_t(u32, ageing / 4, 1, 10) * HZ);
}

/**
 * fl_fdb_init - set up the table
 * @fl: device
 *
 * Return: 0 or a negative error.
 * Context: process.
 */
int fl_fdb_init(struct fl_dev *fl)
{
	spin_lock_init(&fl->fdb.lock);
	INIT_LIST_HEAD(&fl->fdb.list);
	INIT_DELAYED_WORK(&fl->fdb.age_work, fl_fdb_age_work);
	return rhashtable_init(&fl->fdb.ht, &fl_fdb_params);
}

/**
 * fl_fdb_destroy - remove all entries and tear down the table
 * @fl: device, which no packet reaches any more
 *
 * Context: process.
 */
void fl_fdb_destroy(struct fl_dev *fl)
{
	const struct fl_fdb_filter all = {};

	cancel_delayed_work_sync(&fl->fdb.age_work);
	fl_fdb_flush(fl, &all);
	rhashtable_destroy(&fl->fdb.ht);
}
