// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: dumps. Between two messages a dump keeps only its position in the
 * hash table and no reference, so a stalled reader cannot block the deletion of the
 * device. If the table changes or is resized in the meantime, NLM_F_DUMP_INTR reports
 * it.
 */
#include <linux/jhash.h>
#include <linux/rhashtable.h>

#include <flannel/genl_priv.h>

#include "fl_genl_gen.h"

/**
 * struct fl_cursor - position of a dump
 * @started: the devices to dump are known
 * @only: ifindex of the requested device, or 0 for all devices of the namespace
 * @ifindex: device; for a dump of devices, the last one shown
 * @bucket: bucket
 * @skip: objects in it that have been shown
 * @part: parts of the next object that have been shown
 */
struct fl_cursor {
	bool	started;
	u32	only;
	u32	ifindex;
	u32	bucket;
	u32	skip;
	u32	part;
};

/* Adds the parts of an object that @cur has not shown yet. */
typedef int (*fl_dump_fn)(struct sk_buff *skb, struct netlink_callback *cb,
			  struct fl_dev *fl, void *obj, struct fl_cursor *cur);

static struct fl_cursor *fl_cursor(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct fl_cursor) > sizeof(cb->ctx));
	return (struct fl_cursor *)cb->ctx;
}

/* Finds the device of a dump when the first message is filled: before that, netlink
 * does not pass on extack messages. A dump has the policy of the request for one entry,
 * and attrs[] ends with the last attribute of that policy.
 */
static int fl_dump_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	struct fl_cursor *cur = fl_cursor(cb);
	netdevice_tracker tracker;
	struct fl_dev *fl;

	cur->started = true;
	if (nlmsg_find_attr(cb->nlh, GENL_HDRLEN, FLANNEL_A_LEASE) ||
	    nlmsg_find_attr(cb->nlh, GENL_HDRLEN, FLANNEL_A_FDB)) {
		NL_SET_ERR_MSG(cb->extack, "a dump shows all entries: give neither lease nor fdb");
		return -EINVAL;
	}
	if (!attrs[FLANNEL_A_IFINDEX] && !attrs[FLANNEL_A_IFNAME])
		return 0;
	fl = fl_genl_get_dev(sock_net(cb->skb->sk), attrs, &tracker,
			     cb->extack);
	if (IS_ERR(fl))
		return PTR_ERR(fl);
	cur->only = fl->dev->ifindex;
	fl_genl_put_dev(fl, &tracker);
	return 0;
}

static void *fl_dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
			   struct fl_dev *fl, enum flannel_cmd cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &fl_genl_family,
				NLM_F_MULTI, cmd);

	if (!hdr)
		return NULL;
	genl_dump_check_consistent(cb, hdr);
	if (nla_put_u32(skb, FLANNEL_A_IFINDEX, fl->dev->ifindex) ||
	    nla_put_string(skb, FLANNEL_A_IFNAME, fl->dev->name)) {
		genlmsg_cancel(skb, hdr);
		return NULL;
	}
	return hdr;
}

static int fl_dump_end(struct sk_buff *skb, void *hdr, int err)
{
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

static int fl_dump_bucket(struct sk_buff *skb, struct netlink_callback *cb,
			  struct fl_dev *fl, struct rhashtable *ht,
			  const struct bucket_table *tbl, fl_dump_fn put)
{
	struct fl_cursor *cur = fl_cursor(cb);
	struct rhash_head *pos;
	u32 n = 0;
	int err;

	rht_for_each_rcu(pos, tbl, cur->bucket) {
		if (n++ < cur->skip)
			continue;
		err = put(skb, cb, fl, (void *)rht_obj(ht, pos), cur);
		if (err)
			return err;
		cur->part = 0;
		cur->skip++;
	}
	cur->skip = 0;
	return 0;
}

static int fl_dump_table(struct sk_buff *skb, struct netlink_callback *cb,
			 struct fl_dev *fl, struct rhashtable *ht,
			 fl_dump_fn put)
{
	struct fl_cursor *cur = fl_cursor(cb);
	const struct bucket_table *tbl;
	int err = 0;

	rcu_read_lock();
	tbl = rht_dereference_rcu(ht->tbl, ht);
	for (; cur->bucket < tbl->size && !err; cur->bucket += !err)
		err = fl_dump_bucket(skb, cb, fl, ht, tbl, put);
	rcu_read_unlock();
	return err;
}

typedef struct rhashtable *(*fl_table_fn)(struct fl_dev *fl, u32 *seq);

/* A sequence number that changes whenever one of the dumped tables changes. */
static u32 fl_dump_seq(const struct net *net, const struct fl_cursor *cur,
		       fl_table_fn table)
{
	const struct bucket_table *tbl;
	struct net_device *dev;
	struct rhashtable *ht;
	u32 seq, sum = 0;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (!fl_dev_is(dev) ||
		    (cur->only && cur->only != dev->ifindex))
			continue;
		ht = table(netdev_priv(dev), &seq);
		tbl = rht_dereference_rcu(ht->tbl, ht);
		sum = jhash_3words(sum, dev->ifindex, seq, tbl->hash_rnd);
		/* While a table is being resized its entries move. */
		if (rcu_access_pointer(tbl->future_tbl))
			sum ^= get_random_u32();
	}
	rcu_read_unlock();
	return sum | 1;
}

