// SPDX-License-Identifier: GPL-2.0
/* The rtnetlink link type: life of a device, from newlink to dellink. */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/l3mdev.h>
#include <net/netdev_lock.h>
#include <net/rtnetlink.h>

#include <flannel/answer.h>
#include <flannel/config.h>
#include <flannel/dev.h>
#include <flannel/fdb_rtnl.h>
#include <flannel/ingress.h>
#include <flannel/ip6.h>
#include <flannel/link.h>
#include <flannel/net.h>
#include <flannel/output.h>
#include <flannel/rcv.h>
#include <flannel/sock.h>
#include <flannel/wire.h>
#include <flannel/xmit.h>

static unsigned int fl_link_overhead(const struct fl_config *cfg)
{
	bool ipv6 = !cfg->ipv4 || !ipv6_addr_any(&cfg->local6) ||
		    cfg->remote.family == AF_INET6;

	return ipv6 ? FL_OVERHEAD6 : FL_OVERHEAD4;
}

/* The largest inner packet that the lower device carries without fragmentation. */
static unsigned int fl_link_mtu_max(const struct fl_dev *fl,
				    const struct fl_config *cfg)
{
	if (!fl->lower)
		return ETH_MAX_MTU;
	return clamp_t(int, READ_ONCE(fl->lower->mtu) - fl_link_overhead(cfg),
		       ETH_MIN_MTU, ETH_MAX_MTU);
}

/* The default MTU, unless the user sets one. */
static unsigned int fl_link_mtu_default(const struct fl_dev *fl,
					const struct fl_config *cfg)
{
	return fl->lower ? fl_link_mtu_max(fl, cfg) :
			   ETH_DATA_LEN - fl_link_overhead(cfg);
}

/* The user's MTU, limited to what the lower device can carry. */
static unsigned int fl_link_mtu(const struct fl_dev *fl,
				const struct fl_config *cfg)
{
	return fl->mtu_wish ? min(fl->mtu_wish, fl_link_mtu_max(fl, cfg)) :
			      fl_link_mtu_default(fl, cfg);
}

static void fl_link_follow_mtu(struct fl_dev *fl)
{
	unsigned int mtu = fl_link_mtu(fl, rtnl_dereference(fl->cfg));

	if (mtu == READ_ONCE(fl->dev->mtu))
		return;
	fl->mtu_own = true;
	dev_set_mtu(fl->dev, mtu);
	fl->mtu_own = false;
}

static void fl_link_follow_carrier(struct fl_dev *fl)
{
	if (!fl->lower)
		netif_carrier_on(fl->dev);
	else if (!(fl->lower->flags & IFF_UP))
		netif_carrier_off(fl->dev);
	else
		netif_stacked_transfer_operstate(fl->lower, fl->dev);
}

static void fl_link_set_headroom(struct fl_dev *fl, const struct fl_config *cfg)
{
	unsigned int room = (cfg->ipv4 ? FL_OVERHEAD4 : FL_OVERHEAD6) - ETH_HLEN;

	if (fl->lower) {
		room += fl->lower->needed_headroom;
		WRITE_ONCE(fl->dev->needed_tailroom,
			   fl->lower->needed_tailroom);
		netif_inherit_tso_max(fl->dev, fl->lower);
	}
	/* The stack reserves space for our own Ethernet header; the lower device's
	 * header uses it. Do not reserve a byte more: the headroom that pods and NICs
	 * provide is just enough, and moving a packet costs as much as all our other
	 * processing.
	 */
	WRITE_ONCE(fl->dev->needed_headroom, room);
}

/* Network device operations ----------------------------------------------- */

static int fl_ndo_init(struct net_device *dev)
{
	struct fl_dev *fl = netdev_priv(dev);
	int err;

	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!dev->tstats)
		return -ENOMEM;
	fl->pcpu = netdev_alloc_pcpu_stats(struct fl_pcpu);
	if (!fl->pcpu) {
		err = -ENOMEM;
		goto free_tstats;
	}
	err = fl_rcv_init(fl);
	if (err)
		goto free_pcpu;
	err = fl_peer_init(fl);
	if (err)
		goto destroy_cells;
	err = fl_lease_init(fl);
	if (err)
		goto destroy_peers;
	err = fl_fdb_init(fl);
	if (err)
		goto destroy_leases;
	err = fl_miss_init(fl);
	if (err)
		goto destroy_fdb;
	netdev_lockdep_set_classes(dev);
	return 0;

