/* SPDX-License-Identifier: GPL-2.0 */
/* IPv6 support of the underlay, with stubs for a kernel built without it. */
#ifndef _FLANNEL_IP6_H
#define _FLANNEL_IP6_H

#include <net/addrconf.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>

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

#endif /* _FLANNEL_IP6_H */