/* The device of ours with the lowest ifindex above @ifindex, referenced. */
static struct net_device *fl_dump_next_dev(struct net *net, u32 ifindex,
					   netdevice_tracker *tracker)
{
	struct net_device *dev, *next = NULL;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev)
		if (fl_dev_is(dev) && dev->ifindex > ifindex &&
		    (!next || dev->ifindex < next->ifindex))
			next = dev;
	netdev_hold(next, tracker, GFP_ATOMIC);
	rcu_read_unlock();
	return next;
}

/* Moves to the next device. Returns false if there is none. */
static bool fl_dump_next(struct net *net, struct fl_cursor *cur)
{
	netdevice_tracker tracker;
	struct net_device *dev;
	u32 ifindex = U32_MAX;

	if (cur->only) {
		if (!cur->ifindex)
			ifindex = cur->only;
	} else {
		dev = fl_dump_next_dev(net, cur->ifindex, &tracker);
		if (dev)
			ifindex = dev->ifindex;
		netdev_put(dev, &tracker);
	}
	cur->ifindex = ifindex;
	cur->bucket = 0;
	cur->skip = 0;
	cur->part = 0;
	return ifindex != U32_MAX;
}

static int fl_dump_dev_table(struct sk_buff *skb, struct netlink_callback *cb,
			     fl_table_fn table, fl_dump_fn put)
{
	struct fl_cursor *cur = fl_cursor(cb);
	netdevice_tracker tracker;
	struct net_device *dev;
	struct fl_dev *fl;
	int err = -ENODEV;
	u32 seq;

	if (!cur->ifindex || cur->ifindex == U32_MAX)
		return 0;
	dev = netdev_get_by_index(sock_net(cb->skb->sk), cur->ifindex, &tracker,
				  GFP_KERNEL);
	fl = dev && fl_dev_is(dev) ? netdev_priv(dev) : NULL;
	if (fl && fl_genl_lock_dev(fl)) {
		err = fl_dump_table(skb, cb, fl, table(fl, &seq), put);
		mutex_unlock(&fl->lock);
	}
	netdev_put(dev, &tracker);
	/* In a dump of all devices, one that is gone is skipped. */
	return err == -ENODEV && !cur->only ? 0 : err;
}

static int fl_dump(struct sk_buff *skb, struct netlink_callback *cb,
		   fl_table_fn table, fl_dump_fn put)
{
	struct net *net = sock_net(cb->skb->sk);
	struct fl_cursor *cur = fl_cursor(cb);
	int err;

	err = cur->started ? 0 : fl_dump_start(cb);
	if (err)
		return err;
	cb->seq = fl_dump_seq(net, cur, table);
	do {
		err = fl_dump_dev_table(skb, cb, table, put);
	} while (!err && cur->ifindex != U32_MAX && fl_dump_next(net, cur));
	return err && !skb->len ? err : skb->len;
}

static struct rhashtable *fl_dump_lease_table(struct fl_dev *fl, u32 *seq)
{
	*seq = atomic_read(&fl->leases.seq);
	return &fl->leases.ht;
}

static int fl_dump_lease(struct sk_buff *skb, struct netlink_callback *cb,
			 struct fl_dev *fl, void *obj, struct fl_cursor *cur)
{
	void *hdr = fl_dump_begin(skb, cb, fl, FLANNEL_CMD_LEASE_GET);