destroy_fdb:
	fl_fdb_destroy(fl);
destroy_leases:
	fl_lease_destroy(fl);
destroy_peers:
	fl_peer_destroy(fl);
destroy_cells:
	fl_rcv_destroy(fl);
free_pcpu:
	free_percpu(fl->pcpu);
free_tstats:
	free_percpu(dev->tstats);
	return err;
}

static void fl_ndo_uninit(struct net_device *dev)
{
	struct fl_dev *fl = netdev_priv(dev);

	mutex_lock(&fl->lock);
	WRITE_ONCE(fl->gone, true);
	mutex_unlock(&fl->lock);

	fl_fdb_destroy(fl);
	fl_lease_destroy(fl);
	fl_miss_destroy(fl);
	fl_peer_destroy(fl);
	fl_rcv_destroy(fl);
	free_percpu(fl->pcpu);
	free_percpu(dev->tstats);
}

static int fl_ndo_open(struct net_device *dev)
{
	struct fl_dev *fl = netdev_priv(dev);
	int err;

	err = fl_sock_open(fl, NULL);
	if (err)
		return err;
	fl_miss_open(fl);
	fl_fdb_ageing_changed(fl);
	fl_link_follow_carrier(fl);
	return 0;
}

static int fl_ndo_stop(struct net_device *dev)
{
	const struct fl_fdb_filter learned = {
		.state_mask = NUD_PERMANENT | NUD_NOARP,
	};
	struct fl_dev *fl = netdev_priv(dev);

	/* A concurrent answer may still deliver parked packets: fl_sock_close() waits
	 * for it.
	 */
	fl_miss_close(fl);
	fl_sock_close(fl);
	fl_ingress_clear(fl_net(fl->net));
	fl_rcv_settle(fl);
	cancel_delayed_work_sync(&fl->fdb.age_work);
	fl_fdb_flush(fl, &learned);
	fl_peer_forget_routes(fl);
	return 0;
}

