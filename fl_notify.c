// SPDX-License-Identifier: GPL-2.0
/*
 * Events: misses, and changes of leases and FDB entries, sent by generic netlink and by
 * rtnetlink.
 */
#include <net/genetlink.h>
#include <net/rtnetlink.h>

#include <flannel/dev.h>
#include <flannel/genl_priv.h>
#include <flannel/notify.h>

/**
 * fl_notify_fill - fill a message about one remote of an FDB entry
 * @skb: message
 * @fl: device
 * @fdb: entry
 * @remote: the remote
 * @portid: netlink port of the receiver, or 0
 * @seq: number of the request, or 0
 * @type: RTM_NEWNEIGH or RTM_DELNEIGH
 * @flags: NLM_F_*
 *
 * Return: 0 or -EMSGSIZE.
 * Context: RCU.
 */
int fl_notify_fill(struct sk_buff *skb, const struct fl_dev *fl,
		   const struct fl_fdb *fdb, const struct fl_remote *remote,
		   u32 portid, u32 seq, int type, unsigned int flags)
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

static struct sk_buff *fl_notify_new(const struct fl_dev *fl,
				     enum flannel_cmd cmd, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, 0, 0, &fl_genl_family, 0, cmd);
	if (*hdr && !nla_put_u32(skb, FLANNEL_A_IFINDEX, fl->dev->ifindex) &&
	    !nla_put_string(skb, FLANNEL_A_IFNAME, fl->dev->name))
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static int fl_notify_send(const struct fl_dev *fl, struct sk_buff *skb,
			  void *hdr, enum fl_genl_group group, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_multicast_netns(&fl_genl_family, dev_net(fl->dev), skb,
				       0, group, GFP_ATOMIC);
}

static bool fl_notify_change_heard(const struct fl_dev *fl)
{
	return genl_has_listeners(&fl_genl_family, dev_net(fl->dev),
				  FL_GENL_GROUP_CHANGE);
}

/**
 * fl_notify_miss_heard - is there a listener to ask?
 * @fl: device
 *
 * Return: true if there is a listener to the group "miss".
 * Context: any.
 */
bool fl_notify_miss_heard(const struct fl_dev *fl)
{
	return genl_has_listeners(&fl_genl_family, dev_net(fl->dev),
				  FL_GENL_GROUP_MISS);
}

/**
 * fl_notify_miss - send the event of a miss
 * @fl: device
 * @miss: miss
 *
 * Return: 0, -ENOBUFS if a listener missed it, or another negative error.
 * Context: the miss engine's lock held.
 */
int fl_notify_miss(struct fl_dev *fl, const struct fl_miss *miss)
{
	struct sk_buff *skb;
	void *hdr;

	skb = fl_notify_new(fl, FLANNEL_CMD_MISS_NTF, &hdr);
	if (!skb)
		return -ENOMEM;
	return fl_notify_send(fl, skb, hdr, FL_GENL_GROUP_MISS,
			      fl_genl_fill_miss(skb, miss));
}

/**
 * fl_notify_lease - send the event of a lease
 * @fl: device
 * @lease: lease
 * @cmd: FLANNEL_CMD_LEASE_SET_NTF or FLANNEL_CMD_LEASE_DEL_NTF
 *
 * Context: the device's lock held.
 */
void fl_notify_lease(struct fl_dev *fl, const struct fl_lease *lease,
		     enum flannel_cmd cmd)
{
	struct sk_buff *skb;
	void *hdr;

	if (!fl_notify_change_heard(fl))
		return;
	skb = fl_notify_new(fl, cmd, &hdr);
	if (skb)
		fl_notify_send(fl, skb, hdr, FL_GENL_GROUP_CHANGE,
			       fl_genl_fill_lease(skb, lease));
}

/* For `bridge monitor fdb` */
static void fl_notify_fdb_rtnl(const struct fl_dev *fl,
			       const struct fl_fdb *fdb,
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
		err = fl_notify_fill(skb, fl, fdb, remote, 0, 0, type, 0);
	if (!err) {
		rtnl_notify(skb, net, 0, RTNLGRP_NEIGH, NULL, GFP_ATOMIC);
	} else {
		nlmsg_free(skb);
		rtnl_set_sk_err(net, RTNLGRP_NEIGH, err);
	}
	rcu_read_unlock();
}

static void fl_notify_fdb_genl(struct fl_dev *fl, const struct fl_fdb *fdb,
			       const struct fl_remote *remote,
			       enum flannel_cmd cmd)
{
	struct sk_buff *skb;
	void *hdr;

	if (!fl_notify_change_heard(fl))
		return;
	skb = fl_notify_new(fl, cmd, &hdr);
	if (!skb)
		return;
	rcu_read_lock();
	fl_notify_send(fl, skb, hdr, FL_GENL_GROUP_CHANGE,
		       fl_genl_fill_fdb(skb, fl, fdb, remote));
	rcu_read_unlock();
}

/**
 * fl_notify_fdb - send the events of an FDB entry
 * @fl: device
 * @fdb: entry
 * @remote: the remote of it that changed
 * @type: RTM_NEWNEIGH or RTM_DELNEIGH
 *
 * Context: any.
 */
void fl_notify_fdb(struct fl_dev *fl, const struct fl_fdb *fdb,
		   const struct fl_remote *remote, int type)
{
	fl_notify_fdb_rtnl(fl, fdb, remote, type);
	fl_notify_fdb_genl(fl, fdb, remote,
			   type == RTM_NEWNEIGH ? FLANNEL_CMD_FDB_SET_NTF :
						  FLANNEL_CMD_FDB_DEL_NTF);
}
