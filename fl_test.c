// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what is pure: prefixes, the longest match of leases, the source
 * port of a flow, the pace of questions, options. A module of its own, built where
 * the kernel has KUnit; it never comes near a device.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include <flannel/config.h>
#include <flannel/dev.h>
#include <flannel/flow.h>
#include <flannel/lease.h>
#include <flannel/miss_priv.h>

/* Prefixes ---------------------------------------------------------------- */

static struct fl_addr fl_test_addr4(u32 ip)
{
	return fl_addr4(htonl(ip));
}

/* An IPv6 address of its first and its last 64 bits */
static struct fl_addr fl_test_addr6(u64 high, u64 low)
{
	__be64 halves[2] = { cpu_to_be64(high), cpu_to_be64(low) };
	struct in6_addr ip;

	memcpy(&ip, halves, sizeof(ip));
	return fl_addr6(&ip);
}

static struct fl_prefix fl_test_prefix(struct fl_addr addr, u8 len)
{
	struct fl_prefix prefix;

	fl_prefix_make(&prefix, &addr, len);
	return prefix;
}

static struct fl_prefix fl_test_prefix4(u32 ip, u8 len)
{
	return fl_test_prefix(fl_test_addr4(ip), len);
}

static struct fl_prefix fl_test_prefix6(u64 high, u64 low, u8 len)
{
	return fl_test_prefix(fl_test_addr6(high, low), len);
}

/* The address that differs from @addr in one bit, counted from the first. */
static struct fl_addr fl_test_flip(struct fl_addr addr, unsigned int bit)
{
	u8 *bytes = (u8 *)&addr.ip;

	bytes[bit / 8] ^= 0x80 >> bit % 8;
	return addr;
}

static void fl_test_prefix_mask(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ntohl(fl_mask4(0)), 0);
	KUNIT_EXPECT_EQ(test, ntohl(fl_mask4(1)), 0x80000000);
	KUNIT_EXPECT_EQ(test, ntohl(fl_mask4(24)), 0xffffff00);
	KUNIT_EXPECT_EQ(test, ntohl(fl_mask4(32)), 0xffffffff);
}

/* Prefixes are keys of hash tables: what does not count is zero. */
static void fl_test_prefix_make(struct kunit *test)
{
	struct fl_prefix want = { .family = AF_INET, .len = 20 };
	struct fl_prefix made;
	struct fl_addr addr;

	want.ip.v4 = htonl(0x0af4f000);
	made = fl_test_prefix4(0x0af4ff17, 20);
	KUNIT_EXPECT_EQ(test, memcmp(&made, &want, sizeof(want)), 0);

	want.len = 0;
	want.ip.v4 = 0;
	made = fl_test_prefix4(0x0af4ff17, 0);
	KUNIT_EXPECT_EQ(test, memcmp(&made, &want, sizeof(want)), 0);

	want = (struct fl_prefix){ .family = AF_INET6, .len = 61 };
	addr = fl_test_addr6(0xfd00001002440008, 0);
	want.ip = addr.ip;
	made = fl_test_prefix6(0xfd0000100244000f, 0x17, 61);
	KUNIT_EXPECT_EQ(test, memcmp(&made, &want, sizeof(want)), 0);
}

/* An address that differs in bit N is in the prefixes of up to N bits alone. */
static void fl_test_prefix_has(struct kunit *test)
{
	const struct fl_addr addrs[] = {
		fl_test_addr4(0xc6336417), fl_test_addr6(0x20010db8a5a55a5a, 0x1234567890abcdef),
	};
	unsigned int i, bit, len;

	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		unsigned int bits = fl_family_bits(addrs[i].family);

		for (bit = 0; bit < bits; bit++) {
			struct fl_addr other = fl_test_flip(addrs[i], bit);

			for (len = 0; len <= bits; len++) {
				struct fl_prefix prefix = fl_test_prefix(addrs[i], len);

				KUNIT_ASSERT_TRUE(test, fl_prefix_has(&prefix, &addrs[i]));
				KUNIT_ASSERT_EQ_MSG(test, fl_prefix_has(&prefix, &other),
						    len <= bit, "bit %u of a /%u", bit, len);
			}
		}
	}
}

static void fl_test_prefix_families(struct kunit *test)
{
	const struct fl_addr four = fl_test_addr4(0x20010db8);
	const struct fl_addr six = fl_test_addr6(0x20010db800000000, 0);
	const struct fl_prefix all4 = fl_test_prefix4(0, 0);
	const struct fl_prefix all6 = fl_test_prefix6(0, 0, 0);

	KUNIT_EXPECT_FALSE(test, fl_addr_equal(&four, &six));
	KUNIT_EXPECT_TRUE(test, fl_prefix_has(&all4, &four));
	KUNIT_EXPECT_FALSE(test, fl_prefix_has(&all4, &six));
	KUNIT_EXPECT_TRUE(test, fl_prefix_has(&all6, &six));
	KUNIT_EXPECT_FALSE(test, fl_prefix_has(&all6, &four));
	KUNIT_EXPECT_FALSE(test, fl_prefix_overlap(&all4, &all6));
}

static void fl_test_prefix_overlap(struct kunit *test)
{
	const struct fl_prefix wide = fl_test_prefix4(0x0af40000, 16);
	const struct fl_prefix narrow = fl_test_prefix4(0x0af41100, 24);
	const struct fl_prefix apart = fl_test_prefix4(0x0af51100, 24);

	KUNIT_EXPECT_TRUE(test, fl_prefix_overlap(&wide, &narrow));
	KUNIT_EXPECT_TRUE(test, fl_prefix_overlap(&narrow, &wide));
	KUNIT_EXPECT_TRUE(test, fl_prefix_overlap(&wide, &wide));
	KUNIT_EXPECT_FALSE(test, fl_prefix_overlap(&wide, &apart));
	KUNIT_EXPECT_FALSE(test, fl_prefix_overlap(&apart, &narrow));
}

