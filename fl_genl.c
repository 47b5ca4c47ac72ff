// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "flannel": commands and events. Attributes are
 * read in fl_genl_parse.c, written in fl_genl_fill.c, dumped in fl_genl_dump.c.
 */
#include <linux/module.h>

#include <flannel/answer.h>
#include <flannel/genl.h>
#include <flannel/genl_priv.h>

/* Devices ----------------------------------------------------------------- */

/**
 * fl_genl_get_dev - the device that a message is about
 * @net: namespace of the sender
 * @attrs: its attributes
 * @tracker: tracks the reference
 * @extack: extended ack for error messages
 *
 * Return: the device, or an error pointer. Release it with
 * fl_genl_put_dev().
 * Context: process.
 */
struct fl_dev *fl_genl_get_dev(struct net *net, struct nlattr *attrs[],
			       netdevice_tracker *tracker,
			       struct netlink_ext_ack *extack)
{
	struct nlattr *index = attrs[FLANNEL_A_IFINDEX];
	struct nlattr *name = attrs[FLANNEL_A_IFNAME];
	struct net_device *dev;

	if (!index && !name) {
		NL_SET_ERR_MSG(extack, "ifindex or ifname of the device is missing");
		return ERR_PTR(-EINVAL);
	}
	dev = index ? netdev_get_by_index(net, nla_get_u32(index), tracker,
					  GFP_KERNEL) :
		      netdev_get_by_name(net, nla_data(name), tracker,
					 GFP_KERNEL);
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(extack, index ?: name, "ifindex or ifname: no such device in this namespace");
		return ERR_PTR(-ENODEV);
	}
	if (name && strcmp(dev->name, nla_data(name))) {
		NL_SET_ERR_MSG_ATTR(extack, name, "the device with this ifindex has another ifname");
		netdev_put(dev, tracker);
		return ERR_PTR(-EINVAL);
	}
	if (!fl_dev_is(dev)) {
		NL_SET_ERR_MSG_ATTR(extack, index ?: name, "the device is not of type flannel");
		netdev_put(dev, tracker);
		return ERR_PTR(-EOPNOTSUPP);
	}
	return netdev_priv(dev);
}

/**
 * fl_genl_put_dev - release the reference to a device
 * @fl: device
 * @tracker: tracks the reference
 *
 * Context: any.
 */
void fl_genl_put_dev(struct fl_dev *fl, netdevice_tracker *tracker)
{
	netdev_put(fl->dev, tracker);
}

/**
 * fl_genl_lock_dev - take the lock of a device, unless it is being deleted
 * @fl: device, referenced
 *
 * Return: the device, or NULL without the lock.
 * Context: process.
 */
struct fl_dev *fl_genl_lock_dev(struct fl_dev *fl)
{
	mutex_lock(&fl->lock);
	if (!fl->gone)
		return fl;
	mutex_unlock(&fl->lock);
	return NULL;
}

/* A command's view of the request, with the device's lock held. */
struct fl_genl_do {
	struct fl_dev		*fl;
	struct genl_info	*info;
	u16			nlflags;
	u32			generation;
};

typedef int (*fl_genl_fn)(struct fl_genl_do *todo);

static int fl_genl_with_dev(struct genl_info *info, fl_genl_fn fn)
{
	struct nlattr *generation = info->attrs[FLANNEL_A_GENERATION];
	struct nlattr *flags = info->attrs[FLANNEL_A_FLAGS];
	struct fl_genl_do todo = {
		.info		= info,
		.nlflags	= flags ? nla_get_u32(flags) : 0,
		.generation	= generation ? nla_get_u32(generation) : 0,
	};
	netdevice_tracker tracker;
	struct fl_dev *fl;
	int err = -ENODEV;

	fl = fl_genl_get_dev(genl_info_net(info), info->attrs, &tracker,
			     info->extack);
	if (IS_ERR(fl))
		return PTR_ERR(fl);
	todo.fl = fl;
	if (fl_genl_lock_dev(fl)) {
		err = fn(&todo);
		mutex_unlock(&fl->lock);
	} else {
		NL_SET_ERR_MSG(info->extack, "the device is being deleted");
	}
	fl_genl_put_dev(fl, &tracker);
	return err;
}

