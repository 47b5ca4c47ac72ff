// SPDX-License-Identifier: GPL-2.0
/* The L2 table as seen by `bridge fdb`: changes, dumps and lookups. */
#include <linux/rculist.h>
#include <net/rtnetlink.h>

#include <flannel/answer.h>
#include <flannel/dev.h>
#include <flannel/fdb_rtnl.h>
#include <flannel/notify.h>

static int fl_fdb_rtnl_remote(struct fl_dev *fl, struct nlattr *tb[],
			      struct fl_fdb_spec *spec,
			      struct netlink_ext_ack *extack)
{
	if (tb[NDA_DST] && fl_nla_get_addr(&spec->remote, tb[NDA_DST])) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NDA_DST], "dst must be an IPv4 or IPv6 address");
		return -EAFNOSUPPORT;
	}
	if (tb[NDA_PORT]) {
		if (nla_len(tb[NDA_PORT]) != sizeof(__be16) ||
		    !nla_get_be16(tb[NDA_PORT])) {
			NL_SET_ERR_MSG_ATTR(extack, tb[NDA_PORT], "port must be a UDP port from 1 to 65535");
			return -EINVAL;
		}
		spec->port = nla_get_be16(tb[NDA_PORT]);
	}
	if (tb[NDA_VNI]) {
		if (nla_len(tb[NDA_VNI]) != sizeof(u32)) {
			NL_SET_ERR_MSG_ATTR(extack, tb[NDA_VNI], "vni must be a number of 4 bytes");
			return -EINVAL;
		}
		spec->vni = nla_get_u32(tb[NDA_VNI]);
	}
	if (tb[NDA_IFINDEX]) {
		if (nla_len(tb[NDA_IFINDEX]) != sizeof(u32)) {
			NL_SET_ERR_MSG_ATTR(extack, tb[NDA_IFINDEX], "via must be an ifindex of 4 bytes");
			return -EINVAL;
		}
		spec->ifindex = nla_get_u32(tb[NDA_IFINDEX]);
		if (!__dev_get_by_index(fl->net, spec->ifindex)) {
			NL_SET_ERR_MSG_ATTR(extack, tb[NDA_IFINDEX], "via: there is no such device in the namespace of the underlay");
			return -EADDRNOTAVAIL;
		}
	}
	return 0;
}

static int fl_fdb_rtnl_spec(struct fl_dev *fl, const struct fl_config *cfg,
			    const struct ndmsg *ndm, struct nlattr *tb[],
			    const u8 *mac, struct fl_fdb_spec *spec,
			    struct netlink_ext_ack *extack)
{
	int err;

	/* The VLAN is for a bridge above us: one request can create the entry in both.
	 */
	if (tb[NDA_SRC_VNI] || tb[NDA_NH_ID]) {
		NL_SET_ERR_MSG(extack, "src_vni and nhid are not supported: one device has one VNI, and remotes are given by dst");
		return -EOPNOTSUPP;
	}
	*spec = (struct fl_fdb_spec){
		.port	= cfg->port,
		.vni	= cfg->vni,
		.state	= ndm->ndm_state,
		.flags	= ndm->ndm_flags,
	};
	ether_addr_copy(spec->mac, mac);
	err = fl_fdb_rtnl_remote(fl, tb, spec, extack);
	/* A link-local address without an interface belongs to our own link. */
	if (!err && !spec->ifindex && spec->remote.family == AF_INET6 &&
	    (ipv6_addr_type(&spec->remote.ip.v6) & IPV6_ADDR_LINKLOCAL))
		spec->ifindex = cfg->link;
	return err;
}