static void fl_test_prefix_attr(struct kunit *test)
{
	struct {
		struct nlattr	head;
		u8		bytes[20];
	} attr = { .bytes = { 192, 0, 2, 1 } };
	const struct fl_addr want = fl_test_addr4(0xc0000201);
	struct fl_addr addr;
	unsigned int len;

	for (len = 0; len <= sizeof(attr.bytes); len++) {
		attr.head.nla_len = nla_attr_size(len);
		KUNIT_EXPECT_EQ_MSG(test, fl_nla_get_addr(&addr, &attr.head),
				    len == 4 || len == 16 ? 0 : -EINVAL, "%u bytes", len);
		if (len == 4)
			KUNIT_EXPECT_TRUE(test, fl_addr_equal(&addr, &want));
		if (len == 16)
			KUNIT_EXPECT_EQ(test, addr.family, AF_INET6);
	}
}

static struct kunit_case fl_test_prefix_cases[] = {
	KUNIT_CASE(fl_test_prefix_mask),
	KUNIT_CASE(fl_test_prefix_make),
	KUNIT_CASE(fl_test_prefix_has),
	KUNIT_CASE(fl_test_prefix_families),
	KUNIT_CASE(fl_test_prefix_overlap),
	KUNIT_CASE(fl_test_prefix_attr),
	{}
};

static struct kunit_suite fl_test_prefix_suite = {
	.name		= "flannel_prefix",
	.test_cases	= fl_test_prefix_cases,
};

/* Leases ------------------------------------------------------------------ */

#define FL_TEST_LEASES	2000

/* A table of leases that no device has */
static int fl_test_lease_init(struct kunit *test)
{
	struct fl_dev *fl = kunit_kzalloc(test, sizeof(*fl), GFP_KERNEL);
	int err;

	if (!fl)
		return -ENOMEM;
	mutex_init(&fl->lock);
	err = fl_lease_init(fl);
	if (!err)
		test->priv = fl;
	return err;
}

static void fl_test_lease_exit(struct kunit *test)
{
	struct fl_dev *fl = test->priv;

	if (!fl)
		return;
	rhashtable_destroy(&fl->leases.ht);
	kfree(rcu_dereference_protected(fl->leases.lengths, true));
	mutex_destroy(&fl->lock);
}

static void fl_test_lease_add(struct kunit *test, struct fl_prefix prefix)
{
	struct fl_lease *lease = kunit_kzalloc(test, sizeof(*lease), GFP_KERNEL);
	struct fl_dev *fl = test->priv;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, lease);
	lease->prefix = prefix;
	mutex_lock(&fl->lock);
	err = fl_lengths_add(fl, &prefix) ?: fl_lease_publish(fl, lease, NULL);
	mutex_unlock(&fl->lock);
	KUNIT_ASSERT_EQ(test, err, 0);
}

/* Length of the prefix that is found for an address, or -1 */
static int fl_test_lease_len(struct kunit *test, struct fl_addr addr)
{
	struct fl_lease *lease;
	int len = -1;

	rcu_read_lock();
	lease = fl_lease_lookup(test->priv, &addr);
	if (lease)
		len = fl_prefix_has(&lease->prefix, &addr) ? lease->prefix.len : -2;
	rcu_read_unlock();
	return len;
}

static void fl_test_lease_none(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, fl_test_addr4(0)), -1);
	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, fl_test_addr6(0, 0)), -1);
}

static void fl_test_lease_neighbours(struct kunit *test)
{
	fl_test_lease_add(test, fl_test_prefix4(0x0af41100, 24));
	fl_test_lease_add(test, fl_test_prefix4(0x0af41200, 24));

	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, fl_test_addr4(0x0af410ff)), -1);
	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, fl_test_addr4(0x0af41100)), 24);
	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, fl_test_addr4(0x0af412ff)), 24);
	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, fl_test_addr4(0x0af41300)), -1);
}

/* IPv4 and IPv6 prefixes of the same bytes are different. */
static void fl_test_lease_families(struct kunit *test)
{
	fl_test_lease_add(test, fl_test_prefix4(0x20010db8, 32));
	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, fl_test_addr6(0x20010db800000000, 0)), -1);
	fl_test_lease_add(test, fl_test_prefix6(0, 0, 0));
	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, fl_test_addr6(0x20010db800000000, 0)), 0);
	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, fl_test_addr4(0x20010db9)), -1);
	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, fl_test_addr4(0x20010db8)), 32);
}

/* One lease of each length around an address. Which address differs from it first in
 * bit N belongs to that of N bits.
 */
static void fl_test_lease_lengths(struct kunit *test, struct fl_addr addr)
{
	unsigned int bits = fl_family_bits(addr.family), i;

	/* In no order: 7 divides neither 33 nor 129. */
	for (i = 0; i <= bits; i++)
		fl_test_lease_add(test, fl_test_prefix(addr, i * 7 % (bits + 1)));
	for (i = 0; i < bits; i++)
		KUNIT_ASSERT_EQ(test, fl_test_lease_len(test, fl_test_flip(addr, i)), i);
	KUNIT_EXPECT_EQ(test, fl_test_lease_len(test, addr), bits);
}

static void fl_test_lease_lengths4(struct kunit *test)
{
	fl_test_lease_lengths(test, fl_test_addr4(0x0af41117));
}

static void fl_test_lease_lengths6(struct kunit *test)
{
	fl_test_lease_lengths(test, fl_test_addr6(0xfd00001002440011, 0x17));
}

/* The table grows while it is filled. Each third subnet has no lease of its own. */
static void fl_test_lease_many(struct kunit *test)
{
	const u32 base = 0x0a000000;
	u32 i;

	fl_test_lease_add(test, fl_test_prefix4(base, 8));
	for (i = 0; i < FL_TEST_LEASES; i++)
		if (i % 3)
			fl_test_lease_add(test, fl_test_prefix4(base + (i << 8), 24));
	for (i = 0; i < FL_TEST_LEASES; i++)
		KUNIT_ASSERT_EQ(test,
				fl_test_lease_len(test, fl_test_addr4(base + (i << 8) + 9)),
				i % 3 ? 24 : 8);
}

