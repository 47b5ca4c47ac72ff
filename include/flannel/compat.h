/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that we build for. The rest of the source
 * is written for the newest; this room knows the older ones. Kbuild finds out
 * by looking into the headers what a kernel has (FL_HAVE_*): version numbers
 * lie, since stable kernels take changes of interfaces along.
 */
#ifndef _FLANNEL_COMPAT_H
#define _FLANNEL_COMPAT_H

#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/flow.h>
#include <net/genetlink.h>
#include <net/gro.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>
#ifdef FL_HAVE_LINUX_UNALIGNED_H
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif
#ifdef FL_HAVE_NET_RPS_H
#include <net/rps.h>
#endif

#include <flannel/fdb_rtnl.h>
#include <flannel/link.h>

/* Drop reasons ------------------------------------------------------------ */

#define SKB_DROP_REASON_FL_PKT_TOO_SMALL	SKB_DROP_REASON_PKT_TOO_SMALL
#define SKB_DROP_REASON_FL_DEV_READY		SKB_DROP_REASON_DEV_READY
#define SKB_DROP_REASON_FL_CPU_BACKLOG		SKB_DROP_REASON_CPU_BACKLOG
#ifdef FL_HAVE_TUNNEL_DROP_REASONS
#define SKB_DROP_REASON_FL_NO_TX_TARGET		SKB_DROP_REASON_NO_TX_TARGET
#define SKB_DROP_REASON_FL_VNI_NOT_FOUND	SKB_DROP_REASON_VXLAN_VNI_NOT_FOUND
#define SKB_DROP_REASON_FL_INVALID_HDR		SKB_DROP_REASON_VXLAN_INVALID_HDR
#define SKB_DROP_REASON_FL_ENTRY_EXISTS		SKB_DROP_REASON_VXLAN_ENTRY_EXISTS
#define SKB_DROP_REASON_FL_LOCAL_MAC		SKB_DROP_REASON_LOCAL_MAC
#define SKB_DROP_REASON_FL_TUNNEL_ECN		SKB_DROP_REASON_IP_TUNNEL_ECN
#else
#define SKB_DROP_REASON_FL_NO_TX_TARGET		SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_FL_VNI_NOT_FOUND	SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_FL_INVALID_HDR		SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_FL_ENTRY_EXISTS		SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_FL_LOCAL_MAC		SKB_DROP_REASON_NOT_SPECIFIED
#define SKB_DROP_REASON_FL_TUNNEL_ECN		SKB_DROP_REASON_NOT_SPECIFIED
#endif

/* Tracepoints: newer kernels remember themselves what a string is made from. */

#ifdef FL_HAVE_ASSIGN_STR_ONE
#define fl_assign_str(field, src)	__assign_str(field)
#else
#define fl_assign_str(field, src)	__assign_str(field, src)
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

static inline void fl_set_lltx(struct net_device *dev)
{
#ifdef FL_HAVE_DEV_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* Newer kernels allocate and free the packet counters of a device themselves. */
static inline int fl_alloc_tstats(struct net_device *dev)
{
#ifdef FL_HAVE_PCPU_STAT_TYPE
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	return 0;
#else
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
#endif
}

static inline void fl_free_tstats(struct net_device *dev)
{
#ifndef FL_HAVE_PCPU_STAT_TYPE
	free_percpu(dev->tstats);
#endif
}

/* Do tc or netfilter look at what a device sends? */
static inline bool fl_dev_has_egress(const struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_EGRESS
	if (rcu_access_pointer(dev->nf_hooks_egress))
		return true;
#endif
#if defined(FL_HAVE_TCX_EGRESS)
#ifdef CONFIG_NET_XGRESS
	return rcu_access_pointer(dev->tcx_egress);
#endif
#elif defined(CONFIG_NET_CLS_ACT)
	return rcu_access_pointer(dev->miniq_egress);
#endif
	return false;
}

/* The host's local ports. Older kernels have two words under a lock, and no
 * inline function that reads them.
 */
static inline void fl_local_port_range(const struct net *net, int *low,
				       int *high)
{
#ifdef FL_HAVE_PORT_RANGE_INLINE
	inet_get_local_port_range(net, low, high);
#else
	unsigned int seq;

	do {
		seq = read_seqbegin(&net->ipv4.ip_local_ports.lock);
		*low = net->ipv4.ip_local_ports.range[0];
		*high = net->ipv4.ip_local_ports.range[1];
	} while (read_seqretry(&net->ipv4.ip_local_ports.lock, seq));
#endif
}

/* rtnetlink --------------------------------------------------------------- */

#ifdef FL_HAVE_NEWLINK_PARAMS
#define fl_compat_newlink	fl_link_newlink
#else
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

static inline int fl_compat_newlink(struct net *src_net, struct net_device *dev,
				    struct nlattr *tb[], struct nlattr *data[],
				    struct netlink_ext_ack *extack)
{
	struct rtnl_newlink_params params = {
		.src_net	= src_net,
		.tb		= tb,
		.data		= data,
	};

	return fl_link_newlink(dev, &params, extack);
}
#endif

#ifdef FL_HAVE_FDB_NOTIFIED
#define fl_compat_ndo_fdb_add	fl_fdb_rtnl_add
#define fl_compat_ndo_fdb_del	fl_fdb_rtnl_del
#else
static inline int fl_compat_ndo_fdb_add(struct ndmsg *ndm, struct nlattr *tb[],
					struct net_device *dev,
					const unsigned char *addr, u16 vid,
					u16 flags,
					struct netlink_ext_ack *extack)
{
	bool notified;

	return fl_fdb_rtnl_add(ndm, tb, dev, addr, vid, flags, &notified,
				 extack);
}

static inline int fl_compat_ndo_fdb_del(struct ndmsg *ndm, struct nlattr *tb[],
					struct net_device *dev,
					const unsigned char *addr, u16 vid,
					struct netlink_ext_ack *extack)
{
	bool notified;

	return fl_fdb_rtnl_del(ndm, tb, dev, addr, vid, &notified, extack);
}
#endif

#ifdef FL_HAVE_FDB_BULK_NLH
#define fl_compat_ndo_fdb_del_bulk	fl_fdb_rtnl_del_bulk
#else
static inline int fl_compat_ndo_fdb_del_bulk(struct ndmsg *ndm,
					     struct nlattr *tb[],
					     struct net_device *dev, u16 vid,
					     struct netlink_ext_ack *extack)
{
	return fl_fdb_rtnl_flush(ndm, tb, dev, extack);
}
#endif

/* The first entry that an FDB dump has not shown yet. */
static inline int fl_fdb_dump_from(const struct netlink_callback *cb)
{
#ifdef FL_HAVE_FDB_DUMP_CONTEXT
	return ((const struct ndo_fdb_dump_context *)cb->ctx)->fdb_idx;
#else
	return cb->args[2];
#endif
}

/* The attributes of a dump request. */
static inline struct nlattr **fl_dump_attrs(struct netlink_callback *cb)
{
#ifdef FL_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* Routes ------------------------------------------------------------------ */

#ifndef FL_HAVE_DST_RT6_INFO
#define dst_rt6_info(ptr)	container_of(ptr, struct rt6_info, dst)
#endif

static inline void fl_flow4_set_tos(struct flowi4 *fl4, u8 tos)
{
#ifdef FL_HAVE_FLOWI4_DSCP
	fl4->flowi4_dscp = inet_dsfield_to_dscp(tos);
#else
	fl4->flowi4_tos = RT_TOS(tos);
#endif
}

#if IS_ENABLED(CONFIG_IPV6)
static inline bool fl_ip6_is_disabled(const struct net_device *dev)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);

	return idev && READ_ONCE(idev->cnf.disable_ipv6);
}