	if (!hdr)
		return -EMSGSIZE;
	return fl_dump_end(skb, hdr, fl_genl_fill_lease(skb, obj));
}

/**
 * fl_nl_lease_get_dumpit - dump the leases of a device
 * @skb: message to fill
 * @cb: dump
 *
 * Return: bytes filled, 0 at the end, or a negative error.
 * Context: process.
 */
int fl_nl_lease_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return fl_dump(skb, cb, fl_dump_lease_table, fl_dump_lease);
}

static struct rhashtable *fl_dump_fdb_table(struct fl_dev *fl, u32 *seq)
{
	*seq = atomic_read(&fl->fdb.seq);
	return &fl->fdb.ht;
}

static int fl_dump_fdb(struct sk_buff *skb, struct netlink_callback *cb,
		       struct fl_dev *fl, void *obj, struct fl_cursor *cur)
{
	const struct fl_fdb *fdb = obj;
	const struct fl_remote *remote;
	u32 n = 0;
	void *hdr;
	int err;

	list_for_each_entry_rcu(remote, &fdb->remotes, list) {
		if (n++ < cur->part)
			continue;
		hdr = fl_dump_begin(skb, cb, fl, FLANNEL_CMD_FDB_GET);
		if (!hdr)
			return -EMSGSIZE;
		err = fl_dump_end(skb, hdr,
				  fl_genl_fill_fdb(skb, fl, fdb, remote));
		if (err)
			return err;
		cur->part++;
	}
	return 0;
}

/**
 * fl_nl_fdb_get_dumpit - dump the FDB of a device
 * @skb: message to fill
 * @cb: dump
 *
 * Return: bytes filled, 0 at the end, or a negative error.
 * Context: process.
 */
int fl_nl_fdb_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return fl_dump(skb, cb, fl_dump_fdb_table, fl_dump_fdb);
}

static struct rhashtable *fl_dump_miss_table(struct fl_dev *fl, u32 *seq)
{
	*seq = atomic_read(&fl->miss.changes);
	return &fl->miss.ht;
}

static int fl_dump_miss(struct sk_buff *skb, struct netlink_callback *cb,
			struct fl_dev *fl, void *obj, struct fl_cursor *cur)
{
	void *hdr = fl_dump_begin(skb, cb, fl, FLANNEL_CMD_MISS_GET);
	int err;

	if (!hdr)
		return -EMSGSIZE;
	spin_lock_bh(&fl->miss.lock);
	err = fl_genl_fill_miss(skb, obj);
	spin_unlock_bh(&fl->miss.lock);
	return fl_dump_end(skb, hdr, err);
}

/**
 * fl_nl_miss_get_dumpit - dump the misses of a device
 * @skb: message to fill
 * @cb: dump
 *
 * Return: bytes filled, 0 at the end, or a negative error.
 * Context: process.
 */
int fl_nl_miss_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return fl_dump(skb, cb, fl_dump_miss_table, fl_dump_miss);
}

static int fl_dump_dev(struct sk_buff *skb, struct netlink_callback *cb,
		       struct fl_dev *fl)
{
	void *hdr;
	int err;

	/* Skip a device that is being deleted. */
	if (!fl_genl_lock_dev(fl))
		return 0;
	hdr = fl_dump_begin(skb, cb, fl, FLANNEL_CMD_DEV_GET);
	err = hdr ? fl_dump_end(skb, hdr, fl_genl_fill_dev(skb, fl)) : -EMSGSIZE;
	mutex_unlock(&fl->lock);
	return err;
}

/**
 * fl_nl_dev_get_dumpit - dump the devices of a namespace
 * @skb: message to fill
 * @cb: dump
 *
 * Return: bytes filled, 0 at the end, or a negative error.
 * Context: process.
 */
int fl_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(cb->skb->sk);
	struct fl_cursor *cur = fl_cursor(cb);
	netdevice_tracker tracker;
	struct net_device *dev;
	int err = 0;

	err = cur->started ? 0 : fl_dump_start(cb);
	cb->seq = READ_ONCE(net->dev_base_seq);
	while (!err && (dev = fl_dump_next_dev(net, cur->ifindex, &tracker))) {
		if (!cur->only || cur->only == dev->ifindex)
			err = fl_dump_dev(skb, cb, netdev_priv(dev));
		if (!err)
			cur->ifindex = dev->ifindex;
		netdev_put(dev, &tracker);
	}
	return err && !skb->len ? err : skb->len;
}