static struct kunit_case fl_test_lease_cases[] = {
	KUNIT_CASE(fl_test_lease_none),
	KUNIT_CASE(fl_test_lease_neighbours),
	KUNIT_CASE(fl_test_lease_families),
	KUNIT_CASE(fl_test_lease_lengths4),
	KUNIT_CASE(fl_test_lease_lengths6),
	KUNIT_CASE(fl_test_lease_many),
	{}
};

static struct kunit_suite fl_test_lease_suite = {
	.name		= "flannel_lease",
	.init		= fl_test_lease_init,
	.exit		= fl_test_lease_exit,
	.test_cases	= fl_test_lease_cases,
};

/* Flows ------------------------------------------------------------------- */

#define FL_TEST_PORT_MIN	32768
#define FL_TEST_PORT_MAX	49152
#define FL_TEST_FLOWS		1024

/**
 * struct fl_test_flow - what a packet looks like
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for a frame that is not IP
 * @addr: the last four bytes of source and destination address
 * @mac: the last two bytes of source and destination MAC
 * @ports: source and destination port
 * @frag_off: of the IPv4 header
 * @apart: the ports are in a page of their own
 * @hash: what a socket has put in, 0 for nothing
 */
struct fl_test_flow {
	int	family;
	u32	addr[2];
	u16	mac[2];
	u16	ports[2];
	u16	frag_off;
	bool	apart;
	u32	hash;
};

static void fl_test_flow_eth(struct sk_buff *skb, const struct fl_test_flow *flow,
			     __be16 protocol)
{
	struct ethhdr *eth = skb_put_zero(skb, sizeof(*eth));

	skb_reset_mac_header(skb);
	put_unaligned_be16(flow->mac[0], eth->h_source + 4);
	put_unaligned_be16(flow->mac[1], eth->h_dest + 4);
	eth->h_proto = protocol;
	skb->protocol = protocol;
	skb_set_network_header(skb, sizeof(*eth));
}

