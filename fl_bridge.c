// SPDX-License-Identifier: GPL-2.0
/* What `bridge fdb` says to the L2 table, and hears of it. */
#include <linux/rculist.h>
#include <net/rtnetlink.h>

#include <flannel/bridge.h>
#include <flannel/dev.h>
#include <flannel/wire.h>

/**
 * fl_fdb_check - can an FDB entry say this?
 * @fl: device
 * @cfg: its options
 * @spec: what it shall say
 * @extack: where to say what was wrong
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

static int fl_bridge_remote(struct fl_dev *fl, struct nlattr *tb[],
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

static int fl_bridge_spec(struct fl_dev *fl, const struct fl_config *cfg,
			  const struct ndmsg *ndm, struct nlattr *tb[],
			  const u8 *mac, struct fl_fdb_spec *spec,
			  struct netlink_ext_ack *extack)
{
	int err;

	/* A VLAN is for the bridge that may be above us: an entry can be made
	 * at both in one go.
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
	err = fl_bridge_remote(fl, tb, spec, extack);
	/* A link-local address is one of our own link, if nothing is said. */
	if (!err && !spec->ifindex && spec->remote.family == AF_INET6 &&
	    (ipv6_addr_type(&spec->remote.ip.v6) & IPV6_ADDR_LINKLOCAL))
		spec->ifindex = cfg->link;
	return err;
}

/**
 * fl_bridge_fdb_add - `bridge fdb add|append|replace`: ndo_fdb_add
 * @ndm: header of the request
 * @tb: its attributes
 * @dev: network device
 * @addr: MAC
 * @vid: VLAN
 * @flags: NLM_F_*
 * @notified: set: we have told everybody
 * @extack: where to say what was wrong
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_bridge_fdb_add(struct ndmsg *ndm, struct nlattr *tb[],
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
		NL_SET_ERR_MSG(extack, "An FDB entry is either permanent or reachable");
		return -EINVAL;
	}
	if (!tb[NDA_DST]) {
		NL_SET_ERR_MSG(extack, "dst is missing: the outer address of the remote VTEP");
		return -EINVAL;
	}
	err = fl_bridge_spec(fl, cfg, ndm, tb, addr, &spec, extack);
	if (!err)
		err = fl_fdb_check(fl, cfg, &spec, extack);
	return err ?: fl_fdb_set(fl, &spec, flags, extack);
}

/**
 * fl_bridge_fdb_del - `bridge fdb del`: ndo_fdb_del
 * @ndm: header of the request
 * @tb: its attributes
 * @dev: network device
 * @addr: MAC
 * @vid: VLAN
 * @notified: set: we have told everybody
 * @extack: where to say what was wrong
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_bridge_fdb_del(struct ndmsg *ndm, struct nlattr *tb[],
		      struct net_device *dev, const unsigned char *addr,
		      u16 vid, bool *notified, struct netlink_ext_ack *extack)
{
	struct fl_dev *fl = netdev_priv(dev);
	const struct fl_config *cfg = rtnl_dereference(fl->cfg);
	struct fl_fdb_spec spec;
	int err;

	*notified = true;
	err = fl_bridge_spec(fl, cfg, ndm, tb, addr, &spec, extack);
	return err ?: fl_fdb_del(fl, &spec, extack);
}

/**
 * fl_bridge_flush - `bridge fdb flush`, parsed
 * @ndm: header of the request
 * @tb: its attributes
 * @dev: network device
 * @extack: where to say what was wrong
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_bridge_flush(const struct ndmsg *ndm, struct nlattr *tb[],
		    struct net_device *dev, struct netlink_ext_ack *extack)
{
	struct fl_fdb_filter filter = {};

	if (tb[NDA_VLAN] || tb[NDA_IFINDEX]) {
		NL_SET_ERR_MSG(extack, "A flannel device is flushed by state and flags only");
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

static const struct nla_policy fl_bridge_bulk_policy[NDA_MAX + 1] = {
	[NDA_VLAN]		= { .type = NLA_U16 },
	[NDA_IFINDEX]		= NLA_POLICY_MIN(NLA_S32, 1),
	[NDA_NDM_STATE_MASK]	= { .type = NLA_U16 },
	[NDA_NDM_FLAGS_MASK]	= { .type = NLA_U8 },
};

/**
 * fl_bridge_fdb_del_bulk - `bridge fdb flush`: ndo_fdb_del_bulk
 * @nlh: the request
 * @dev: network device
 * @extack: where to say what was wrong
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_bridge_fdb_del_bulk(struct nlmsghdr *nlh, struct net_device *dev,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NDA_MAX + 1];
	int err;

	err = nlmsg_parse(nlh, sizeof(struct ndmsg), tb, NDA_MAX,
			  fl_bridge_bulk_policy, extack);
	return err ?: fl_bridge_flush(nlmsg_data(nlh), tb, dev, extack);
}

static int fl_bridge_fill(struct sk_buff *skb, const struct fl_dev *fl,
			  const struct fl_fdb *fdb,
			  const struct fl_remote *remote, u32 portid, u32 seq,
			  int type, unsigned int flags)
{
	const struct fl_config *cfg = rcu_dereference(fl->cfg);
	const struct fl_peer_key *key = &remote->peer->key;
	struct nda_cacheinfo ci = {};
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;
	u8 mac[ETH_ALEN];

	nlh = nlmsg_put(skb, portid, seq, type, sizeof(*ndm), flags);
	if (!nlh)
		return -EMSGSIZE;
	ndm = nlmsg_data(nlh);
	memset(ndm, 0, sizeof(*ndm));
	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_state = READ_ONCE(fdb->state);
	ndm->ndm_flags = READ_ONCE(fdb->flags);
	ndm->ndm_ifindex = fl->dev->ifindex;
	ndm->ndm_type = RTN_UNICAST;

	fl_fdb_mac(fdb, mac);
	ci.ndm_used = jiffies_to_clock_t(jiffies - READ_ONCE(fdb->used));
	ci.ndm_updated = jiffies_to_clock_t(jiffies - READ_ONCE(fdb->updated));
	if ((fl_xnet(fl) &&
	     nla_put_s32(skb, NDA_LINK_NETNSID,
			 peernet2id(dev_net(fl->dev), fl->net))) ||
	    nla_put(skb, NDA_LLADDR, ETH_ALEN, mac) ||
	    fl_nla_put_ip(skb, NDA_DST, key->addr.family, &key->addr.ip) ||
	    (remote->port != cfg->port &&
	     nla_put_be16(skb, NDA_PORT, remote->port)) ||
	    (remote->vni != cfg->vni &&
	     nla_put_u32(skb, NDA_VNI, remote->vni)) ||
	    (key->ifindex && nla_put_u32(skb, NDA_IFINDEX, key->ifindex)) ||
	    nla_put(skb, NDA_CACHEINFO, sizeof(ci), &ci)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

/**
 * fl_bridge_notify - tell `bridge monitor fdb` of a change
 * @fl: device
 * @fdb: entry
 * @remote: the remote of it that changed
 * @type: RTM_NEWNEIGH or RTM_DELNEIGH
 *
 * Context: any.
 */