static int fl_ndo_change_mtu(struct net_device *dev, int mtu)
{
	struct fl_dev *fl = netdev_priv(dev);
	const struct fl_config *cfg = rtnl_dereference(fl->cfg);

	if (mtu > fl_link_mtu_max(fl, cfg))
		return -EINVAL;
	if (!fl->mtu_own)
		fl->mtu_wish = mtu == fl_link_mtu_default(fl, cfg) ? 0 : mtu;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

const struct net_device_ops fl_netdev_ops = {
	.ndo_init		= fl_ndo_init,
	.ndo_uninit		= fl_ndo_uninit,
	.ndo_open		= fl_ndo_open,
	.ndo_stop		= fl_ndo_stop,
	.ndo_start_xmit		= fl_xmit,
	.ndo_get_stats64	= dev_get_tstats64,
	.ndo_change_mtu		= fl_ndo_change_mtu,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_neigh_construct	= fl_output_construct,
	.ndo_fdb_add		= fl_fdb_rtnl_add,
	.ndo_fdb_del		= fl_fdb_rtnl_del,
	.ndo_fdb_del_bulk	= fl_fdb_rtnl_del_bulk,
	.ndo_fdb_dump		= fl_fdb_rtnl_dump,
	.ndo_fdb_get		= fl_fdb_rtnl_get,
};

static const struct device_type fl_device_type = {
	.name = FLANNEL_LINK_KIND,
};

/* Link operations --------------------------------------------------------- */

static void fl_link_free(struct net_device *dev)
{
	struct fl_dev *fl = netdev_priv(dev);

	kfree(rcu_dereference_protected(fl->cfg, true));
	RCU_INIT_POINTER(fl->cfg, NULL);
}

static void fl_link_setup(struct net_device *dev)
{
	struct fl_dev *fl = netdev_priv(dev);

	ether_setup(dev);
	dev->needs_free_netdev = true;
	dev->priv_destructor = fl_link_free;
	dev->netdev_ops = &fl_netdev_ops;
	dev->ethtool_ops = &fl_ethtool_ops;
	SET_NETDEV_DEVTYPE(dev, &fl_device_type);

	dev->lltx = true;
	dev->features |= NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_FRAGLIST |
			 NETIF_F_RXCSUM | NETIF_F_GSO_SOFTWARE;
	dev->vlan_features = dev->features;
	dev->hw_features |= NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_FRAGLIST |
			    NETIF_F_RXCSUM | NETIF_F_GSO_SOFTWARE;
	/* ICMP errors to the sender of a packet need its route. */
	netif_keep_dst(dev);
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_LIVE_ADDR_CHANGE;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU;

	fl->dev = dev;
	mutex_init(&fl->lock);
	INIT_LIST_HEAD(&fl->list);
	INIT_HLIST_NODE(&fl->vni_node4);
	INIT_HLIST_NODE(&fl->vni_node6);
	fl->ident_key[0] = get_random_u32();
	fl->ident_key[1] = get_random_u32() | 1;
	fl->ident_key[2] = get_random_u32() | 1;
}

static int fl_link_validate(struct nlattr *tb[], struct nlattr *data[],
			    struct netlink_ext_ack *extack)
{
	struct nlattr *nla = tb[IFLA_ADDRESS];
	u32 mtu;

	if (nla && nla_len(nla) != ETH_ALEN) {
		NL_SET_ERR_MSG_ATTR(extack, nla, "address must be a MAC of 6 bytes");
		return -EINVAL;
	}
	if (nla && !is_valid_ether_addr(nla_data(nla))) {
		NL_SET_ERR_MSG_ATTR(extack, nla, "address must be a unicast MAC");
		return -EADDRNOTAVAIL;
	}
	nla = tb[IFLA_MTU];
	if (nla) {
		mtu = nla_get_u32(nla);
		if (mtu < ETH_MIN_MTU || mtu > ETH_MAX_MTU) {
			NL_SET_ERR_MSG_ATTR(extack, nla, "mtu must be a number from 68 to 65535");
			return -EINVAL;
		}
	}
	return 0;
}

/* Each VNI can be used only once per port. */
static int fl_link_check_vni(const struct net *net, const struct fl_dev *self,
			     const struct fl_config *cfg,
			     struct netlink_ext_ack *extack)
{
	struct fl_dev *fl;

	list_for_each_entry(fl, &fl_net(net)->devs, list) {
		const struct fl_config *other = rtnl_dereference(fl->cfg);

		if (fl == self || other->vni != cfg->vni ||
		    other->port != cfg->port)
			continue;
		if ((other->ipv4 && cfg->ipv4) || (other->ipv6 && cfg->ipv6)) {
			NL_SET_ERR_MSG(extack, "id: another flannel device has this VNI on this port in this namespace");
			return -EEXIST;
		}
	}
	return 0;
}

static int fl_link_find_lower(struct net *net, const struct fl_config *cfg,
			      const struct net_device *self,
			      struct net_device **lower,
			      struct netlink_ext_ack *extack)
{
	*lower = NULL;
	if (!cfg->link)
		return 0;
	*lower = __dev_get_by_index(net, cfg->link);
	if (!*lower) {
		NL_SET_ERR_MSG(extack, "dev: there is no such lower device in the namespace of the underlay");
		return -ENODEV;
	}
	if (*lower == self) {
		NL_SET_ERR_MSG(extack, "dev: a device cannot be its own lower device");
		return -ELOOP;
	}
	if (!cfg->ipv4 && fl_ip6_is_disabled(*lower)) {
		NL_SET_ERR_MSG(extack, "dev: IPv6 is disabled on the lower device, and the underlay is IPv6");
		return -EPERM;
	}
	return 0;
}

static int fl_link_set_remote(struct fl_dev *fl, const struct fl_config *cfg,
			      struct netlink_ext_ack *extack)
{
	struct fl_fdb_spec spec = {
		.remote		= cfg->remote,
		.port		= cfg->port,
		.vni		= cfg->vni,
		.ifindex	= cfg->link,
		.state		= NUD_REACHABLE | NUD_PERMANENT,
		.flags		= NTF_SELF,
	};

	if (!cfg->remote.family)
		return 0;
	return fl_answer_fdb(fl, &spec, NLM_F_CREATE | NLM_F_APPEND, extack);
}

static void fl_link_unset_remote(struct fl_dev *fl, const struct fl_config *cfg)
{
	struct fl_fdb_spec spec = {
		.remote		= cfg->remote,
		.port		= cfg->port,
		.vni		= cfg->vni,
		.ifindex	= cfg->link,
	};

	if (cfg->remote.family)
		fl_fdb_del(fl, &spec, NULL);
}

/* From here on the core unwinds errors with steps like those of dellink. */
static int fl_link_register(struct fl_dev *fl, const struct fl_config *cfg,
			    struct netlink_ext_ack *extack)
{
	struct net_device *dev = fl->dev;
	int err;

	err = register_netdevice(dev);
	if (err)
		return err;
	if (fl->lower) {
		err = netdev_upper_dev_link(fl->lower, dev, extack);
		if (err)
			goto unregister;
	}
	err = fl_link_set_remote(fl, cfg, extack);
	if (err)
		goto unlink;
	list_add(&fl->list, &fl_net(fl->net)->devs);
	fl_lease_idle_changed(fl);
	return 0;

unlink:
	if (fl->lower)
		netdev_upper_dev_unlink(fl->lower, dev);
unregister:
	unregister_netdevice(dev);
	return err;
}

static int fl_link_create(struct net *net, struct net_device *dev,
			  struct fl_config *cfg, struct nlattr *tb[],
			  struct netlink_ext_ack *extack)
{
	struct fl_dev *fl = netdev_priv(dev);
	int err;

	RCU_INIT_POINTER(fl->cfg, cfg);
	err = fl_link_check_vni(net, NULL, cfg, extack);
	if (err)
		return err;
	err = fl_link_find_lower(net, cfg, dev, &fl->lower, extack);
	if (err)
		return err;

	fl->net = net;
	if (tb[IFLA_MTU])
		fl->mtu_wish = dev->mtu;
	dev->mtu = fl_link_mtu(fl, cfg);
	fl_link_set_headroom(fl, cfg);
	if (cfg->mode == FLANNEL_MODE_L3) {
		/* A single route leads to all peers, and a single neighbour represents
		 * them: the device writes the MACs itself.
		 */
		dev->flags &= ~(IFF_BROADCAST | IFF_MULTICAST);
		dev->flags |= IFF_NOARP | IFF_POINTOPOINT;
	}
	/* Our MAC is published to other nodes: mark it as set by the user, so that
	 * nothing on the host replaces it.
	 */
	if (!tb[IFLA_ADDRESS]) {
		eth_hw_addr_random(dev);
		dev->addr_assign_type = NET_ADDR_SET;
	}
	return fl_link_register(fl, cfg, extack);
}

/**
 * fl_link_newlink - `ip link add ... type flannel`
 * @dev: network device to register
 * @params: attributes and namespaces
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_link_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
		    struct netlink_ext_ack *extack)
{
	struct fl_config *cfg;
	int err;

	cfg = fl_config_parse(params->data, NULL, extack);
	if (IS_ERR(cfg))
		return PTR_ERR(cfg);
	err = fl_link_create(rtnl_newlink_link_net(params), dev, cfg,
			     params->tb, extack);
	/* A registered device is freed later, together with its options. */
	if (err && dev->reg_state != NETREG_UNREGISTERING)
		fl_link_free(dev);
	return err;
}