static void fl_test_flow_ip4(struct sk_buff *skb, const struct fl_test_flow *flow)
{
	struct iphdr *iph = skb_put_zero(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->protocol = IPPROTO_UDP;
	iph->saddr = htonl(flow->addr[0]);
	iph->daddr = htonl(flow->addr[1]);
	iph->frag_off = htons(flow->frag_off);
}

static void fl_test_flow_ip6(struct sk_buff *skb, const struct fl_test_flow *flow)
{
	struct ipv6hdr *ip6h = skb_put_zero(skb, sizeof(*ip6h));

	ip6h->version = 6;
	ip6h->nexthdr = IPPROTO_UDP;
	ip6h->saddr.s6_addr32[3] = htonl(flow->addr[0]);
	ip6h->daddr.s6_addr32[3] = htonl(flow->addr[1]);
}

static void fl_test_flow_udp(struct kunit *test, struct sk_buff *skb,
			     const struct fl_test_flow *flow)
{
	const struct udphdr udp = {
		.source	= htons(flow->ports[0]),
		.dest	= htons(flow->ports[1]),
	};
	struct page *page;

	if (!flow->apart) {
		skb_put_data(skb, &udp, sizeof(udp));
		return;
	}
	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	memcpy(page_address(page), &udp, sizeof(udp));
	skb_add_rx_frag(skb, 0, page, 0, sizeof(udp), PAGE_SIZE);
}

/* The outer source port of a packet of the flow */
static u16 fl_test_flow_port(struct kunit *test, const struct fl_test_flow *flow)
{
	const struct fl_config cfg = {
		.port_min = FL_TEST_PORT_MIN, .port_max = FL_TEST_PORT_MAX,
	};
	struct sk_buff *skb = alloc_skb(256, GFP_KERNEL);
	__be16 port;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	fl_test_flow_eth(skb, flow, flow->family == AF_INET ? htons(ETH_P_IP) :
				    flow->family == AF_INET6 ? htons(ETH_P_IPV6) :
							       htons(ETH_P_ARP));
	if (flow->family == AF_INET)
		fl_test_flow_ip4(skb, flow);
	else if (flow->family == AF_INET6)
		fl_test_flow_ip6(skb, flow);
	fl_test_flow_udp(test, skb, flow);
	if (flow->hash)
		skb_set_hash(skb, flow->hash, PKT_HASH_TYPE_L4);
	port = fl_flow_port(NULL, &cfg, skb);
	kfree_skb(skb);
	return ntohs(port);
}

static struct fl_test_flow fl_test_flow_one(int family)
{
	return (struct fl_test_flow){
		.family	= family,
		.addr	= { 0x0af41101, 0x0af41202 },
		.mac	= { 1, 2 },
		.ports	= { 40000, 443 },
	};
}

/* How many ports the flows get of which @field is 0, 1, 2, ... */
static unsigned int fl_test_flow_spread(struct kunit *test, struct fl_test_flow *flow,
					void *field, size_t size)
{
	unsigned long *seen = kunit_kcalloc(test, BITS_TO_LONGS(U16_MAX + 1),
					    sizeof(*seen), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	for (i = 0; i < FL_TEST_FLOWS; i++) {
		u16 port;

		if (size == sizeof(u16))
			*(u16 *)field = i;
		else
			*(u32 *)field = i;
		port = fl_test_flow_port(test, flow);
		KUNIT_ASSERT_GE(test, port, FL_TEST_PORT_MIN);
		KUNIT_ASSERT_LT(test, port, FL_TEST_PORT_MAX);
		__set_bit(port, seen);
	}
	return bitmap_weight(seen, U16_MAX + 1);
}

/* Random ports would be some 990; so few are never by chance. */
#define FL_TEST_EXPECT_SPREAD(test, flow, field)				\
	KUNIT_EXPECT_GT_MSG(test,						\
			    fl_test_flow_spread(test, flow, &(flow)->field,	\
						sizeof((flow)->field)),		\
			    FL_TEST_FLOWS / 2, "family %d, " #field, (flow)->family)

static void fl_test_flow_spreads(struct kunit *test)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct fl_test_flow flow;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		flow = fl_test_flow_one(families[i]);
		FL_TEST_EXPECT_SPREAD(test, &flow, addr[0]);
		FL_TEST_EXPECT_SPREAD(test, &flow, addr[1]);
		FL_TEST_EXPECT_SPREAD(test, &flow, ports[0]);
		FL_TEST_EXPECT_SPREAD(test, &flow, ports[1]);
	}
	flow = fl_test_flow_one(AF_UNSPEC);
	FL_TEST_EXPECT_SPREAD(test, &flow, mac[0]);
	FL_TEST_EXPECT_SPREAD(test, &flow, mac[1]);
}

/* What belongs to one flow takes one path, whatever else is different. */
static void fl_test_flow_stays(struct kunit *test)
{
	struct fl_test_flow flow = fl_test_flow_one(AF_INET);
	u16 port = fl_test_flow_port(test, &flow);

	flow.mac[0] = 17;
	KUNIT_EXPECT_EQ(test, fl_test_flow_port(test, &flow), port);
	flow.apart = true;
	KUNIT_EXPECT_EQ(test, fl_test_flow_port(test, &flow), port);

	flow = fl_test_flow_one(AF_INET6);
	port = fl_test_flow_port(test, &flow);
	flow.apart = true;
	KUNIT_EXPECT_EQ(test, fl_test_flow_port(test, &flow), port);

	flow = fl_test_flow_one(AF_UNSPEC);
	port = fl_test_flow_port(test, &flow);
	flow.ports[0] = 17;
	KUNIT_EXPECT_EQ(test, fl_test_flow_port(test, &flow), port);
}

/* The first fragment has ports, the others have data in their place. */
static void fl_test_flow_fragments(struct kunit *test)
{
	struct fl_test_flow flow = fl_test_flow_one(AF_INET);
	u16 port;

	flow.frag_off = IP_MF;
	port = fl_test_flow_port(test, &flow);
	flow.ports[0] = 17;
	KUNIT_EXPECT_EQ(test, fl_test_flow_port(test, &flow), port);
	flow.frag_off = IP_MF | 185;
	KUNIT_EXPECT_EQ(test, fl_test_flow_port(test, &flow), port);
	flow.frag_off = 370;
	KUNIT_EXPECT_EQ(test, fl_test_flow_port(test, &flow), port);
}

/* The hash of the socket is good enough, and all of it counts. */
static void fl_test_flow_hashed(struct kunit *test)
{
	struct fl_test_flow flow = fl_test_flow_one(AF_INET);
	unsigned int bit;
	u16 port;

	flow.hash = 0x12345678;
	port = fl_test_flow_port(test, &flow);
	flow.ports[0] = 17;
	KUNIT_EXPECT_EQ(test, fl_test_flow_port(test, &flow), port);
	/* The upper half alone decides nothing that the lower one does not. */
	for (bit = 2; bit < 16; bit++) {
		flow.hash = 0x12345678 ^ BIT(bit);
		KUNIT_ASSERT_NE(test, fl_test_flow_port(test, &flow), port);
	}
}

static struct kunit_case fl_test_flow_cases[] = {
	KUNIT_CASE(fl_test_flow_spreads),
	KUNIT_CASE(fl_test_flow_stays),
	KUNIT_CASE(fl_test_flow_fragments),
	KUNIT_CASE(fl_test_flow_hashed),
	{}
};

static struct kunit_suite fl_test_flow_suite = {
	.name		= "flannel_flow",
	.test_cases	= fl_test_flow_cases,
};

/* The pace of questions --------------------------------------------------- */

#define FL_TEST_NOW	(100 * NSEC_PER_SEC)

static const struct fl_pace fl_test_pace = {
	.rate	= 10,
	.burst	= 4,
	.ahead	= NSEC_PER_SEC,
};

/* Books until a question has to wait; returns how many did not have to. */
static unsigned int fl_test_miss_at_once(struct fl_miss_source *source, u64 now)
{
	unsigned int count = 0;
	u64 wait;

	while (fl_miss_book(source, &fl_test_pace, now, &wait) && !wait)
		count++;
	return count;
}

static void fl_test_miss_burst(struct kunit *test)
{
	struct fl_miss_source source = {};

	KUNIT_EXPECT_EQ(test, fl_test_miss_at_once(&source, FL_TEST_NOW), 4);
	/* Who was silent for long may not ask for more. */
	KUNIT_EXPECT_EQ(test, fl_test_miss_at_once(&source, 1000 * FL_TEST_NOW), 4);
}

/* Soon after the boot, the time has not come to be what the burst is deep. */
static void fl_test_miss_boot(struct kunit *test)
{
	struct fl_miss_source source = {};

	KUNIT_EXPECT_EQ(test, fl_test_miss_at_once(&source, 0), 1);
}

static void fl_test_miss_rate(struct kunit *test)
{
	const u64 step = NSEC_PER_SEC / 10;
	struct fl_miss_source source = {};
	u64 wait, next;
	int i;

	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_TRUE(test, fl_miss_book(&source, &fl_test_pace, FL_TEST_NOW, &wait));
	for (i = 1; i <= 10; i++) {
		KUNIT_EXPECT_TRUE(test, fl_miss_book(&source, &fl_test_pace, FL_TEST_NOW, &wait));
		KUNIT_EXPECT_EQ(test, wait, i * step);
	}
	/* Farther ahead than it may; that costs nothing. */
	next = source.next;
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_FALSE(test, fl_miss_book(&source, &fl_test_pace, FL_TEST_NOW, &wait));
	KUNIT_EXPECT_EQ(test, source.next, next);
	KUNIT_EXPECT_TRUE(test, fl_miss_book(&source, &fl_test_pace, FL_TEST_NOW + step, &wait));
	KUNIT_EXPECT_EQ(test, wait, 10 * step);
}

static void fl_test_miss_paces(struct kunit *test)
{
	const struct fl_miss_key own = { .kind = FLANNEL_MISS_L3 };
	const struct fl_miss_key foreign = { .kind = FLANNEL_MISS_SOURCE };
	struct fl_config cfg = { .rpf_rate = 80 };
	struct fl_pace pace;

	pace = fl_miss_pace(&cfg, &foreign);
	KUNIT_EXPECT_EQ(test, pace.rate, 10);
	KUNIT_EXPECT_EQ(test, pace.burst, 20);
	KUNIT_EXPECT_EQ(test, pace.ahead, 0);
	cfg.rpf_rate = 0;
	pace = fl_miss_pace(&cfg, &foreign);
	KUNIT_EXPECT_EQ(test, pace.rate, 1);
	KUNIT_EXPECT_EQ(test, pace.burst, 1);
	/* The option is about strangers. */
	pace = fl_miss_pace(&cfg, &own);
	KUNIT_EXPECT_GE(test, pace.rate, 1000);
	KUNIT_EXPECT_GE(test, pace.burst, 1000);
	KUNIT_EXPECT_GT(test, pace.ahead, 0);
}

/* How many questions about strangers may be asked at @now */
static unsigned int fl_test_miss_tokens(struct fl_miss_table *table, u32 rate,
					unsigned long now)
{
	unsigned int count = 0;

	while (count <= 2 * rate && fl_miss_take_token(table, rate, now))
		count++;
	return count;
}

/* A bucket of one second's questions */
static void fl_test_miss_bucket(struct kunit *test)
{
	struct fl_miss_table *table = kunit_kzalloc(test, sizeof(*table), GFP_KERNEL);
	const unsigned long start = 0UL - HZ;	/* jiffies pass zero meanwhile */

	KUNIT_ASSERT_NOT_NULL(test, table);
	table->token_time = start;
	KUNIT_EXPECT_EQ(test, fl_test_miss_tokens(table, 100, start), 0);
	KUNIT_EXPECT_EQ(test, fl_test_miss_tokens(table, 100, start + HZ / 2), 50);
	KUNIT_EXPECT_EQ(test, fl_test_miss_tokens(table, 100, start + HZ / 2), 0);
	KUNIT_EXPECT_EQ(test, fl_test_miss_tokens(table, 100, start + HZ), 50);
	KUNIT_EXPECT_EQ(test, fl_test_miss_tokens(table, 100, start + 100 * HZ), 100);
	/* Slower than one a tick: what is owed is not forgotten. */
	KUNIT_EXPECT_EQ(test, fl_test_miss_tokens(table, 1, start + 100 * HZ + HZ / 2), 0);
	KUNIT_EXPECT_EQ(test, fl_test_miss_tokens(table, 1, start + 101 * HZ), 1);
	KUNIT_EXPECT_EQ(test, fl_test_miss_tokens(table, 0, start + 200 * HZ), 0);
	/* After more than an hour: what that is worth has no room in 32 bits. */
	table->token_time = start;
	KUNIT_EXPECT_TRUE(test, fl_miss_take_token(table, 1000000, start + 4295UL * HZ));
	KUNIT_EXPECT_EQ(test, table->tokens, 999999);
}

static void fl_test_miss_subnet(struct kunit *test)
{
	const struct fl_config cfg = { .subnet_len = 24, .subnet_len6 = 64 };
	struct fl_miss_key a, b;
	struct fl_addr addr;

	addr = fl_test_addr4(0x0af41117);
	fl_miss_key_subnet(&a, &cfg, FLANNEL_MISS_L3, &addr);
	addr = fl_test_addr4(0x0af411ff);
	fl_miss_key_subnet(&b, &cfg, FLANNEL_MISS_L3, &addr);
	KUNIT_EXPECT_EQ(test, memcmp(&a, &b, sizeof(a)), 0);
	fl_miss_key_subnet(&b, &cfg, FLANNEL_MISS_SOURCE, &addr);
	KUNIT_EXPECT_NE(test, memcmp(&a, &b, sizeof(a)), 0);
	addr = fl_test_addr4(0x0af41217);
	fl_miss_key_subnet(&b, &cfg, FLANNEL_MISS_L3, &addr);
	KUNIT_EXPECT_NE(test, memcmp(&a, &b, sizeof(a)), 0);
	addr = fl_test_addr6(0xfd00001002440011, 0x17);
	fl_miss_key_subnet(&a, &cfg, FLANNEL_MISS_L3, &addr);
	KUNIT_EXPECT_EQ(test, a.prefix.len, 64);
	KUNIT_EXPECT_EQ(test, ntohl(a.prefix.ip.v6.s6_addr32[3]), 0);
}

static struct kunit_case fl_test_miss_cases[] = {
	KUNIT_CASE(fl_test_miss_burst),
	KUNIT_CASE(fl_test_miss_boot),
	KUNIT_CASE(fl_test_miss_rate),
	KUNIT_CASE(fl_test_miss_paces),
	KUNIT_CASE(fl_test_miss_bucket),
	KUNIT_CASE(fl_test_miss_subnet),
	{}
};

static struct kunit_suite fl_test_miss_suite = {
	.name		= "flannel_miss",
	.test_cases	= fl_test_miss_cases,
};

/* Options ----------------------------------------------------------------- */

/**
 * struct fl_test_options - a message that is written, and what came of it
 * @plain: attributes with the numbers of vxlan's
 * @own: attributes of the nest
 * @cfg: what it was parsed to, for kfree()
 * @extack: what was said about it
 */
struct fl_test_options {
	struct sk_buff		*plain;
	struct sk_buff		*own;
	struct fl_config	*cfg;
	struct netlink_ext_ack	extack;
};

static int fl_test_config_init(struct kunit *test)
{
	struct fl_test_options *options = kunit_kzalloc(test, sizeof(*options), GFP_KERNEL);

	if (!options)
		return -ENOMEM;
	options->plain = alloc_skb(NLMSG_GOODSIZE, GFP_KERNEL);
	options->own = alloc_skb(NLMSG_GOODSIZE, GFP_KERNEL);
	test->priv = options;
	return options->plain && options->own ? 0 : -ENOMEM;
}

static void fl_test_config_exit(struct kunit *test)
{
	struct fl_test_options *options = test->priv;

	if (!options)
		return;
	kfree(options->cfg);
	kfree_skb(options->plain);
	kfree_skb(options->own);
}

static void fl_test_put(struct kunit *test, u16 attr, const void *data, int len)
{
	struct fl_test_options *options = test->priv;
	struct sk_buff *skb = attr < IFLA_FLANNEL_OWN_MIN ? options->plain : options->own;

	KUNIT_ASSERT_EQ(test, nla_put(skb, attr, len, data), 0);
}

static void fl_test_put8(struct kunit *test, u16 attr, u8 value)
{
	fl_test_put(test, attr, &value, sizeof(value));
}

static void fl_test_put32(struct kunit *test, u16 attr, u32 value)
{
	fl_test_put(test, attr, &value, sizeof(value));
}

static void fl_test_put_port(struct kunit *test, u16 port)
{
	__be16 value = htons(port);

	fl_test_put(test, IFLA_FLANNEL_PORT, &value, sizeof(value));
}

static void fl_test_put_ports(struct kunit *test, u16 low, u16 high)
{
	struct ifla_vxlan_port_range range = { .low = htons(low), .high = htons(high) };

	fl_test_put(test, IFLA_FLANNEL_PORT_RANGE, &range, sizeof(range));
}

static void fl_test_put_addr(struct kunit *test, u16 attr, struct fl_addr addr)
{
	fl_test_put(test, attr, &addr.ip, addr.family == AF_INET ? 4 : 16);
}

/* Parses what was put since the last time, as rtnetlink does. On success the options
 * take the place of those before; a change is made of these if @live.
 */
static int fl_test_parse(struct kunit *test, bool live)
{
	struct fl_test_options *options = test->priv;
	struct nlattr *tb[IFLA_FLANNEL_OWN + 1];
	struct fl_config *cfg;
	int err = 0;

	memset(&options->extack, 0, sizeof(options->extack));
	if (options->own->len)
		err = nla_put(options->plain, IFLA_FLANNEL_OWN | NLA_F_NESTED,
			      options->own->len, options->own->data);
	KUNIT_ASSERT_EQ(test, err, 0);
	err = nla_parse(tb, IFLA_FLANNEL_OWN, (struct nlattr *)options->plain->data,
			options->plain->len, fl_config_policy, &options->extack);
	if (!err) {
		cfg = fl_config_parse(tb, live ? options->cfg : NULL, &options->extack);
		err = PTR_ERR_OR_ZERO(cfg);
	}
	if (!err) {
		kfree(options->cfg);
		options->cfg = cfg;
	}
	skb_trim(options->plain, 0);
	skb_trim(options->own, 0);
	return err;
}

static const struct fl_config *fl_test_parsed(struct kunit *test, bool live)
{
	struct fl_test_options *options = test->priv;

	KUNIT_ASSERT_EQ_MSG(test, fl_test_parse(test, live), 0, "%s",
			    options->extack._msg ?: "without a word");
	return options->cfg;
}

/* What was put is refused with this error, and with words. */
static void fl_test_refused(struct kunit *test, bool live, int err)
{
	struct fl_test_options *options = test->priv;

	KUNIT_EXPECT_EQ(test, fl_test_parse(test, live), err);
	KUNIT_EXPECT_NOT_NULL(test, options->extack._msg);
}

static void fl_test_config_defaults(struct kunit *test)
{
	const struct fl_config *cfg = fl_config_parse(NULL, NULL, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(cfg));
	KUNIT_EXPECT_EQ(test, cfg->vni, 1);
	KUNIT_EXPECT_EQ(test, ntohs(cfg->port), 8472);
	KUNIT_EXPECT_EQ(test, cfg->mode, FLANNEL_MODE_ETHERNET);
	KUNIT_EXPECT_EQ(test, cfg->rpf, FLANNEL_RPF_OFF);
	KUNIT_EXPECT_EQ(test, cfg->fastpath, FLANNEL_FASTPATH_AUTO);
	KUNIT_EXPECT_TRUE(test, cfg->ipv4 && cfg->ipv6);
	KUNIT_EXPECT_FALSE(test, cfg->learning || cfg->udp_csum || cfg->notrack);
	kfree(cfg);
}

static void fl_test_config_rpf(struct kunit *test)
{
	fl_test_put8(test, IFLA_FLANNEL_MODE, FLANNEL_MODE_L3);
	KUNIT_EXPECT_EQ(test, fl_test_parsed(test, false)->rpf, FLANNEL_RPF_LOOSE);
	fl_test_put8(test, IFLA_FLANNEL_MODE, FLANNEL_MODE_L3);
	fl_test_put8(test, IFLA_FLANNEL_RPF, FLANNEL_RPF_OFF);
	KUNIT_EXPECT_EQ(test, fl_test_parsed(test, false)->rpf, FLANNEL_RPF_OFF);
	/* Off stays off when something else is changed. */
	fl_test_put8(test, IFLA_FLANNEL_TTL, 9);
	KUNIT_EXPECT_EQ(test, fl_test_parsed(test, true)->rpf, FLANNEL_RPF_OFF);
}

static const struct {
	u16	attr;
	u8	size;
	u32	min;
	u32	max;
} fl_test_ranges[] = {
	{ IFLA_FLANNEL_ID,			4, 0, 0xffffff },
	{ IFLA_FLANNEL_MODE,			1, 0, 1 },
	{ IFLA_FLANNEL_DF,			1, 0, 2 },
	{ IFLA_FLANNEL_LEARNING,		1, 0, 1 },
	{ IFLA_FLANNEL_AGEING,			4, 0, 1728000 },
	{ IFLA_FLANNEL_PROXY,			1, 0, 1 },
	{ IFLA_FLANNEL_UDP_CSUM,		1, 0, 1 },
	{ IFLA_FLANNEL_UDP_ZERO_CSUM6_RX,	1, 0, 1 },
	{ IFLA_FLANNEL_RPF,			1, 0, 2 },
	{ IFLA_FLANNEL_FASTPATH,		1, 0, 2 },
	{ IFLA_FLANNEL_SUBNET_LEN,		1, 0, 32 },
	{ IFLA_FLANNEL_SUBNET_LEN6,		1, 0, 128 },
	{ IFLA_FLANNEL_MISS_ENTRIES,		4, 1, INT_MAX },
	{ IFLA_FLANNEL_MISS_RETRY,		4, 1, 60000 },
	{ IFLA_FLANNEL_MISS_TRIES,		1, 1, 8 },
	{ IFLA_FLANNEL_MISS_NEGATIVE,		4, 0, 3600000 },
	{ IFLA_FLANNEL_LEASE_IDLE,		4, 0, 1728000 },
	{ IFLA_FLANNEL_RPF_RATE,		4, 0, 1000000 },
};

static int fl_test_config_value(struct kunit *test, int i, u32 value)
{
	if (fl_test_ranges[i].size == 1)
		fl_test_put8(test, fl_test_ranges[i].attr, value);
	else
		fl_test_put32(test, fl_test_ranges[i].attr, value);
	return fl_test_parse(test, false);
}

static void fl_test_config_ranges(struct kunit *test)
{
	struct fl_test_options *options = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(fl_test_ranges); i++) {
		u32 min = fl_test_ranges[i].min, max = fl_test_ranges[i].max;

		KUNIT_EXPECT_EQ_MSG(test, fl_test_config_value(test, i, min), 0, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, fl_test_config_value(test, i, max), 0, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, fl_test_config_value(test, i, max + 1), -ERANGE,
				    "row %d", i);
		KUNIT_EXPECT_NOT_NULL(test, options->extack._msg);
		KUNIT_EXPECT_NOT_NULL(test, options->extack.bad_attr);
		if (min)
			KUNIT_EXPECT_EQ_MSG(test, fl_test_config_value(test, i, min - 1),
					    -ERANGE, "row %d", i);
	}
}

