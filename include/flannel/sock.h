/* SPDX-License-Identifier: GPL-2.0 */
/* UDP sockets. Devices with different VNIs share the socket of a port. */
#ifndef _FLANNEL_SOCK_H
#define _FLANNEL_SOCK_H

#include <linux/list.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <net/sock.h>
#include <uapi/linux/flannel.h>

#define FL_SOCK_VNI_BITS	6

struct fl_config;
struct fl_dev;
struct netlink_ext_ack;

/**
 * struct fl_sock - a UDP socket and the devices behind it
 * @sock: the socket
 * @net: namespace of the underlay
 * @list: links it into struct fl_net; under RTNL
 * @users: devices that use it; under RTNL
 * @family: AF_INET or AF_INET6
 * @port: UDP port
 * @bound: ifindex it is bound to (a VRF), or 0
 * @zero_csum6: takes IPv6 packets without UDP checksum
 * @rcu: frees it
 * @vnis: the devices, by VNI; readers are under RCU
 */
struct fl_sock {
	struct socket		*sock;
	struct net		*net;
	struct list_head	list;
	unsigned int		users;
	u16			family;
	__be16			port;
	int			bound;
	bool			zero_csum6;
	struct rcu_head		rcu;
	struct hlist_head	vnis[1 << FL_SOCK_VNI_BITS];
};

int fl_sock_open(struct fl_dev *fl, struct netlink_ext_ack *extack);
void fl_sock_close(struct fl_dev *fl);
int fl_sock_try(struct fl_dev *fl, struct netlink_ext_ack *extack);
struct fl_dev *fl_sock_find_vni(const struct fl_sock *fs, u32 vni);
void fl_sock_drop(const struct fl_sock *fs, struct sk_buff *skb,
		  enum flannel_stats_attr why);
void fl_sock_offload(struct net *net, struct net_device *dev, bool add);

static inline int fl_sock_bound(const struct fl_sock *fs)
{
	return fs->bound;
}

static inline struct sock *fl_sock_sk(const struct fl_sock *fs)
{
	return fs->sock->sk;
}

#endif /* _FLANNEL_SOCK_H */
