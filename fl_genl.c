// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "flannel": commands and events. Attributes are
 * read in fl_genl_parse.c, written in fl_genl_fill.c, dumped in fl_genl_dump.c.
 */
#include <linux/module.h>

#include <flannel/answer.h>
#include <flannel/genl.h>
#include <flannel/genl_priv.h>

#include "fl_genl_gen.h"

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

/* While a command runs info->user_ptr[] has its device. */
static netdevice_tracker *fl_genl_tracker(struct genl_info *info)
{
	BUILD_BUG_ON(sizeof(netdevice_tracker) > sizeof(info->user_ptr[1]));
	return (netdevice_tracker *)&info->user_ptr[1];
}

static struct fl_dev *fl_genl_dev(const struct genl_info *info)
{
	return info->user_ptr[0];
}

/* Before a command: takes the device, and its lock. */
static int fl_genl_pre_doit(const struct genl_split_ops *ops,
			    struct sk_buff *skb, struct genl_info *info)
{
	netdevice_tracker *tracker = fl_genl_tracker(info);
	struct fl_dev *fl;

	fl = fl_genl_get_dev(genl_info_net(info), info->attrs, tracker,
			     info->extack);
	if (IS_ERR(fl))
		return PTR_ERR(fl);
	if (!fl_genl_lock_dev(fl)) {
		NL_SET_ERR_MSG(info->extack, "the device is being deleted");
		fl_genl_put_dev(fl, tracker);
		return -ENODEV;
	}
	info->user_ptr[0] = fl;
	return 0;
}

/* After a command: gives back what fl_genl_pre_doit() took. */
static void fl_genl_post_doit(const struct genl_split_ops *ops,
			      struct sk_buff *skb, struct genl_info *info)
{
	struct fl_dev *fl = fl_genl_dev(info);

	mutex_unlock(&fl->lock);
	fl_genl_put_dev(fl, fl_genl_tracker(info));
}

/* 0 if the attribute is missing. The policy of the command must have it: attrs[]
 * ends with the last attribute of the policy.
 */
static u32 fl_genl_u32(const struct genl_info *info, enum flannel_attr type)
{
	const struct nlattr *nla = info->attrs[type];

	return nla ? nla_get_u32(nla) : 0;
}

/* Batches ----------------------------------------------------------------- */

typedef int (*fl_genl_entry_fn)(struct genl_info *info,
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
static int fl_genl_each(struct genl_info *info,
			const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1],
			const char *none)
{
	u32 index[FLANNEL_A_MAX + 1] = {};
	const struct nlattr *nla;
	bool any = false;
	int err, rem, type;

	nlmsg_for_each_attr(nla, info->nlhdr, GENL_HDRLEN, rem) {
		type = nla_type(nla);
		if (type > FLANNEL_A_MAX || !fns[type])
			continue;
		any = true;
		err = fns[type](info, nla);
		if (err) {
			fl_genl_refused(info->extack, nla, index[type]);
			return err;
		}
		index[type]++;
		cond_resched();
	}
	if (any)
		return 0;
	info->extack->_msg = none;
	return -EINVAL;
}

/* Replies ----------------------------------------------------------------- */

static struct sk_buff *fl_genl_reply_new(struct genl_info *info, size_t size,
					 void **hdr)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);
	const struct net_device *dev = fl_genl_dev(info)->dev;

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &fl_genl_family, 0,
				 info->genlhdr->cmd);
	if (*hdr &&
	    !nla_put_u32(skb, FLANNEL_A_IFINDEX, dev->ifindex) &&
	    !nla_put_string(skb, FLANNEL_A_IFNAME, dev->name))
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static int fl_genl_reply_send(struct genl_info *info, struct sk_buff *skb,
			      void *hdr, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/* Device commands --------------------------------------------------------- */

/**
 * fl_nl_dev_get_doit - settings and counters of a device
 * @skb: message
 * @info: what it says, and the device
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock is held.
 */
int fl_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *hdr;

	reply = fl_genl_reply_new(info, NLMSG_GOODSIZE, &hdr);
	if (!reply)
		return -ENOMEM;
	return fl_genl_reply_send(info, reply, hdr,
				  fl_genl_fill_dev(reply, fl_genl_dev(info)));
}

/* Lease commands ---------------------------------------------------------- */