static void fl_test_config_live(struct kunit *test)
{
	fl_test_parsed(test, false);
	fl_test_put32(test, IFLA_FLANNEL_ID, 2);
	fl_test_refused(test, true, -EOPNOTSUPP);
	fl_test_put_port(test, 4789);
	fl_test_refused(test, true, -EOPNOTSUPP);
	fl_test_put8(test, IFLA_FLANNEL_MODE, FLANNEL_MODE_L3);
	fl_test_refused(test, true, -EOPNOTSUPP);
	/* To say what is so is no change. */
	fl_test_put32(test, IFLA_FLANNEL_ID, 1);
	fl_test_put_port(test, 8472);
	fl_test_put8(test, IFLA_FLANNEL_RPF, FLANNEL_RPF_STRICT);
	KUNIT_EXPECT_EQ(test, fl_test_parsed(test, true)->rpf, FLANNEL_RPF_STRICT);
	/* What is not said stays. */
	fl_test_put8(test, IFLA_FLANNEL_TOS, 8);
	KUNIT_EXPECT_EQ(test, fl_test_parsed(test, true)->rpf, FLANNEL_RPF_STRICT);
}

static void fl_test_config_ports(struct kunit *test)
{
	const struct fl_config *cfg;

	fl_test_put_port(test, 0);
	fl_test_refused(test, false, -EINVAL);
	fl_test_put_ports(test, 2000, 1999);
	fl_test_refused(test, false, -EINVAL);
	fl_test_put_ports(test, 2000, 3000);
	cfg = fl_test_parsed(test, false);
	KUNIT_EXPECT_EQ(test, cfg->port_min, 2000);
	KUNIT_EXPECT_EQ(test, cfg->port_max, 3000);
}