static void fl_link_apply(struct fl_dev *fl, struct fl_config *cfg)
{
	struct fl_config *old = rtnl_dereference(fl->cfg);
	bool other_questions = old->subnet_len != cfg->subnet_len ||
			       old->subnet_len6 != cfg->subnet_len6;

	rcu_assign_pointer(fl->cfg, cfg);
	/* Readers of the old options keep no route or miss based on them. */
	synchronize_net();
	fl_link_set_headroom(fl, cfg);
	fl_link_follow_mtu(fl);
	fl_peer_forget_routes(fl);
	fl_lease_idle_changed(fl);
	fl_fdb_ageing_changed(fl);
	if (netif_running(fl->dev)) {
		fl_link_follow_carrier(fl);
		/* Pending misses were created with other options. */
		if (other_questions) {
			fl_miss_close(fl);
			fl_miss_open(fl);
		}
	}
	kfree_rcu(old, rcu);
}

static int fl_link_changelink(struct net_device *dev, struct nlattr *tb[],
			      struct nlattr *data[],
			      struct netlink_ext_ack *extack)
{
	struct fl_dev *fl = netdev_priv(dev);
	struct fl_config *old = rtnl_dereference(fl->cfg);
	struct net_device *lower, *change;
	struct fl_config *cfg;
	bool moved;
	int err;