/* Batches ----------------------------------------------------------------- */

typedef int (*fl_genl_entry_fn)(struct fl_genl_do *todo,
				const struct nlattr *nla);

static void fl_genl_refused(struct netlink_ext_ack *extack,
			    const struct nlattr *nla, u32 index)
{
	if (!extack)
		return;
	if (!extack->bad_attr)
		NL_SET_BAD_ATTR(extack, nla);
	memcpy(extack->cookie, &index, sizeof(index));
	extack->cookie_len = sizeof(index);
}

/* Calls @fns[type] for each entry of the message, in order. */
static int fl_genl_each(struct fl_genl_do *todo,
			const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1],
			const char *none)
{
	u32 index[FLANNEL_A_MAX + 1] = {};
	const struct nlattr *nla;
	bool any = false;
	int err, rem, type;

	nlmsg_for_each_attr(nla, todo->info->nlhdr, GENL_HDRLEN, rem) {
		type = nla_type(nla);
		if (type > FLANNEL_A_MAX || !fns[type])
			continue;
		any = true;
		err = fns[type](todo, nla);
		if (err) {
			fl_genl_refused(todo->info->extack, nla, index[type]);
			return err;
		}
		index[type]++;
		cond_resched();
	}
	if (any)
		return 0;
	todo->info->extack->_msg = none;
	return -EINVAL;
}

/* Replies ----------------------------------------------------------------- */

static struct sk_buff *fl_genl_reply_new(struct fl_genl_do *todo, size_t size,
					 void **hdr)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, todo->info, &fl_genl_family, 0,
				 todo->info->genlhdr->cmd);
	if (*hdr &&
	    !nla_put_u32(skb, FLANNEL_A_IFINDEX, todo->fl->dev->ifindex) &&
	    !nla_put_string(skb, FLANNEL_A_IFNAME, todo->fl->dev->name))
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static int fl_genl_reply_send(struct fl_genl_do *todo, struct sk_buff *skb,
			      void *hdr, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, todo->info);
}

/* Device commands --------------------------------------------------------- */

static int fl_genl_dev_get(struct fl_genl_do *todo)
{
	struct sk_buff *skb;
	void *hdr;

	skb = fl_genl_reply_new(todo, NLMSG_GOODSIZE, &hdr);
	if (!skb)
		return -ENOMEM;
	return fl_genl_reply_send(todo, skb, hdr,
				  fl_genl_fill_dev(skb, todo->fl));
}

static int fl_genl_do_dev_get(struct sk_buff *skb, struct genl_info *info)
{
	return fl_genl_with_dev(info, fl_genl_dev_get);
}

/* Lease commands ---------------------------------------------------------- */

static int fl_genl_lease_set_one(struct fl_genl_do *todo,
				 const struct nlattr *nla)
{
	struct fl_lease_spec spec;
	int err;

	err = fl_genl_parse_lease(nla, todo->generation, &spec,
				  todo->info->extack);
	return err ?: fl_answer_lease(todo->fl, &spec, todo->nlflags,
				      todo->info->extack);
}

static int fl_genl_lease_set(struct fl_genl_do *todo)
{
	static const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1] = {
		[FLANNEL_A_LEASE] = fl_genl_lease_set_one,
	};

	return fl_genl_each(todo, fns, "lease is missing");
}

static int fl_genl_do_lease_set(struct sk_buff *skb, struct genl_info *info)
{
	return fl_genl_with_dev(info, fl_genl_lease_set);
}

static int fl_genl_lease_del_one(struct fl_genl_do *todo,
				 const struct nlattr *nla)
{
	struct netlink_ext_ack *extack = todo->info->extack;
	struct fl_prefix prefix;
	bool exact;
	int err;

	err = fl_genl_parse_prefix(nla, &prefix, &exact, extack);
	if (err)
		return err;
	if (!exact) {
		NL_SET_ERR_MSG_ATTR(extack, nla, "prefix-len of the subnet is missing");
		return -EINVAL;
	}
	err = fl_lease_del(todo->fl, &prefix);
	if (err)
		NL_SET_ERR_MSG_ATTR(extack, nla, "there is no lease of this subnet");
	return err;
}