void fl_bridge_notify(struct fl_dev *fl, const struct fl_fdb *fdb,
		      const struct fl_remote *remote, int type)
{
	const size_t size = NLMSG_ALIGN(sizeof(struct ndmsg)) +
			    nla_total_size(sizeof(s32)) +
			    nla_total_size(ETH_ALEN) +
			    nla_total_size(sizeof(struct in6_addr)) +
			    nla_total_size(sizeof(__be16)) +
			    nla_total_size(sizeof(u32)) +
			    nla_total_size(sizeof(u32)) +
			    nla_total_size(sizeof(struct nda_cacheinfo));
	struct net *net = dev_net(fl->dev);
	struct sk_buff *skb;
	int err = -ENOBUFS;

	rcu_read_lock();
	skb = nlmsg_new(size, GFP_ATOMIC);
	if (skb)
		err = fl_bridge_fill(skb, fl, fdb, remote, 0, 0, type, 0);
	if (!err) {
		rtnl_notify(skb, net, 0, RTNLGRP_NEIGH, NULL, GFP_ATOMIC);
	} else {
		nlmsg_free(skb);
		rtnl_set_sk_err(net, RTNLGRP_NEIGH, err);
	}
	rcu_read_unlock();
}

/**
 * fl_bridge_fdb_dump - `bridge fdb show`: ndo_fdb_dump
 * @skb: message to fill
 * @cb: the dump
 * @dev: network device
 * @filter_dev: unused
 * @idx: entries seen so far
 *
 * Return: 0, or -EMSGSIZE when the message is full.
 * Context: process, RTNL held.
 */
int fl_bridge_fdb_dump(struct sk_buff *skb, struct netlink_callback *cb,
		       struct net_device *dev, struct net_device *filter_dev,
		       int *idx)
{
	struct fl_dev *fl = netdev_priv(dev);
	struct fl_remote *remote;
	struct fl_fdb *fdb;
	int err = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(fdb, &fl->fdb.list, list) {
		list_for_each_entry_rcu(remote, &fdb->remotes, list) {
			if (*idx >= fl_fdb_dump_from(cb))
				err = fl_bridge_fill(skb, fl, fdb, remote,
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
 * fl_bridge_fdb_get - `bridge fdb get`: ndo_fdb_get
 * @skb: message to fill
 * @tb: attributes of the request
 * @dev: network device
 * @addr: MAC
 * @vid: VLAN
 * @portid: netlink port of who asks
 * @seq: number of the request
 * @extack: where to say what was wrong
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_bridge_fdb_get(struct sk_buff *skb, struct nlattr *tb[],
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
		err = fl_bridge_fill(skb, fl, fdb, remote, portid, seq,
				     RTM_NEWNEIGH, 0);
	else
		NL_SET_ERR_MSG(extack, "There is no FDB entry of this MAC");
	rcu_read_unlock();
	return err;
}
