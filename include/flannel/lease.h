/* SPDX-License-Identifier: GPL-2.0 */
/* The L3 table: which VTEP has which inner subnet. */
#ifndef _FLANNEL_LEASE_H
#define _FLANNEL_LEASE_H

#include <linux/if_ether.h>
#include <linux/rhashtable.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include <flannel/addr.h>

struct fl_dev;
struct fl_peer;
struct netlink_ext_ack;

/* Number of packets after which a lease gets per-CPU counters. */
#define FL_LEASE_FIRST	16

#define FL_LENGTHS4	33	/* prefix lengths that IPv4 has */
#define FL_LENGTHS6	129

/**
 * struct fl_lease_spec - wanted contents of a lease
 * @prefix: inner subnet
 * @mac: MAC of the peer's VTEP
 * @flags: FLANNEL_LEASE_F_*
 * @generation: a number chosen by the writer
 * @remote4: outer IPv4 of the peer, or none
 * @remote6: outer IPv6 of the peer, or none
 */
struct fl_lease_spec {
	struct fl_prefix	prefix;
	u8			mac[ETH_ALEN];
	u32			flags;
	u32			generation;
	struct fl_addr		remote4;
	struct fl_addr		remote6;
};

/**
 * struct fl_lease_count - traffic of a lease, per CPU
 * @packets: packets sent
 * @bytes: inner bytes sent
 * @syncp: guards the two on 32-bit machines
 */
struct fl_lease_count {
	u64_stats_t		packets;
	u64_stats_t		bytes;
	struct u64_stats_sync	syncp;
};

/**
 * struct fl_lease - an inner subnet and its VTEP
 * @node: links it into the table
 * @prefix: inner subnet
 * @mac: MAC of the peer's VTEP
 * @flags: FLANNEL_LEASE_F_*
 * @generation: of the writer
 * @used: when it was installed or last sent to, jiffies
 * @peer: where packets go
 * @other: the same VTEP's address of the other family, or NULL
 * @first_packets: counts roughly the first FL_LEASE_FIRST packets sent to it
 * @first_bytes: and their bytes
 * @count: counts the traffic after them; rarely used leases stay small, and
 *	their packets cheap
 * @rcu: frees it
 *
 * A lease never changes: a new one replaces it.
 */
struct fl_lease {
	struct rhash_head			node;
	struct fl_prefix			prefix;
	u8					mac[ETH_ALEN];
	u16					flags;
	u32					generation;
	unsigned long				used;
	struct fl_peer				*peer;
	struct fl_peer				*other;
	atomic_t				first_packets;
	atomic_t				first_bytes;
	struct fl_lease_count __percpu		*count;
	struct rcu_head				rcu;
};

/**
 * struct fl_lengths - the prefix lengths in use, longest first
 * @rcu: frees it
 * @n4: number of IPv4 lengths
 * @n6: number of IPv6 lengths
 * @len4: IPv4 lengths
 * @len6: IPv6 lengths
 */
struct fl_lengths {
	struct rcu_head	rcu;
	u8		n4;
	u8		n6;
	u8		len4[FL_LENGTHS4];
	u8		len6[FL_LENGTHS6];
};

/**
 * struct fl_lease_table - the leases of a device
 * @ht: leases by prefix; readers are under RCU, writers hold the device's lock
 * @lengths: prefix lengths to probe
 * @users4: leases of each IPv4 length; under the device's lock
 * @users6: leases of each IPv6 length; under the device's lock
 * @seq: grows with each change, for dumps to notice
 * @idle_work: drops unused leases
 */
struct fl_lease_table {
	struct rhashtable		ht;
	struct fl_lengths __rcu		*lengths;
	u32				users4[FL_LENGTHS4];
	u32				users6[FL_LENGTHS6];
	atomic_t			seq;
	struct delayed_work		idle_work;
};

int fl_lease_init(struct fl_dev *fl);
void fl_lease_destroy(struct fl_dev *fl);

struct fl_lease *fl_lease_lookup(struct fl_dev *fl, const struct fl_addr *addr);
struct fl_lease *fl_lease_lookup4(struct fl_dev *fl, __be32 ip);
struct fl_lease *fl_lease_lookup6(struct fl_dev *fl, const struct in6_addr *ip);
struct fl_lease *fl_lease_find(struct fl_dev *fl,
			       const struct fl_prefix *prefix);

struct fl_lease *fl_lease_draft(struct fl_dev *fl,
				const struct fl_lease_spec *spec,
				const struct fl_lease *old,
				struct netlink_ext_ack *extack);
void fl_lease_discard(struct fl_dev *fl, struct fl_lease *lease,
		      const struct fl_lease *old);
int fl_lease_del(struct fl_dev *fl, const struct fl_prefix *prefix);
void fl_lease_flush(struct fl_dev *fl, const u32 *but_generation);
void fl_lease_idle_changed(struct fl_dev *fl);
int fl_lease_publish(struct fl_dev *fl, struct fl_lease *lease,
		     struct fl_lease *old);

#if IS_ENABLED(CONFIG_KUNIT)
int fl_lengths_add(struct fl_dev *fl, const struct fl_prefix *prefix);
#endif

int fl_lease_cache_init(void);
void fl_lease_cache_exit(void);

/* fl_lease_count.c */
void fl_lease_used_first(struct fl_lease *lease, unsigned int packets,
			 unsigned int bytes);
void fl_lease_read_count(const struct fl_lease *lease, u64 *packets,
			 u64 *bytes);

static inline void fl_lease_count_add(struct fl_lease_count __percpu *count,
				      u64 packets, u64 bytes)
{
	struct fl_lease_count *mine = this_cpu_ptr(count);

	u64_stats_update_begin(&mine->syncp);
	u64_stats_add(&mine->packets, packets);
	u64_stats_add(&mine->bytes, bytes);
	u64_stats_update_end(&mine->syncp);
}

/**
 * fl_lease_used - account for packets sent to a lease
 * @lease: lease
 * @packets: how many, as they look on the wire
 * @bytes: inner bytes
 *
 * Context: RCU and BH disabled.
 */
static inline void fl_lease_used(struct fl_lease *lease, unsigned int packets,
				 unsigned int bytes)
{
	struct fl_lease_count __percpu *count = READ_ONCE(lease->count);

	/* This cache line is shared by all CPUs: write it at most once per second. */
	if (time_after(jiffies, READ_ONCE(lease->used) + HZ))
		WRITE_ONCE(lease->used, jiffies);
	if (likely(count))
		fl_lease_count_add(count, packets, bytes);
	else
		fl_lease_used_first(lease, packets, bytes);
}

#endif /* _FLANNEL_LEASE_H */