static int fl_genl_lease_set_one(struct genl_info *info,
				 const struct nlattr *nla)
{
	struct fl_lease_spec spec;
	int err;

	err = fl_genl_parse_lease(nla, fl_genl_u32(info, FLANNEL_A_GENERATION),
				  &spec, info->extack);
	return err ?: fl_answer_lease(fl_genl_dev(info), &spec,
				      fl_genl_u32(info, FLANNEL_A_FLAGS),
				      info->extack);
}

/**
 * fl_nl_lease_set_doit - install leases
 * @skb: message
 * @info: what it says, and the device
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock is held.
 */
int fl_nl_lease_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	static const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1] = {
		[FLANNEL_A_LEASE] = fl_genl_lease_set_one,
	};

	return fl_genl_each(info, fns, "lease is missing");
}

static int fl_genl_lease_del_one(struct genl_info *info,
				 const struct nlattr *nla)
{
	struct netlink_ext_ack *extack = info->extack;
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
	err = fl_lease_del(fl_genl_dev(info), &prefix);
	if (err)
		NL_SET_ERR_MSG_ATTR(extack, nla, "there is no lease of this subnet");
	return err;
}

/**
 * fl_nl_lease_del_doit - withdraw leases
 * @skb: message
 * @info: what it says, and the device
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock is held.
 */
int fl_nl_lease_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	static const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1] = {
		[FLANNEL_A_LEASE] = fl_genl_lease_del_one,
	};

	return fl_genl_each(info, fns, "lease is missing");
}

static struct fl_lease *fl_genl_lease_find(struct genl_info *info,
					   const struct nlattr *nla)
{
	struct fl_prefix prefix;
	struct fl_addr addr;
	bool exact;
	int err;

	err = fl_genl_parse_prefix(nla, &prefix, &exact, info->extack);
	if (err)
		return ERR_PTR(err);
	if (exact)
		return fl_lease_find(fl_genl_dev(info), &prefix);
	addr.family = prefix.family;
	addr.ip = prefix.ip;
	return fl_lease_lookup(fl_genl_dev(info), &addr);
}

/**
 * fl_nl_lease_get_doit - the lease of a subnet or an inner address
 * @skb: message
 * @info: what it says, and the device
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock is held.
 */
int fl_nl_lease_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *nla = info->attrs[FLANNEL_A_LEASE];
	struct fl_lease *lease;
	struct sk_buff *reply;
	void *hdr;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, FLANNEL_A_LEASE)) {
		NL_SET_ERR_MSG(info->extack, "lease, the subnet or address to look up, is missing");
		return -EINVAL;
	}
	reply = fl_genl_reply_new(info, NLMSG_DEFAULT_SIZE, &hdr);
	if (!reply)
		return -ENOMEM;
	rcu_read_lock();
	lease = fl_genl_lease_find(info, nla);
	if (lease) {
		err = PTR_ERR_OR_ZERO(lease) ?: fl_genl_fill_lease(reply, lease);
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack, nla, "there is no lease of this subnet");
		err = -ENOENT;
	}
	rcu_read_unlock();
	return fl_genl_reply_send(info, reply, hdr, err);
}

/**
 * fl_nl_lease_flush_doit - withdraw all leases, or all but those of a generation
 * @skb: message
 * @info: what it says, and the device
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock is held.
 */
int fl_nl_lease_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 generation = fl_genl_u32(info, FLANNEL_A_GENERATION);

	fl_lease_flush(fl_genl_dev(info), info->attrs[FLANNEL_A_GENERATION] ?
					  &generation : NULL);
	return 0;
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

static int fl_genl_fdb_set_one(struct genl_info *info,
			       const struct nlattr *nla)
{
	u16 nlflags = fl_genl_u32(info, FLANNEL_A_FLAGS);
	struct netlink_ext_ack *extack = info->extack;
	struct fl_dev *fl = fl_genl_dev(info);
	struct fl_fdb_spec spec;
	int err;

	err = fl_genl_parse_fdb(fl, nla, true, &spec, extack);
	return err ?: fl_answer_fdb(fl, &spec,
				    fl_genl_fdb_flags(nlflags, &spec), extack);
}

/**
 * fl_nl_fdb_set_doit - install FDB entries
 * @skb: message
 * @info: what it says, and the device
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock is held.
 */
int fl_nl_fdb_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	static const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1] = {
		[FLANNEL_A_FDB] = fl_genl_fdb_set_one,
	};

	return fl_genl_each(info, fns, "fdb is missing");
}