static void fl_test_config_ttl(struct kunit *test)
{
	const struct fl_config *cfg;

	fl_test_put8(test, IFLA_FLANNEL_TTL, 64);
	fl_test_put(test, IFLA_FLANNEL_TTL_INHERIT, NULL, 0);
	fl_test_refused(test, false, -EINVAL);
	fl_test_put(test, IFLA_FLANNEL_TTL_INHERIT, NULL, 0);
	KUNIT_EXPECT_TRUE(test, fl_test_parsed(test, false)->ttl_inherit);
	fl_test_put8(test, IFLA_FLANNEL_TTL, 64);
	cfg = fl_test_parsed(test, true);
	KUNIT_EXPECT_FALSE(test, cfg->ttl_inherit);
	KUNIT_EXPECT_EQ(test, cfg->ttl, 64);
}

/* Which addresses are given says of which families the underlay is. */
static void fl_test_config_families(struct kunit *test)
{
	const struct fl_addr four = fl_test_addr4(0xc0000201);
	const struct fl_addr six = fl_test_addr6(0x20010db800000000, 1);
	const struct fl_config *cfg;

	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL, four);
	cfg = fl_test_parsed(test, false);
	KUNIT_EXPECT_TRUE(test, cfg->ipv4 && !cfg->ipv6);
	/* It stays so. */
	fl_test_put_addr(test, IFLA_FLANNEL_REMOTE6, six);
	fl_test_refused(test, true, -EINVAL);
	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL6, six);
	fl_test_refused(test, true, -EOPNOTSUPP);

	fl_test_put_addr(test, IFLA_FLANNEL_REMOTE6, six);
	cfg = fl_test_parsed(test, false);
	KUNIT_EXPECT_TRUE(test, !cfg->ipv4 && cfg->ipv6);
	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL, four);
	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL6, six);
	cfg = fl_test_parsed(test, false);
	KUNIT_EXPECT_TRUE(test, cfg->ipv4 && cfg->ipv6);
	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL, four);
	fl_test_put_addr(test, IFLA_FLANNEL_REMOTE6, six);
	fl_test_refused(test, false, -EINVAL);
}

