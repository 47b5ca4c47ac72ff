// SPDX-License-Identifier: GPL-2.0
/* UDP sockets. The first device of a port opens the socket, the last one closes it. */
#include <linux/hash.h>
#include <linux/rculist.h>
#include <net/l3mdev.h>
#include <net/udp_tunnel.h>

#include <flannel/dev.h>
#include <flannel/net.h>
#include <flannel/sock.h>
#include <flannel/vxlan.h>

static struct hlist_head *fl_sock_chain(const struct fl_sock *fs, u32 vni)
{
	return (struct hlist_head *)&fs->vnis[hash_32(vni, FL_SOCK_VNI_BITS)];
}

static struct fl_dev *fl_sock_dev(struct hlist_node *node, u16 family)
{
	return family == AF_INET ?
	       container_of(node, struct fl_dev, vni_node4) :
	       container_of(node, struct fl_dev, vni_node6);
}

/**
 * fl_sock_find_vni - the device of a VNI
 * @fs: socket
 * @vni: VNI
 *
 * Return: the device, or NULL.
 * Context: RCU.
 */
struct fl_dev *fl_sock_find_vni(const struct fl_sock *fs, u32 vni)
{
	struct hlist_node *node;
	struct fl_dev *fl;

	for (node = rcu_dereference(hlist_first_rcu(fl_sock_chain(fs, vni)));
	     node; node = rcu_dereference(hlist_next_rcu(node))) {
		fl = fl_sock_dev(node, fs->family);
		if (rcu_dereference(fl->cfg)->vni == vni)
			return fl;
	}
	return NULL;
}

/**
 * fl_sock_drop - drop a packet that belongs to no device
 * @fs: socket
 * @skb: packet, consumed
 * @why: counter of the reason
 *
 * It is counted on one of the devices that share the port.
 *
 * Context: RCU and BH disabled.
 */
void fl_sock_drop(const struct fl_sock *fs, struct sk_buff *skb,
		  enum flannel_stats_attr why)
{
	struct hlist_node *node;
	int i;

	for (i = 0; i < ARRAY_SIZE(fs->vnis); i++) {
		node = rcu_dereference(hlist_first_rcu((struct hlist_head *)
						       &fs->vnis[i]));
		if (node) {
			fl_drop(fl_sock_dev(node, fs->family), skb, why);
			return;
		}
	}
	kfree_skb(skb);
}

static struct socket *fl_sock_make(struct net *net, u16 family, __be16 port,
				   int bound, bool zero_csum6)
{
	struct udp_port_cfg cfg = {
		.family			= family,
		.bind_ifindex		= bound,
		.local_udp_port		= port,
		.ipv6_v6only		= family == AF_INET6,
		.use_udp6_rx_checksums	= !zero_csum6,
	};
	struct socket *sock;
	int err;

	if (family == AF_INET)
		cfg.local_ip.s_addr = htonl(INADDR_ANY);
	err = udp_sock_create(net, &cfg, &sock);
	if (err)
		return ERR_PTR(err);
	udp_allow_gso(sock->sk);
	return sock;
}

static struct fl_sock *fl_sock_create(struct net *net, u16 family, __be16 port,
				      int bound, bool zero_csum6)
{
	struct udp_tunnel_sock_cfg cfg = {
		.encap_type		= 1,
		.encap_rcv		= fl_vxlan_rcv,
		.encap_err_lookup	= fl_vxlan_err_lookup,
		.gro_receive		= fl_vxlan_gro_receive,
		.gro_complete		= fl_vxlan_gro_complete,
	};
	struct fl_sock *fs;
	int i;

	fs = kzalloc(sizeof(*fs), GFP_KERNEL_ACCOUNT);
	if (!fs)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < ARRAY_SIZE(fs->vnis); i++)
		INIT_HLIST_HEAD(&fs->vnis[i]);
	fs->net = net;
	fs->family = family;
	fs->port = port;
	fs->bound = bound;
	fs->zero_csum6 = zero_csum6;
	fs->users = 1;
	fs->sock = fl_sock_make(net, family, port, bound, zero_csum6);
	if (IS_ERR(fs->sock)) {
		int err = PTR_ERR(fs->sock);

		kfree(fs);
		return ERR_PTR(err);
	}
	cfg.sk_user_data = fs;
	list_add_rcu(&fs->list, &fl_net(net)->socks);
	setup_udp_tunnel_sock(net, fl_sock_sk(fs), &cfg);
	udp_tunnel_notify_add_rx_port(fl_sock_sk(fs), UDP_TUNNEL_TYPE_VXLAN);
	return fs;
}

static void fl_sock_put(struct fl_sock *fs)
{
	if (--fs->users)
		return;
	list_del_rcu(&fs->list);
	udp_tunnel_notify_del_rx_port(fl_sock_sk(fs), UDP_TUNNEL_TYPE_VXLAN);
	udp_tunnel_sock_release(fl_sock_sk(fs));
	kfree_rcu(fs, rcu);
}

static struct fl_sock *fl_sock_find(struct net *net, u16 family, __be16 port,
				    int bound)
{
	struct fl_sock *fs;

	list_for_each_entry(fs, &fl_net(net)->socks, list)
		if (fs->family == family && fs->port == port &&
		    fs->bound == bound)
			return fs;
	return NULL;
}

static void fl_sock_explain(int err, struct netlink_ext_ack *extack)
{
	if (err == -EADDRINUSE)
		NL_SET_ERR_MSG(extack, "dstport is in use: is a vxlan device or another program up on it in this namespace?");
	else if (err == -EAFNOSUPPORT || err == -EPFNOSUPPORT)
		NL_SET_ERR_MSG(extack, "local, remote: the address family of the underlay is disabled in this namespace");
	else if (err == -EBUSY)
		NL_SET_ERR_MSG(extack, "udp6zerocsumrx must be the same for all devices on a port");
}

