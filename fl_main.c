// SPDX-License-Identifier: GPL-2.0
/* The module: what it registers, and what it keeps for each namespace. */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>

#include <flannel/dev.h>
#include <flannel/flow.h>
#include <flannel/genl.h>
#include <flannel/ingress.h>
#include <flannel/link.h>
#include <flannel/net.h>
#include <flannel/sock.h>

#define CREATE_TRACE_POINTS
#include <flannel/trace.h>

unsigned int fl_net_id __read_mostly;

static int __net_init fl_net_init(struct net *net)
{
	struct fl_net *fn = fl_net(net);

	INIT_LIST_HEAD(&fn->socks);
	INIT_LIST_HEAD(&fn->devs);
	fl_ingress_init(fn, net);
	return 0;
}

/* A device does not outlive the namespace of its underlay, wherever the device itself
 * is.
 */
static void __net_exit fl_net_exit_batch(struct list_head *nets)
{
	struct fl_dev *fl, *next;
	struct net *net;
	LIST_HEAD(gone);

	rtnl_lock();
	list_for_each_entry(net, nets, exit_list) {
		fl_net(net)->closed = true;
		list_for_each_entry_safe(fl, next, &fl_net(net)->devs, list)
			fl_link_dellink(fl->dev, &gone);
	}
	unregister_netdevice_many(&gone);
	rtnl_unlock();

	list_for_each_entry(net, nets, exit_list) {
		fl_ingress_exit(fl_net(net));
		WARN_ON_ONCE(!list_empty(&fl_net(net)->socks));
	}
}

static struct pernet_operations fl_net_ops = {
	.init		= fl_net_init,
	.exit_batch	= fl_net_exit_batch,
	.id		= &fl_net_id,
	.size		= sizeof(struct fl_net),
};

static int fl_netdev_event(struct notifier_block *nb, unsigned long event,
			   void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	int err = 0;

	switch (event) {
	case NETDEV_PRE_UP:
		/* ndo_open has no extack; the notifier does. */
		if (fl_dev_is(dev))
			err = fl_sock_try(netdev_priv(dev),
					  netdev_notifier_info_to_extack(ptr));
		break;
	case NETDEV_UDP_TUNNEL_PUSH_INFO:
		fl_sock_offload(dev_net(dev), dev, true);
		break;
	case NETDEV_UDP_TUNNEL_DROP_INFO:
		fl_sock_offload(dev_net(dev), dev, false);
		break;
	case NETDEV_UNREGISTER:
		fl_ingress_forget_dev(dev);
		fl_link_lower_event(dev, event);
		break;
	default:
		fl_link_lower_event(dev, event);
	}
	return notifier_from_errno(err);
}

static struct notifier_block fl_netdev_notifier = {
	.notifier_call = fl_netdev_event,
};

static int __init fl_caches_init(void)
{
	int err;

	err = fl_peer_cache_init();
	if (err)
		return err;
	err = fl_lease_cache_init();
	if (err)
		goto peer;
	err = fl_miss_cache_init();
	if (err)
		goto lease;
	return 0;

lease:
	fl_lease_cache_exit();
peer:
	fl_peer_cache_exit();
	return err;
}

static void fl_caches_exit(void)
{
	fl_miss_cache_exit();
	fl_lease_cache_exit();
	fl_peer_cache_exit();
}

static int __init fl_init(void)
{
	int err;

	fl_flow_init();
	err = fl_caches_init();
	if (err)
		return err;
	err = register_pernet_subsys(&fl_net_ops);
	if (err)
		goto caches;
	err = register_netdevice_notifier(&fl_netdev_notifier);
	if (err)
		goto pernet;
	err = fl_genl_init();
	if (err)
		goto notifier;
	err = rtnl_link_register(&fl_link_ops);
	if (err)
		goto genl;
	return 0;

genl:
	fl_genl_exit();
notifier:
	unregister_netdevice_notifier(&fl_netdev_notifier);
pernet:
	unregister_pernet_subsys(&fl_net_ops);
caches:
	fl_caches_exit();
	return err;
}

static void __exit fl_exit(void)
{
	rtnl_link_unregister(&fl_link_ops);
	fl_genl_exit();
	unregister_netdevice_notifier(&fl_netdev_notifier);
	unregister_pernet_subsys(&fl_net_ops);
	/* RCU callbacks still run functions of this module. */
	rcu_barrier();
	fl_caches_exit();
}

module_init(fl_init);
module_exit(fl_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("flannel overlay: VXLAN with leases and misses");
MODULE_VERSION(FL_VERSION);
MODULE_ALIAS_RTNL_LINK(FLANNEL_LINK_KIND);
MODULE_ALIAS_GENL_FAMILY(FLANNEL_GENL_NAME);