static void fl_test_config_addresses(struct kunit *test)
{
	const struct fl_addr four = fl_test_addr4(0xc0000201);
	const struct fl_addr six = fl_test_addr6(0x20010db800000000, 1);
	const struct fl_addr near = fl_test_addr6(0xfe80000000000000, 1);

	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL, fl_test_addr4(0xe0000001));
	fl_test_refused(test, false, -EINVAL);
	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL6, fl_test_addr6(0xff02000000000000, 1));
	fl_test_refused(test, false, -EINVAL);
	fl_test_put_addr(test, IFLA_FLANNEL_REMOTE, fl_test_addr4(0xe0000001));
	fl_test_refused(test, false, -EOPNOTSUPP);
	fl_test_put_addr(test, IFLA_FLANNEL_REMOTE, four);
	fl_test_put_addr(test, IFLA_FLANNEL_REMOTE6, six);
	fl_test_refused(test, false, -EINVAL);
	/* A link-local address needs its link, and one like it. */
	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL6, near);
	fl_test_refused(test, false, -EINVAL);
	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL6, near);
	fl_test_put_addr(test, IFLA_FLANNEL_REMOTE6, six);
	fl_test_put32(test, IFLA_FLANNEL_LINK, 2);
	fl_test_refused(test, false, -EINVAL);
	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL6, near);
	fl_test_put32(test, IFLA_FLANNEL_LINK, 2);
	KUNIT_EXPECT_EQ(test, fl_test_parsed(test, false)->link, 2);
}