static int fl_genl_fdb_del_one(struct genl_info *info,
			       const struct nlattr *nla)
{
	struct netlink_ext_ack *extack = info->extack;
	struct fl_dev *fl = fl_genl_dev(info);
	struct fl_fdb_spec spec;
	int err;

	err = fl_genl_parse_fdb(fl, nla, false, &spec, extack);
	return err ?: fl_fdb_del(fl, &spec, extack);
}

/**
 * fl_nl_fdb_del_doit - remove FDB entries
 * @skb: message
 * @info: what it says, and the device
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock is held.
 */
int fl_nl_fdb_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	static const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1] = {
		[FLANNEL_A_FDB] = fl_genl_fdb_del_one,
	};

	return fl_genl_each(info, fns, "fdb is missing");
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

static int fl_genl_fdb_reply(struct genl_info *info, const u8 *mac,
			     size_t size)
{
	struct fl_dev *fl = fl_genl_dev(info);
	struct sk_buff *skb;
	struct fl_fdb *fdb;
	void *hdr;
	int err;

	skb = fl_genl_reply_new(info, size, &hdr);
	if (!skb)
		return -ENOMEM;
	rcu_read_lock();
	fdb = fl_fdb_find(fl, mac);
	err = fdb ? fl_genl_put_remotes(skb, fl, fdb) : -ENOENT;
	rcu_read_unlock();
	return fl_genl_reply_send(info, skb, hdr, err);
}

/**
 * fl_nl_fdb_get_doit - the FDB entry of a MAC
 * @skb: message
 * @info: what it says, and the device
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock is held.
 */
int fl_nl_fdb_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_ext_ack *extack = info->extack;
	struct nlattr *nla = info->attrs[FLANNEL_A_FDB];
	size_t size = NLMSG_GOODSIZE;
	struct fl_fdb_spec spec;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, FLANNEL_A_FDB)) {
		NL_SET_ERR_MSG(extack, "fdb, the MAC to look up, is missing");
		return -EINVAL;
	}
	err = fl_genl_parse_fdb(fl_genl_dev(info), nla, false, &spec, extack);
	if (err)
		return err;
	do {
		err = fl_genl_fdb_reply(info, spec.mac, size);
		size *= 2;
	} while (err == -EMSGSIZE && size <= FL_GENL_FDB_MOST);
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(extack, nla, "there is no FDB entry for this mac");
	else if (err == -EMSGSIZE)
		NL_SET_ERR_MSG_ATTR(extack, nla, "the entry of this mac has more remotes than fit in a message, dump the FDB instead");
	return err;
}

/**
 * fl_nl_fdb_flush_doit - remove all FDB entries
 * @skb: message
 * @info: what it says, and the device
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock is held.
 */
int fl_nl_fdb_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct fl_fdb_filter all = {};

	fl_fdb_flush(fl_genl_dev(info), &all);
	return 0;
}

/* Answers ----------------------------------------------------------------- */

static int fl_genl_answer_none(struct genl_info *info,
			       const struct nlattr *nla)
{
	struct fl_dev *fl = fl_genl_dev(info);
	struct fl_miss_spec spec;
	int err;

	err = fl_genl_parse_miss(nla, &spec, info->extack);
	if (err)
		return err;
	/* An answer to a miss that is gone is late, not wrong. */
	if (spec.kind == FLANNEL_MISS_L2)
		fl_answer_no_mac(fl, spec.mac);
	else
		fl_answer_no_subnet(fl, spec.kind, &spec.addr);
	return 0;
}

/**
 * fl_nl_miss_answer_doit - answer misses
 * @skb: message
 * @info: what it says, and the device
 *
 * Return: 0 or a negative error.
 * Context: process, the device's lock is held.
 */
int fl_nl_miss_answer_doit(struct sk_buff *skb, struct genl_info *info)
{
	static const fl_genl_entry_fn fns[FLANNEL_A_MAX + 1] = {
		[FLANNEL_A_LEASE]	= fl_genl_lease_set_one,
		[FLANNEL_A_FDB]		= fl_genl_fdb_set_one,
		[FLANNEL_A_MISS]	= fl_genl_answer_none,
	};

	return fl_genl_each(info, fns, "lease, fdb or miss, the answer, is missing");
}

/* The family. Its policies and operations are generated: fl_genl_gen.c ------ */

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
	.pre_doit	= fl_genl_pre_doit,
	.post_doit	= fl_genl_post_doit,
	.ops		= fl_nl_ops,
	.n_ops		= ARRAY_SIZE(fl_nl_ops),
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
