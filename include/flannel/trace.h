/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: the lifetime of a miss, and every dropped packet. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM flannel

#if !defined(_FLANNEL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _FLANNEL_TRACE_H

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include <flannel/miss.h>

#define FL_TRACE_KINDS				\
	{ FLANNEL_MISS_L3,	"l3" },		\
	{ FLANNEL_MISS_L2,	"l2" },		\
	{ FLANNEL_MISS_SOURCE,	"source" }

/* The missing subnet or MAC, in fields that a filter can compare. An IPv4 subnet is
 * shown as an IPv4-mapped IPv6 address.
 */
#define FL_TRACE_KEY_FIELDS			\
	__array(char, dev, IFNAMSIZ)		\
	__field(u32, kind)			\
	__field(u8, len)			\
	__array(u8, subnet, 16)			\
	__array(u8, mac, ETH_ALEN)

#define FL_TRACE_KEY_ASSIGN						\
	do {								\
		strscpy(__entry->dev, dev->name, IFNAMSIZ);		\
		__entry->kind = key->kind;				\
		__entry->len = key->prefix.len;				\
		if (key->prefix.family == AF_INET)			\
			ipv6_addr_set_v4mapped(key->prefix.ip.v4,	\
				(struct in6_addr *)__entry->subnet);	\
		else							\
			memcpy(__entry->subnet, &key->prefix.ip.v6, 16);\
		u64_to_ether_addr(key->mac, __entry->mac);		\
	} while (0)

#define FL_TRACE_KEY_FORMAT	"dev=%s kind=%s subnet=%pI6c/%u mac=%pM"
#define FL_TRACE_KEY_ARGS						\
	__entry->dev, __print_symbolic(__entry->kind, FL_TRACE_KINDS),\
	__entry->subnet, __entry->len, __entry->mac

TRACE_EVENT(flannel_miss,
	TP_PROTO(const struct net_device *dev, const struct fl_miss_key *key,
		 unsigned int tries),
	TP_ARGS(dev, key, tries),
	TP_STRUCT__entry(
		FL_TRACE_KEY_FIELDS
		__field(unsigned int, tries)
	),
	TP_fast_assign(
		FL_TRACE_KEY_ASSIGN;
		__entry->tries = tries;
	),
	TP_printk(FL_TRACE_KEY_FORMAT " try=%u", FL_TRACE_KEY_ARGS,
		  __entry->tries)
);

TRACE_EVENT(flannel_answer,
	TP_PROTO(const struct net_device *dev, const struct fl_miss_key *key,
		 bool found, unsigned int ms),
	TP_ARGS(dev, key, found, ms),
	TP_STRUCT__entry(
		FL_TRACE_KEY_FIELDS
		__field(bool, found)
		__field(unsigned int, ms)
	),
	TP_fast_assign(
		FL_TRACE_KEY_ASSIGN;
		__entry->found = found;
		__entry->ms = ms;
	),
	TP_printk(FL_TRACE_KEY_FORMAT " found=%d ms=%u", FL_TRACE_KEY_ARGS,
		  __entry->found, __entry->ms)
);

TRACE_EVENT(flannel_park,
	TP_PROTO(const struct net_device *dev, const struct fl_miss_key *key,
		 const struct sk_buff *skb, unsigned int parked),
	TP_ARGS(dev, key, skb, parked),
	TP_STRUCT__entry(
		FL_TRACE_KEY_FIELDS
		__field(const void *, skbaddr)
		__field(unsigned int, len_bytes)
		__field(unsigned int, parked)
	),
	TP_fast_assign(
		FL_TRACE_KEY_ASSIGN;
		__entry->skbaddr = skb;
		__entry->len_bytes = skb->len;
		__entry->parked = parked;
	),
	TP_printk(FL_TRACE_KEY_FORMAT " skbaddr=%p bytes=%u parked=%u",
		  FL_TRACE_KEY_ARGS, __entry->skbaddr, __entry->len_bytes,
		  __entry->parked)
);

TRACE_EVENT(flannel_release,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb),
	TP_ARGS(dev, skb),
	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__field(const void *, skbaddr)
		__field(unsigned int, len_bytes)
	),
	TP_fast_assign(
		strscpy(__entry->dev, dev->name, IFNAMSIZ);
		__entry->skbaddr = skb;
		__entry->len_bytes = skb->len;
	),
	TP_printk("dev=%s skbaddr=%p bytes=%u", __entry->dev,
		  __entry->skbaddr, __entry->len_bytes)
);

TRACE_EVENT(flannel_drop,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		 const char *why),
	TP_ARGS(dev, skb, why),
	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__field(const void *, skbaddr)
		__field(u16, protocol)
		__field(unsigned int, len_bytes)
		__array(char, why, 32)
	),
	TP_fast_assign(
		strscpy(__entry->dev, dev->name, IFNAMSIZ);
		__entry->skbaddr = skb;
		__entry->protocol = ntohs(skb->protocol);
		__entry->len_bytes = skb->len;
		strscpy(__entry->why, why, sizeof(__entry->why));
	),
	TP_printk("dev=%s skbaddr=%p protocol=%#x bytes=%u why=%s",
		  __entry->dev, __entry->skbaddr, __entry->protocol,
		  __entry->len_bytes, __entry->why)
);

#endif /* _FLANNEL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH flannel
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