	if (!rtnl_dev_link_net_capable(dev, fl->net))
		return -EPERM;
	cfg = fl_config_parse(data, old, extack);
	if (IS_ERR(cfg))
		return PTR_ERR(cfg);
	err = fl_link_find_lower(fl->net, cfg, dev, &lower, extack);
	if (err)
		goto free;
	/* The socket is bound to the VRF of the lower device. */
	if (netif_running(dev) &&
	    l3mdev_master_upper_ifindex_by_index(fl->net, cfg->link) !=
	    l3mdev_master_upper_ifindex_by_index(fl->net, old->link)) {
		NL_SET_ERR_MSG(extack, "dev: set the device down before it moves to another VRF");
		err = -EBUSY;
		goto free;
	}
	change = lower == fl->lower ? NULL : lower;
	err = netdev_adjacent_change_prepare(fl->lower, change, dev, extack);
	if (err)
		goto free;

	moved = !fl_addr_equal(&old->remote, &cfg->remote) ||
		(old->remote.family && old->link != cfg->link);
	if (moved) {
		err = fl_link_set_remote(fl, cfg, extack);
		if (err) {
			netdev_adjacent_change_abort(fl->lower, change, dev);
			goto free;
		}
		fl_link_unset_remote(fl, old);
	}
	netdev_adjacent_change_commit(fl->lower, change, dev);
	if (fl->lower && !lower)
		netdev_upper_dev_unlink(fl->lower, dev);
	fl->lower = lower;
	fl_link_apply(fl, cfg);
	return 0;

free:
	kfree(cfg);
	return err;
}

/**
 * fl_link_dellink - `ip link del`
 * @dev: network device
 * @head: devices that are being unregistered
 *
 * Context: process, RTNL held.
 */
void fl_link_dellink(struct net_device *dev, struct list_head *head)
{
	struct fl_dev *fl = netdev_priv(dev);

	list_del_init(&fl->list);
	if (fl->lower)
		netdev_upper_dev_unlink(fl->lower, dev);
	fl->lower = NULL;
	unregister_netdevice_queue(dev, head);
}

static size_t fl_link_get_size(const struct net_device *dev)
{
	return fl_config_size();
}

static int fl_link_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct fl_dev *fl = netdev_priv(dev);

	return fl_config_fill(skb, rtnl_dereference(fl->cfg));
}

static struct net *fl_link_get_net(const struct net_device *dev)
{
	const struct fl_dev *fl = netdev_priv(dev);

	return READ_ONCE(fl->net);
}

/**
 * fl_link_lower_event - something happened to a device that may be a lower one
 * @lower: network device
 * @event: NETDEV_*
 *
 * Return: 0.
 * Context: process, RTNL held.
 */
int fl_link_lower_event(struct net_device *lower, unsigned long event)
{
	struct fl_net *fn = fl_net(dev_net(lower));
	struct fl_dev *fl, *next;
	LIST_HEAD(gone);

	list_for_each_entry_safe(fl, next, &fn->devs, list) {
		if (fl->lower != lower)
			continue;
		switch (event) {
		case NETDEV_CHANGEMTU:
			fl_link_follow_mtu(fl);
			break;
		case NETDEV_UP:
		case NETDEV_DOWN:
		case NETDEV_CHANGE:
			if (netif_running(fl->dev))
				fl_link_follow_carrier(fl);
			break;
		case NETDEV_UNREGISTER:
			fl_link_dellink(fl->dev, &gone);
			break;
		}
	}
	unregister_netdevice_many(&gone);
	return 0;
}

struct rtnl_link_ops fl_link_ops __read_mostly = {
	.kind		= FLANNEL_LINK_KIND,
	.maxtype	= IFLA_FLANNEL_OWN,
	.policy		= fl_config_policy,
	.priv_size	= sizeof(struct fl_dev),
	.setup		= fl_link_setup,
	.validate	= fl_link_validate,
	.newlink	= fl_link_newlink,
	.changelink	= fl_link_changelink,
	.dellink	= fl_link_dellink,
	.get_size	= fl_link_get_size,
	.fill_info	= fl_link_fill_info,
	.get_link_net	= fl_link_get_net,
};