/**
 * fl_fdb_rtnl_add - `bridge fdb add|append|replace`: ndo_fdb_add
 * @ndm: header of the request
 * @tb: its attributes
 * @dev: network device
 * @addr: MAC
 * @vid: VLAN
 * @flags: NLM_F_*
 * @notified: set to true: listeners are already notified
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_fdb_rtnl_add(struct ndmsg *ndm, struct nlattr *tb[],
		    struct net_device *dev, const unsigned char *addr,
		    u16 vid, u16 flags, bool *notified,
		    struct netlink_ext_ack *extack)
{
	struct fl_dev *fl = netdev_priv(dev);
	const struct fl_config *cfg = rtnl_dereference(fl->cfg);
	struct fl_fdb_spec spec;
	int err;

	*notified = true;
	if (!(ndm->ndm_state & (NUD_PERMANENT | NUD_REACHABLE))) {
		NL_SET_ERR_MSG(extack, "state: an FDB entry is either permanent or reachable");
		return -EINVAL;
	}
	if (!tb[NDA_DST]) {
		NL_SET_ERR_MSG(extack, "dst is missing: the outer address of the remote VTEP");
		return -EINVAL;
	}
	err = fl_fdb_rtnl_spec(fl, cfg, ndm, tb, addr, &spec, extack);
	if (!err)
		err = fl_fdb_check(fl, cfg, &spec, extack);
	return err ?: fl_answer_fdb(fl, &spec, flags, extack);
}

/**
 * fl_fdb_rtnl_del - `bridge fdb del`: ndo_fdb_del
 * @ndm: header of the request
 * @tb: its attributes
 * @dev: network device
 * @addr: MAC
 * @vid: VLAN
 * @notified: set to true: listeners are already notified
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_fdb_rtnl_del(struct ndmsg *ndm, struct nlattr *tb[],
		    struct net_device *dev, const unsigned char *addr,
		    u16 vid, bool *notified, struct netlink_ext_ack *extack)
{
	struct fl_dev *fl = netdev_priv(dev);
	const struct fl_config *cfg = rtnl_dereference(fl->cfg);
	struct fl_fdb_spec spec;
	int err;

	*notified = true;
	err = fl_fdb_rtnl_spec(fl, cfg, ndm, tb, addr, &spec, extack);
	return err ?: fl_fdb_del(fl, &spec, extack);
}

/**
 * fl_fdb_rtnl_flush - `bridge fdb flush`, parsed
 * @ndm: header of the request
 * @tb: its attributes
 * @dev: network device
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_fdb_rtnl_flush(const struct ndmsg *ndm, struct nlattr *tb[],
		      struct net_device *dev, struct netlink_ext_ack *extack)
{
	struct fl_fdb_filter filter = {};

	if (tb[NDA_VLAN] || tb[NDA_IFINDEX]) {
		NL_SET_ERR_MSG(extack, "FDB entries of a flannel device can be flushed by state and flags only");
		return -EOPNOTSUPP;
	}
	if (tb[NDA_NDM_STATE_MASK])
		filter.state_mask = nla_get_u16(tb[NDA_NDM_STATE_MASK]);
	if (tb[NDA_NDM_FLAGS_MASK])
		filter.flags_mask = nla_get_u8(tb[NDA_NDM_FLAGS_MASK]);
	filter.state = ndm->ndm_state & filter.state_mask;
	filter.flags = ndm->ndm_flags & filter.flags_mask;
	fl_fdb_flush(netdev_priv(dev), &filter);
	return 0;
}

static const struct nla_policy fl_fdb_rtnl_bulk_policy[NDA_MAX + 1] = {
	[NDA_VLAN]		= { .type = NLA_U16 },
	[NDA_IFINDEX]		= NLA_POLICY_MIN(NLA_S32, 1),
	[NDA_NDM_STATE_MASK]	= { .type = NLA_U16 },
	[NDA_NDM_FLAGS_MASK]	= { .type = NLA_U8 },
};

/**
 * fl_fdb_rtnl_del_bulk - `bridge fdb flush`: ndo_fdb_del_bulk
 * @nlh: the request
 * @dev: network device
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_fdb_rtnl_del_bulk(struct nlmsghdr *nlh, struct net_device *dev,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NDA_MAX + 1];
	int err;

	err = nlmsg_parse(nlh, sizeof(struct ndmsg), tb, NDA_MAX,
			  fl_fdb_rtnl_bulk_policy, extack);
	return err ?: fl_fdb_rtnl_flush(nlmsg_data(nlh), tb, dev, extack);
}

/**
 * fl_fdb_rtnl_dump - `bridge fdb show`: ndo_fdb_dump
 * @skb: message to fill
 * @cb: the dump
 * @dev: network device
 * @filter_dev: unused
 * @idx: entries seen so far
 *
 * Return: 0, or -EMSGSIZE when the message is full.
 * Context: process, RTNL held.
 */
int fl_fdb_rtnl_dump(struct sk_buff *skb, struct netlink_callback *cb,
		     struct net_device *dev, struct net_device *filter_dev,
		     int *idx)
{
	const struct ndo_fdb_dump_context *ctx = (void *)cb->ctx;
	struct fl_dev *fl = netdev_priv(dev);
	struct fl_remote *remote;
	struct fl_fdb *fdb;
	int err = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(fdb, &fl->fdb.list, list) {
		list_for_each_entry_rcu(remote, &fdb->remotes, list) {
			if (*idx >= ctx->fdb_idx)
				err = fl_notify_fill(skb, fl, fdb, remote,
						     NETLINK_CB(cb->skb).portid,
						     cb->nlh->nlmsg_seq,
						     RTM_NEWNEIGH, NLM_F_MULTI);
			if (err)
				goto unlock;
			(*idx)++;
		}
	}
unlock:
	rcu_read_unlock();
	return err;
}

/**
 * fl_fdb_rtnl_get - `bridge fdb get`: ndo_fdb_get
 * @skb: message to fill
 * @tb: attributes of the request
 * @dev: network device
 * @addr: MAC
 * @vid: VLAN
 * @portid: netlink port of the requester
 * @seq: number of the request
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_fdb_rtnl_get(struct sk_buff *skb, struct nlattr *tb[],
		    struct net_device *dev, const unsigned char *addr,
		    u16 vid, u32 portid, u32 seq,
		    struct netlink_ext_ack *extack)
{
	struct fl_dev *fl = netdev_priv(dev);
	struct fl_remote *remote = NULL;
	struct fl_fdb *fdb;
	int err = -ENOENT;

	rcu_read_lock();
	fdb = fl_fdb_find(fl, addr);
	if (fdb)
		remote = list_first_or_null_rcu(&fdb->remotes,
						struct fl_remote, list);
	if (remote)
		err = fl_notify_fill(skb, fl, fdb, remote, portid, seq,
				     RTM_NEWNEIGH, 0);
	else
		NL_SET_ERR_MSG(extack, "there is no FDB entry for this mac");
	rcu_read_unlock();
	return err;
}