static inline struct dst_entry *
fl_ip6_dst_lookup(struct net *net, const struct sock *sk, struct flowi6 *fl6)
{
	return ip6_dst_lookup_flow(net, sk, fl6, NULL);
}

static inline int fl_ip6_local_out(struct net *net, struct sock *sk,
				   struct sk_buff *skb)
{
	return ip6_local_out(net, sk, skb);
}

#define fl_ip6_output	ip6_output

static inline int fl_ip6_hoplimit(struct dst_entry *dst)
{
	return ip6_dst_hoplimit(dst);
}

static inline void fl_udp6_set_csum(bool nocheck, struct sk_buff *skb,
				    const struct in6_addr *saddr,
				    const struct in6_addr *daddr, int len)
{
	udp6_set_csum(nocheck, skb, saddr, daddr, len);
}
#else
static inline bool fl_ip6_is_disabled(const struct net_device *dev)
{
	return true;
}

static inline struct dst_entry *
fl_ip6_dst_lookup(struct net *net, const struct sock *sk, struct flowi6 *fl6)
{
	return ERR_PTR(-EAFNOSUPPORT);
}

static inline int fl_ip6_local_out(struct net *net, struct sock *sk,
				   struct sk_buff *skb)
{
	kfree_skb(skb);
	return -EAFNOSUPPORT;
}

#define fl_ip6_output	NULL

static inline int fl_ip6_hoplimit(struct dst_entry *dst)
{
	return 0;
}

static inline void fl_udp6_set_csum(bool nocheck, struct sk_buff *skb,
				    const struct in6_addr *saddr,
				    const struct in6_addr *daddr, int len)
{
}
#endif

/* UDP tunnels: newer kernels want the sock, older ones the socket. --------- */

#ifdef FL_HAVE_UDP_TUNNEL_SK
#define fl_udp_tunnel_arg(sock)	((sock)->sk)
#else
#define fl_udp_tunnel_arg(sock)	(sock)
#endif

static inline void fl_udp_sock_setup(struct net *net, struct socket *sock,
				     struct udp_tunnel_sock_cfg *cfg)
{
	setup_udp_tunnel_sock(net, fl_udp_tunnel_arg(sock), cfg);
}

static inline void fl_udp_sock_release(struct socket *sock)
{
	udp_tunnel_sock_release(fl_udp_tunnel_arg(sock));
}

static inline void fl_udp_notify_add(struct socket *sock)
{
	udp_tunnel_notify_add_rx_port(fl_udp_tunnel_arg(sock),
				      UDP_TUNNEL_TYPE_VXLAN);
}

static inline void fl_udp_notify_del(struct socket *sock)
{
	udp_tunnel_notify_del_rx_port(fl_udp_tunnel_arg(sock),
				      UDP_TUNNEL_TYPE_VXLAN);
}

static inline void fl_udp_offload(struct net_device *dev, struct socket *sock,
				  bool add)
{
	if (add)
		udp_tunnel_push_rx_port(dev, fl_udp_tunnel_arg(sock),
					UDP_TUNNEL_TYPE_VXLAN);
	else
		udp_tunnel_drop_rx_port(dev, fl_udp_tunnel_arg(sock),
					UDP_TUNNEL_TYPE_VXLAN);
}

#endif /* _FLANNEL_COMPAT_H */
