/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Definitions that older kernels lack. The module is written for the newest kernel;
 * Kbuild includes this header in each of its files. Kernel features (FL_HAVE_*) are
 * detected by searching the kernel's headers: version numbers are unreliable, because
 * stable kernels backport interface changes.
 *
 * Within a kernel tree this directory is not needed.
 */
#ifndef _COMPAT_COMPAT_H
#define _COMPAT_COMPAT_H

#include <linux/module.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/flow.h>
#include <net/genetlink.h>
#include <net/inet_dscp.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/route.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>

/* Drop reasons ------------------------------------------------------------ */

#ifndef FL_HAVE_TUNNEL_DROP_REASONS
#define SKB_DROP_REASON_NO_TX_TARGET		SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_VXLAN_VNI_NOT_FOUND	SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_VXLAN_INVALID_HDR	SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_VXLAN_ENTRY_EXISTS	SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_LOCAL_MAC		SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_IP_TUNNEL_ECN		SKB_DROP_REASON_NOT_SPECIFIED
#endif

/* Network devices --------------------------------------------------------- */

#ifndef FL_HAVE_NETDEV_GET
static inline struct net_device *
netdev_get_by_index(struct net *net, int ifindex, netdevice_tracker *tracker,
		    gfp_t gfp)
{
	struct net_device *dev = dev_get_by_index(net, ifindex);

	if (dev)
		netdev_tracker_alloc(dev, tracker, gfp);
	return dev;
}

static inline struct net_device *
netdev_get_by_name(struct net *net, const char *name,
		   netdevice_tracker *tracker, gfp_t gfp)
{
	struct net_device *dev = dev_get_by_name(net, name);

	if (dev)
		netdev_tracker_alloc(dev, tracker, gfp);
	return dev;
}
#endif

/* A device flag that used to be a feature: dev->lltx = true */
#ifndef FL_HAVE_DEV_LLTX
static bool fl_compat_ignored __maybe_unused;
#define lltx	features |= NETIF_F_LLTX, fl_compat_ignored
#endif

/* tc at egress before tcx */
#if !defined(FL_HAVE_TCX_EGRESS) && defined(CONFIG_NET_CLS_ACT)
#define CONFIG_NET_XGRESS	1
#define tcx_egress		miniq_egress
#endif

/* The host's local port range was two words under a lock, without an inline function to
 * read them.
 */
#ifndef FL_HAVE_PORT_RANGE_INLINE
static inline void fl_compat_local_port_range(const struct net *net, int *low,
					      int *high)
{
	unsigned int seq;

	do {
		seq = read_seqbegin(&net->ipv4.ip_local_ports.lock);
		*low = net->ipv4.ip_local_ports.range[0];
		*high = net->ipv4.ip_local_ports.range[1];
	} while (read_seqretry(&net->ipv4.ip_local_ports.lock, seq));
}

#define inet_get_local_port_range	fl_compat_local_port_range
#endif

/* Netlink ----------------------------------------------------------------- */

#ifndef FL_HAVE_FDB_DUMP_CONTEXT
/* Formerly cb->args[2] */
struct ndo_fdb_dump_context {
	unsigned long	args[2];
	unsigned long	fdb_idx;
};
#endif

/* The name of a namespace of symbols was no string. */
#ifndef FL_HAVE_IMPORT_NS_STRING
#undef MODULE_IMPORT_NS
#define MODULE_IMPORT_NS(ns)	MODULE_INFO(import_ns, ns)
#endif

#ifndef FL_HAVE_GENL_INFO_DUMP
static inline const struct genl_dumpit_info *
genl_info_dump(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb);
}
#endif

/* The functions before and after a command used to get another description of the
 * operation, which they do not use.
 */
#ifndef FL_HAVE_GENL_SPLIT_OPS
#define genl_split_ops		genl_ops
#endif

/* The range of a policy was not const, though nothing writes to it. */
#ifndef FL_HAVE_NLA_CONST_RANGE
#undef NLA_POLICY_FULL_RANGE
#define NLA_POLICY_FULL_RANGE(tp, _range) {				\
	.type = NLA_ENSURE_UINT_OR_BINARY_TYPE(tp),			\
	.validation_type = NLA_VALIDATE_RANGE_PTR,			\
	.range = (struct netlink_range_validation *)(_range),		\
}
#endif

/* Operations that had different parameters. A function-like macro renames each function
 * of the module that has the newest kernel's parameters, both where it is declared and
 * where it is defined. In the table of operations, where the name has no parentheses,
 * it refers to a wrapper defined here.
 */