static struct fl_sock *fl_sock_get(struct fl_dev *fl,
				   const struct fl_config *cfg, u16 family)
{
	int bound = l3mdev_master_upper_ifindex_by_index(fl->net, cfg->link);
	struct fl_sock *fs;

	fs = fl_sock_find(fl->net, family, cfg->port, bound);
	if (!fs)
		return fl_sock_create(fl->net, family, cfg->port, bound,
				      cfg->zero_csum6_rx);
	if (family == AF_INET6 && fs->zero_csum6 != cfg->zero_csum6_rx)
		return ERR_PTR(-EBUSY);
	fs->users++;
	return fs;
}

static bool fl_sock_optional(const struct fl_config *cfg, u16 family, int err)
{
	/* Both families are requested, but the host supports only the other one. */
	return (err == -EAFNOSUPPORT || err == -EPFNOSUPPORT) &&
	       cfg->ipv4 && cfg->ipv6 && family == AF_INET6;
}

static int fl_sock_open_family(struct fl_dev *fl, const struct fl_config *cfg,
			       u16 family, struct netlink_ext_ack *extack)
{
	struct fl_sock *fs = fl_sock_get(fl, cfg, family);
	int err;

	if (IS_ERR(fs)) {
		err = PTR_ERR(fs);
		if (fl_sock_optional(cfg, family, err))
			return 0;
		fl_sock_explain(err, extack);
		return err;
	}
	if (family == AF_INET) {
		rcu_assign_pointer(fl->sock4, fs);
		hlist_add_head_rcu(&fl->vni_node4, fl_sock_chain(fs, cfg->vni));
	} else {
		rcu_assign_pointer(fl->sock6, fs);
		hlist_add_head_rcu(&fl->vni_node6, fl_sock_chain(fs, cfg->vni));
	}
	return 0;
}

/**
 * fl_sock_open - start receiving
 * @fl: device, which is being set up
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_sock_open(struct fl_dev *fl, struct netlink_ext_ack *extack)
{
	const struct fl_config *cfg = rtnl_dereference(fl->cfg);
	int err = 0;

	if (cfg->ipv4)
		err = fl_sock_open_family(fl, cfg, AF_INET, extack);
	if (!err && cfg->ipv6)
		err = fl_sock_open_family(fl, cfg, AF_INET6, extack);
	if (err)
		fl_sock_close(fl);
	return err;
}

/**
 * fl_sock_close - stop receiving
 * @fl: device, which is being set down
 *
 * No packet is on its way through us any more when this returns.
 *
 * Context: process, RTNL held.
 */
void fl_sock_close(struct fl_dev *fl)
{
	struct fl_sock *sock4 = rtnl_dereference(fl->sock4);
	struct fl_sock *sock6 = rtnl_dereference(fl->sock6);

	if (sock4)
		hlist_del_init_rcu(&fl->vni_node4);
	if (sock6)
		hlist_del_init_rcu(&fl->vni_node6);
	RCU_INIT_POINTER(fl->sock4, NULL);
	RCU_INIT_POINTER(fl->sock6, NULL);
	synchronize_net();
	if (sock4)
		fl_sock_put(sock4);
	if (sock6)
		fl_sock_put(sock6);
}

static int fl_sock_try_family(struct fl_dev *fl, const struct fl_config *cfg,
			      u16 family, struct netlink_ext_ack *extack)
{
	int bound = l3mdev_master_upper_ifindex_by_index(fl->net, cfg->link);
	struct fl_sock *fs;
	struct socket *sock;
	int err = 0;

	fs = fl_sock_find(fl->net, family, cfg->port, bound);
	if (fs) {
		if (family == AF_INET6 && fs->zero_csum6 != cfg->zero_csum6_rx)
			err = -EBUSY;
	} else {
		sock = fl_sock_make(fl->net, family, cfg->port, bound,
				    cfg->zero_csum6_rx);
		if (IS_ERR(sock))
			err = PTR_ERR(sock);
		else
			udp_tunnel_sock_release(sock->sk);
	}
	if (!err || fl_sock_optional(cfg, family, err))
		return 0;
	fl_sock_explain(err, extack);
	return err;
}

/**
 * fl_sock_try - could the device be set up?
 * @fl: device
 * @extack: extended ack for the reason, which ndo_open lacks
 *
 * Return: 0 or a negative error.
 * Context: process, RTNL held.
 */
int fl_sock_try(struct fl_dev *fl, struct netlink_ext_ack *extack)
{
	const struct fl_config *cfg = rtnl_dereference(fl->cfg);
	int err = 0;

	if (cfg->ipv4)
		err = fl_sock_try_family(fl, cfg, AF_INET, extack);
	if (!err && cfg->ipv6)
		err = fl_sock_try_family(fl, cfg, AF_INET6, extack);
	return err;
}

/**
 * fl_sock_offload - add our ports to a NIC, or remove them
 * @net: its namespace
 * @dev: NIC
 * @add: add, or remove
 *
 * Context: process, RTNL held.
 */
void fl_sock_offload(struct net *net, struct net_device *dev, bool add)
{
	struct fl_sock *fs;

	list_for_each_entry(fs, &fl_net(net)->socks, list)
		if (add)
			udp_tunnel_push_rx_port(dev, fl_sock_sk(fs),
						UDP_TUNNEL_TYPE_VXLAN);
		else
			udp_tunnel_drop_rx_port(dev, fl_sock_sk(fs),
						UDP_TUNNEL_TYPE_VXLAN);
}