static void fl_test_config_together(struct kunit *test)
{
	fl_test_put8(test, IFLA_FLANNEL_MODE, FLANNEL_MODE_L3);
	fl_test_put_addr(test, IFLA_FLANNEL_REMOTE, fl_test_addr4(0xc0000201));
	fl_test_refused(test, false, -EINVAL);
	fl_test_put8(test, IFLA_FLANNEL_MODE, FLANNEL_MODE_L3);
	fl_test_put8(test, IFLA_FLANNEL_LEARNING, 1);
	fl_test_refused(test, false, -EINVAL);
	fl_test_put32(test, IFLA_FLANNEL_LABEL, (__force u32)htonl(0x100000));
	fl_test_refused(test, false, -EINVAL);
	fl_test_put32(test, IFLA_FLANNEL_LABEL, (__force u32)htonl(0xfffff));
	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL, fl_test_addr4(0xc0000201));
	fl_test_refused(test, false, -EINVAL);
	/* What vxlan has and this device has not: the policy says so. */
	fl_test_put8(test, 30, 1);
	fl_test_refused(test, false, -EINVAL);
}

/* Options that were dumped and parsed again are the same. */
static void fl_test_config_round(struct kunit *test)
{
	struct fl_test_options *options = test->priv;
	struct fl_config first;

	fl_test_put32(test, IFLA_FLANNEL_ID, 77);
	fl_test_put_port(test, 4789);
	fl_test_put_ports(test, 2000, 3000);
	fl_test_put8(test, IFLA_FLANNEL_TOS, 1);
	fl_test_put(test, IFLA_FLANNEL_TTL_INHERIT, NULL, 0);
	fl_test_put(test, IFLA_FLANNEL_GBP, NULL, 0);
	fl_test_put32(test, IFLA_FLANNEL_LABEL, (__force u32)htonl(0xabcde));
	fl_test_put_addr(test, IFLA_FLANNEL_LOCAL6, fl_test_addr6(0x20010db800000000, 1));
	fl_test_put_addr(test, IFLA_FLANNEL_REMOTE6, fl_test_addr6(0x20010db800000000, 2));
	fl_test_put8(test, IFLA_FLANNEL_RPF, FLANNEL_RPF_STRICT);
	fl_test_put8(test, IFLA_FLANNEL_MISS_TRIES, 7);
	fl_test_put32(test, IFLA_FLANNEL_MISS_BYTES, 12345);
	first = *fl_test_parsed(test, false);
	KUNIT_ASSERT_EQ(test, fl_config_fill(options->plain, &first), 0);
	KUNIT_EXPECT_LE(test, options->plain->len, fl_config_size());
	KUNIT_EXPECT_EQ(test, memcmp(fl_test_parsed(test, false), &first, sizeof(first)), 0);
}

static struct kunit_case fl_test_config_cases[] = {
	KUNIT_CASE(fl_test_config_defaults),
	KUNIT_CASE(fl_test_config_rpf),
	KUNIT_CASE(fl_test_config_ranges),
	KUNIT_CASE(fl_test_config_live),
	KUNIT_CASE(fl_test_config_ports),
	KUNIT_CASE(fl_test_config_ttl),
	KUNIT_CASE(fl_test_config_families),
	KUNIT_CASE(fl_test_config_addresses),
	KUNIT_CASE(fl_test_config_together),
	KUNIT_CASE(fl_test_config_round),
	{}
};

static struct kunit_suite fl_test_config_suite = {
	.name		= "flannel_config",
	.init		= fl_test_config_init,
	.exit		= fl_test_config_exit,
	.test_cases	= fl_test_config_cases,
};

kunit_test_suites(&fl_test_prefix_suite, &fl_test_lease_suite, &fl_test_flow_suite,
		  &fl_test_miss_suite, &fl_test_config_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the flannel overlay");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