#ifndef FL_HAVE_NEWLINK_PARAMS
struct rtnl_newlink_params {
	struct net	*src_net;
	struct nlattr	**tb;
	struct nlattr	**data;
};

static inline struct net *
rtnl_newlink_link_net(const struct rtnl_newlink_params *params)
{
	return params->src_net;
}

int fl_compat_newlink(struct net_device *dev,
		      struct rtnl_newlink_params *params,
		      struct netlink_ext_ack *extack);

static inline int fl_link_newlink(struct net *src_net, struct net_device *dev,
				  struct nlattr *tb[], struct nlattr *data[],
				  struct netlink_ext_ack *extack)
{
	struct rtnl_newlink_params params = {
		.src_net	= src_net,
		.tb		= tb,
		.data		= data,
	};

	return fl_compat_newlink(dev, &params, extack);
}

#define fl_link_newlink(...)	fl_compat_newlink(__VA_ARGS__)
#endif

#ifndef FL_HAVE_FDB_NOTIFIED
int fl_compat_fdb_add(struct ndmsg *ndm, struct nlattr *tb[],
		      struct net_device *dev, const unsigned char *addr,
		      u16 vid, u16 flags, bool *notified,
		      struct netlink_ext_ack *extack);
int fl_compat_fdb_del(struct ndmsg *ndm, struct nlattr *tb[],
		      struct net_device *dev, const unsigned char *addr,
		      u16 vid, bool *notified, struct netlink_ext_ack *extack);

static inline int fl_fdb_rtnl_add(struct ndmsg *ndm, struct nlattr *tb[],
				  struct net_device *dev,
				  const unsigned char *addr, u16 vid, u16 flags,
				  struct netlink_ext_ack *extack)
{
	bool notified;

	return fl_compat_fdb_add(ndm, tb, dev, addr, vid, flags, &notified,
				 extack);
}

static inline int fl_fdb_rtnl_del(struct ndmsg *ndm, struct nlattr *tb[],
				  struct net_device *dev,
				  const unsigned char *addr, u16 vid,
				  struct netlink_ext_ack *extack)
{
	bool notified;

	return fl_compat_fdb_del(ndm, tb, dev, addr, vid, &notified, extack);
}

#define fl_fdb_rtnl_add(...)	fl_compat_fdb_add(__VA_ARGS__)
#define fl_fdb_rtnl_del(...)	fl_compat_fdb_del(__VA_ARGS__)
#endif

#ifndef FL_HAVE_FDB_BULK_NLH
int fl_compat_fdb_del_bulk(struct nlmsghdr *nlh, struct net_device *dev,
			   struct netlink_ext_ack *extack);
int fl_fdb_rtnl_flush(const struct ndmsg *ndm, struct nlattr *tb[],
		      struct net_device *dev, struct netlink_ext_ack *extack);

static inline int fl_fdb_rtnl_del_bulk(struct ndmsg *ndm, struct nlattr *tb[],
				       struct net_device *dev, u16 vid,
				       struct netlink_ext_ack *extack)
{
	return fl_fdb_rtnl_flush(ndm, tb, dev, extack);
}

#define fl_fdb_rtnl_del_bulk(...)	fl_compat_fdb_del_bulk(__VA_ARGS__)
#endif

/* Routes ------------------------------------------------------------------ */

#ifndef FL_HAVE_DST_RT6_INFO
#define dst_rt6_info(ptr)	container_of(ptr, struct rt6_info, dst)
#endif

#ifndef FL_HAVE_FLOWI4_DSCP
#define flowi4_dscp			flowi4_tos
#define inet_dsfield_to_dscp(tos)	RT_TOS(tos)
#endif

/* UDP tunnels used to take the socket instead of the sock. */

#ifndef FL_HAVE_UDP_TUNNEL_SK
#define setup_udp_tunnel_sock(net, sk, cfg) \
	setup_udp_tunnel_sock(net, (sk)->sk_socket, cfg)
#define udp_tunnel_sock_release(sk) \
	udp_tunnel_sock_release((sk)->sk_socket)
#define udp_tunnel_notify_add_rx_port(sk, type) \
	udp_tunnel_notify_add_rx_port((sk)->sk_socket, type)
#define udp_tunnel_notify_del_rx_port(sk, type) \
	udp_tunnel_notify_del_rx_port((sk)->sk_socket, type)
#define udp_tunnel_push_rx_port(dev, sk, type) \
	udp_tunnel_push_rx_port(dev, (sk)->sk_socket, type)
#define udp_tunnel_drop_rx_port(dev, sk, type) \
	udp_tunnel_drop_rx_port(dev, (sk)->sk_socket, type)
#endif

#endif /* _COMPAT_COMPAT_H */