static int fl_genl_lease_del(struct fl_genl_do *todo)
{
	static const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1] = {
		[FLANNEL_A_LEASE] = fl_genl_lease_del_one,
	};

	return fl_genl_each(todo, fns, "lease is missing");
}

static int fl_genl_do_lease_del(struct sk_buff *skb, struct genl_info *info)
{
	return fl_genl_with_dev(info, fl_genl_lease_del);
}

static struct fl_lease *fl_genl_lease_find(struct fl_genl_do *todo,
					   const struct nlattr *nla)
{
	struct fl_prefix prefix;
	struct fl_addr addr;
	bool exact;
	int err;

	err = fl_genl_parse_prefix(nla, &prefix, &exact, todo->info->extack);
	if (err)
		return ERR_PTR(err);
	if (exact)
		return fl_lease_find(todo->fl, &prefix);
	addr.family = prefix.family;
	addr.ip = prefix.ip;
	return fl_lease_lookup(todo->fl, &addr);
}

static int fl_genl_lease_get(struct fl_genl_do *todo)
{
	struct nlattr *nla = todo->info->attrs[FLANNEL_A_LEASE];
	struct fl_lease *lease;
	struct sk_buff *skb;
	void *hdr;
	int err;

	if (GENL_REQ_ATTR_CHECK(todo->info, FLANNEL_A_LEASE)) {
		NL_SET_ERR_MSG(todo->info->extack, "lease, the subnet or address to look up, is missing");
		return -EINVAL;
	}
	skb = fl_genl_reply_new(todo, NLMSG_DEFAULT_SIZE, &hdr);
	if (!skb)
		return -ENOMEM;
	rcu_read_lock();
	lease = fl_genl_lease_find(todo, nla);
	if (lease) {
		err = PTR_ERR_OR_ZERO(lease) ?: fl_genl_fill_lease(skb, lease);
	} else {
		NL_SET_ERR_MSG_ATTR(todo->info->extack, nla, "there is no lease of this subnet");
		err = -ENOENT;
	}
	rcu_read_unlock();
	return fl_genl_reply_send(todo, skb, hdr, err);
}

static int fl_genl_do_lease_get(struct sk_buff *skb, struct genl_info *info)
{
	return fl_genl_with_dev(info, fl_genl_lease_get);
}

static int fl_genl_lease_flush(struct fl_genl_do *todo)
{
	fl_lease_flush(todo->fl, todo->info->attrs[FLANNEL_A_GENERATION] ?
				 &todo->generation : NULL);
	return 0;
}

static int fl_genl_do_lease_flush(struct sk_buff *skb, struct genl_info *info)
{
	return fl_genl_with_dev(info, fl_genl_lease_flush);
}

/* FDB commands ------------------------------------------------------------ */

/* If the request does not say otherwise, a unicast MAC moves to the remote, and the
 * flood list gains it.
 */
static u16 fl_genl_fdb_flags(u16 nlflags, const struct fl_fdb_spec *spec)
{
	const u16 words = NLM_F_CREATE | NLM_F_EXCL | NLM_F_REPLACE |
			  NLM_F_APPEND;

	if (nlflags & words)
		return nlflags;
	if (is_zero_ether_addr(spec->mac) || is_multicast_ether_addr(spec->mac))
		return NLM_F_CREATE | NLM_F_APPEND;
	return NLM_F_CREATE | NLM_F_REPLACE;
}

static int fl_genl_fdb_set_one(struct fl_genl_do *todo,
			       const struct nlattr *nla)
{
	struct netlink_ext_ack *extack = todo->info->extack;
	struct fl_fdb_spec spec;
	int err;

	err = fl_genl_parse_fdb(todo->fl, nla, true, &spec, extack);
	return err ?: fl_answer_fdb(todo->fl, &spec,
				    fl_genl_fdb_flags(todo->nlflags, &spec),
				    extack);
}

static int fl_genl_fdb_set(struct fl_genl_do *todo)
{
	static const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1] = {
		[FLANNEL_A_FDB] = fl_genl_fdb_set_one,
	};

	return fl_genl_each(todo, fns, "fdb is missing");
}

