/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses and prefixes: a family and bytes. Both are keys of hash tables, so all
 * unused bytes are zero.
 */
#ifndef _FLANNEL_ADDR_H
#define _FLANNEL_ADDR_H

#include <linux/hash.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include <net/netlink.h>

union fl_ip {
	struct in6_addr	v6;	/* first, so that "= {}" clears all of it */
	__be32		v4;
};

/**
 * struct fl_addr - an address
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for "none"
 * @ip: the bytes
 */
struct fl_addr {
	u32		family;
	union fl_ip	ip;
};

/**
 * struct fl_prefix - an inner subnet
 * @family: AF_INET or AF_INET6
 * @len: number of leading bits that count; the others are zero in @ip
 * @zero: always 0
 * @ip: the bytes
 */
struct fl_prefix {
	u8		family;
	u8		len;
	u16		zero;
	union fl_ip	ip;
};

static inline struct fl_addr fl_addr4(__be32 ip)
{
	struct fl_addr addr = {};

	addr.family = AF_INET;
	addr.ip.v4 = ip;
	return addr;
}

static inline struct fl_addr fl_addr6(const struct in6_addr *ip)
{
	struct fl_addr addr = {};

	addr.family = AF_INET6;
	addr.ip.v6 = *ip;
	return addr;
}

static inline bool fl_addr_equal(const struct fl_addr *a,
				 const struct fl_addr *b)
{
	if (a->family != b->family)
		return false;
	return a->family == AF_INET6 ? ipv6_addr_equal(&a->ip.v6, &b->ip.v6) :
				       a->ip.v4 == b->ip.v4;
}

static inline u8 fl_family_bits(u8 family)
{
	return family == AF_INET ? 32 : 128;
}

/* The mask of @len leading bits, for @len from 0 to 32. */
static inline __be32 fl_mask4(u8 len)
{
	return len ? htonl(~0U << (32 - len)) : 0;
}

/* Spreads IPv4 addresses over the buckets of a table. An odd secret factor propagates
 * each bit into all upper bits of the product, so two addresses collide no more often
 * than by chance. This matters if others control the entries of a table: with
 * `learning` on and `rpf` off, peers are learned from received packets.
 */
static __always_inline u32 fl_hash4(__be32 ip, u32 more, u32 seed)
{
	u64 word = ((u64)more << 32) | (__force u32)ip;

	return (word * (GOLDEN_RATIO_64 * (2 * (u64)seed + 1))) >> 32;
}

static inline void fl_prefix_make(struct fl_prefix *prefix,
				  const struct fl_addr *addr, u8 len)
{
	memset(prefix, 0, sizeof(*prefix));
	prefix->family = addr->family;
	prefix->len = len;
	if (addr->family == AF_INET)
		prefix->ip.v4 = addr->ip.v4 & fl_mask4(len);
	else
		ipv6_addr_prefix(&prefix->ip.v6, &addr->ip.v6, len);
}

static inline bool fl_prefix_has(const struct fl_prefix *prefix,
				 const struct fl_addr *addr)
{
	if (prefix->family != addr->family)
		return false;
	if (prefix->family == AF_INET)
		return !((prefix->ip.v4 ^ addr->ip.v4) & fl_mask4(prefix->len));
	return ipv6_prefix_equal(&prefix->ip.v6, &addr->ip.v6, prefix->len);
}

/* Does one of the two contain the other? */
static inline bool fl_prefix_overlap(const struct fl_prefix *a,
				     const struct fl_prefix *b)
{
	struct fl_addr addr = { .family = b->family, .ip = b->ip };
	struct fl_prefix wide = *a;

	wide.len = min(a->len, b->len);
	return fl_prefix_has(&wide, &addr);
}

/* Inner destination or source of a packet whose IP header is linear. */
static inline void fl_addr_inner(struct fl_addr *addr,
				 const struct sk_buff *skb, __be16 protocol,
				 bool source)
{
	if (protocol == htons(ETH_P_IP))
		*addr = fl_addr4(source ? ip_hdr(skb)->saddr :
					  ip_hdr(skb)->daddr);
	else
		*addr = fl_addr6(source ? &ipv6_hdr(skb)->saddr :
					  &ipv6_hdr(skb)->daddr);
}

/* The length of an address attribute determines its family. */
static inline int fl_nla_get_addr(struct fl_addr *addr, const struct nlattr *nla)
{
	struct in6_addr ip6;

	switch (nla_len(nla)) {
	case sizeof(struct in_addr):
		*addr = fl_addr4(nla_get_in_addr(nla));
		return 0;
	case sizeof(struct in6_addr):
		ip6 = nla_get_in6_addr(nla);
		*addr = fl_addr6(&ip6);
		return 0;
	default:
		return -EINVAL;
	}
}

static inline int fl_nla_put_ip(struct sk_buff *skb, int type, u8 family,
				const union fl_ip *ip)
{
	return family == AF_INET ? nla_put_in_addr(skb, type, ip->v4) :
				   nla_put_in6_addr(skb, type, &ip->v6);
}

#endif /* _FLANNEL_ADDR_H */