static int fl_genl_do_fdb_set(struct sk_buff *skb, struct genl_info *info)
{
	return fl_genl_with_dev(info, fl_genl_fdb_set);
}

static int fl_genl_fdb_del_one(struct fl_genl_do *todo,
			       const struct nlattr *nla)
{
	struct netlink_ext_ack *extack = todo->info->extack;
	struct fl_fdb_spec spec;
	int err;

	err = fl_genl_parse_fdb(todo->fl, nla, false, &spec, extack);
	return err ?: fl_fdb_del(todo->fl, &spec, extack);
}

static int fl_genl_fdb_del(struct fl_genl_do *todo)
{
	static const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1] = {
		[FLANNEL_A_FDB] = fl_genl_fdb_del_one,
	};

	return fl_genl_each(todo, fns, "fdb is missing");
}

static int fl_genl_do_fdb_del(struct sk_buff *skb, struct genl_info *info)
{
	return fl_genl_with_dev(info, fl_genl_fdb_del);
}

static int fl_genl_put_remotes(struct sk_buff *skb, const struct fl_dev *fl,
			       const struct fl_fdb *fdb)
{
	const struct fl_remote *remote;
	int err = 0;

	list_for_each_entry_rcu(remote, &fdb->remotes, list) {
		err = fl_genl_fill_fdb(skb, fl, fdb, remote);
		if (err)
			break;
	}
	return err;
}

/* Limit on the size of the remotes of one entry in a reply: larger ones need a dump. */
#define FL_GENL_FDB_MOST	SZ_1M

static int fl_genl_fdb_reply(struct fl_genl_do *todo, const u8 *mac,
			     size_t size)
{
	struct sk_buff *skb;
	struct fl_fdb *fdb;
	void *hdr;
	int err;

	skb = fl_genl_reply_new(todo, size, &hdr);
	if (!skb)
		return -ENOMEM;
	rcu_read_lock();
	fdb = fl_fdb_find(todo->fl, mac);
	err = fdb ? fl_genl_put_remotes(skb, todo->fl, fdb) : -ENOENT;
	rcu_read_unlock();
	return fl_genl_reply_send(todo, skb, hdr, err);
}

static int fl_genl_fdb_get(struct fl_genl_do *todo)
{
	struct netlink_ext_ack *extack = todo->info->extack;
	struct nlattr *nla = todo->info->attrs[FLANNEL_A_FDB];
	size_t size = NLMSG_GOODSIZE;
	struct fl_fdb_spec spec;
	int err;

	if (GENL_REQ_ATTR_CHECK(todo->info, FLANNEL_A_FDB)) {
		NL_SET_ERR_MSG(extack, "fdb, the MAC to look up, is missing");
		return -EINVAL;
	}
	err = fl_genl_parse_fdb(todo->fl, nla, false, &spec, extack);
	if (err)
		return err;
	do {
		err = fl_genl_fdb_reply(todo, spec.mac, size);
		size *= 2;
	} while (err == -EMSGSIZE && size <= FL_GENL_FDB_MOST);
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(extack, nla, "there is no FDB entry for this mac");
	else if (err == -EMSGSIZE)
		NL_SET_ERR_MSG_ATTR(extack, nla, "the entry of this mac has more remotes than fit in a message, dump the FDB instead");
	return err;
}

static int fl_genl_do_fdb_get(struct sk_buff *skb, struct genl_info *info)
{
	return fl_genl_with_dev(info, fl_genl_fdb_get);
}

static int fl_genl_fdb_flush(struct fl_genl_do *todo)
{
	const struct fl_fdb_filter all = {};

	fl_fdb_flush(todo->fl, &all);
	return 0;
}

static int fl_genl_do_fdb_flush(struct sk_buff *skb, struct genl_info *info)
{
	return fl_genl_with_dev(info, fl_genl_fdb_flush);
}

/* Answers ----------------------------------------------------------------- */

static int fl_genl_answer_none(struct fl_genl_do *todo,
			       const struct nlattr *nla)
{
	struct fl_miss_spec spec;
	int err;

	err = fl_genl_parse_miss(nla, &spec, todo->info->extack);
	if (err)
		return err;
	/* An answer to a miss that is gone is late, not wrong. */
	if (spec.kind == FLANNEL_MISS_L2)
		fl_answer_no_mac(todo->fl, spec.mac);
	else
		fl_answer_no_subnet(todo->fl, spec.kind, &spec.addr);
	return 0;
}

static int fl_genl_miss_answer(struct fl_genl_do *todo)
{
	static const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1] = {
		[FLANNEL_A_LEASE]	= fl_genl_lease_set_one,
		[FLANNEL_A_FDB]		= fl_genl_fdb_set_one,
		[FLANNEL_A_MISS]	= fl_genl_answer_none,
	};

	return fl_genl_each(todo, fns, "lease, fdb or miss, the answer, is missing");
}

static int fl_genl_do_miss_answer(struct sk_buff *skb, struct genl_info *info)
{
	return fl_genl_with_dev(info, fl_genl_miss_answer);
}

/* The family -------------------------------------------------------------- */

#define FL_GENL_OP(id, attrs)					\
	.cmd		= FLANNEL_CMD_##id,			\
	.policy		= fl_genl_##attrs##_policy,		\
	.maxattr	= FLANNEL_A_MAX,			\
	.flags		= GENL_UNS_ADMIN_PERM

static const struct genl_ops fl_genl_ops[] = {
	{
		FL_GENL_OP(DEV_GET, dev),
		.doit	= fl_genl_do_dev_get,
		.dumpit	= fl_genl_dump_devs,
	}, {
		FL_GENL_OP(LEASE_SET, lease_set),
		.doit	= fl_genl_do_lease_set,
	}, {
		FL_GENL_OP(LEASE_DEL, lease_one),
		.doit	= fl_genl_do_lease_del,
	}, {
		FL_GENL_OP(LEASE_GET, lease_one),
		.doit	= fl_genl_do_lease_get,
		.dumpit	= fl_genl_dump_leases,
	}, {
		FL_GENL_OP(LEASE_FLUSH, lease_flush),
		.doit	= fl_genl_do_lease_flush,
	}, {
		FL_GENL_OP(FDB_SET, fdb_set),
		.doit	= fl_genl_do_fdb_set,
	}, {
		FL_GENL_OP(FDB_DEL, fdb_one),
		.doit	= fl_genl_do_fdb_del,
	}, {
		FL_GENL_OP(FDB_GET, fdb_one),
		.doit	= fl_genl_do_fdb_get,
		.dumpit	= fl_genl_dump_fdb,
	}, {
		FL_GENL_OP(FDB_FLUSH, dev),
		.doit	= fl_genl_do_fdb_flush,
	}, {
		FL_GENL_OP(MISS_GET, dev),
		.dumpit	= fl_genl_dump_misses,
	}, {
		FL_GENL_OP(MISS_ANSWER, answer),
		.doit	= fl_genl_do_miss_answer,
	},
};

static const struct genl_multicast_group fl_genl_groups[] = {
	[FL_GENL_GROUP_MISS] = {
		.name	= FLANNEL_GENL_MCGRP_MISS,
		.flags	= GENL_MCAST_CAP_NET_ADMIN,
	},
	[FL_GENL_GROUP_CHANGE] = {
		.name	= FLANNEL_GENL_MCGRP_CHANGE,
		.flags	= GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family fl_genl_family __ro_after_init = {
	.name		= FLANNEL_GENL_NAME,
	.version	= FLANNEL_GENL_VERSION,
	.module		= THIS_MODULE,
	.netnsok	= true,
	.parallel_ops	= true,
	.ops		= fl_genl_ops,
	.n_ops		= ARRAY_SIZE(fl_genl_ops),
	.resv_start_op	= FLANNEL_CMD_UNSPEC + 1,
	.mcgrps		= fl_genl_groups,
	.n_mcgrps	= ARRAY_SIZE(fl_genl_groups),
};

/**
 * fl_genl_init - register the family
 *
 * Return: 0 or a negative error.
 * Context: process.
 */
int __init fl_genl_init(void)
{
	return genl_register_family(&fl_genl_family);
}

/**
 * fl_genl_exit - unregister the family
 *
 * Context: process.
 */
void fl_genl_exit(void)
{
	genl_unregister_family(&fl_genl_family);
}
