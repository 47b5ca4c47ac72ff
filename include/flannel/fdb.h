/* SPDX-License-Identifier: GPL-2.0 */
/* The L2 table: which VTEP has which MAC, and the flood list. */
#ifndef _FLANNEL_FDB_H
#define _FLANNEL_FDB_H

#include <linux/if_ether.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/neighbour.h>
#include <linux/workqueue.h>

#include <flannel/addr.h>

struct fl_config;
struct fl_dev;
struct fl_peer;
struct netlink_ext_ack;

/**
 * struct fl_remote - one destination of an FDB entry
 * @list: links it into the entry
 * @rcu: frees it
 * @peer: VTEP
 * @port: UDP port there
 * @vni: VNI there
 */
struct fl_remote {
	struct list_head	list;
	struct rcu_head		rcu;
	struct fl_peer		*peer;
	__be16			port;
	u32			vni;
};

/**
 * struct fl_fdb - an FDB entry
 * @node: links it into the table
 * @key: the MAC as a number; 0 is the flood list
 * @list: links it into the list that dumps walk
 * @remotes: struct fl_remote; readers are under RCU
 * @made: when it was created, jiffies
 * @used: when a packet was last sent to it, jiffies
 * @updated: when it last changed or was confirmed, jiffies
 * @state: NUD_*
 * @flags: NTF_*
 * @rcu: frees it
 */
struct fl_fdb {
	struct rhash_head	node;
	u64			key;
	struct list_head	list;
	struct list_head	remotes;
	unsigned long		made;
	unsigned long		used;
	unsigned long		updated;
	u16			state;
	u8			flags;
	struct rcu_head		rcu;
};

/**
 * struct fl_fdb_spec - wanted contents of an FDB entry
 * @mac: MAC, all zero for the flood list
 * @remote: outer address, or none where it is optional
 * @port: UDP port there
 * @vni: VNI there
 * @ifindex: lower device to reach it through, or 0 for the route's
 * @state: NUD_*
 * @flags: NTF_*
 */
struct fl_fdb_spec {
	u8			mac[ETH_ALEN];
	struct fl_addr		remote;
	__be16			port;
	u32			vni;
	int			ifindex;
	u16			state;
	u8			flags;
};

/**
 * struct fl_fdb_filter - which entries to flush
 * @state: wanted NUD_* bits
 * @state_mask: the bits that count
 * @flags: wanted NTF_* bits
 * @flags_mask: the bits that count
 * @made: jiffies; entries created later stay
 */
struct fl_fdb_filter {
	u16	state;
	u16	state_mask;
	u8	flags;
	u8	flags_mask;
	unsigned long made;
};

/**
 * struct fl_fdb_table - the FDB of a device
 * @ht: by MAC; readers are under RCU
 * @list: all entries, oldest first; readers are under RCU
 * @lock: serialises writers
 * @seq: grows with each change, for dumps to notice
 * @age_work: drops learned entries that are no longer confirmed
 */
struct fl_fdb_table {
	struct rhashtable	ht;
	struct list_head	list;
	spinlock_t		lock;	/* of all writers */
	atomic_t		seq;
	struct delayed_work	age_work;
};

int fl_fdb_init(struct fl_dev *fl);
void fl_fdb_destroy(struct fl_dev *fl);

struct fl_fdb *fl_fdb_find(struct fl_dev *fl, const u8 *mac);
struct fl_fdb *fl_fdb_flood(struct fl_dev *fl);
int fl_fdb_check(const struct fl_dev *fl, const struct fl_config *cfg,
		 const struct fl_fdb_spec *spec,
		 struct netlink_ext_ack *extack);
int fl_fdb_change(struct fl_dev *fl, const struct fl_fdb_spec *spec,
		  u16 nlflags, bool *there, struct netlink_ext_ack *extack);
struct fl_fdb *fl_fdb_draft(struct fl_dev *fl, const struct fl_fdb_spec *spec);
void fl_fdb_retire(struct fl_dev *fl, struct fl_fdb *fdb);
int fl_fdb_del(struct fl_dev *fl, const struct fl_fdb_spec *spec,
	       struct netlink_ext_ack *extack);
void fl_fdb_flush(struct fl_dev *fl, const struct fl_fdb_filter *filter);
bool fl_fdb_learn(struct fl_dev *fl, const struct fl_config *cfg,
		  const u8 *mac, const struct fl_addr *remote, int ifindex,
		  struct fl_fdb_spec *fresh);
int fl_fdb_publish(struct fl_dev *fl, struct fl_fdb *fdb);
void fl_fdb_ageing_changed(struct fl_dev *fl);

/* The flood list and entries of multicast MACs have any number of remotes. */
static inline bool fl_fdb_of_many(const u8 *mac)
{
	return is_zero_ether_addr(mac) || is_multicast_ether_addr(mac);
}

static inline void fl_fdb_mac(const struct fl_fdb *fdb, u8 *mac)
{
	u64_to_ether_addr(fdb->key, mac);
}

/* Was the entry learned, so that it may age out? */
static inline bool fl_fdb_dynamic(u16 state, u8 flags)
{
	return !(state & (NUD_PERMANENT | NUD_NOARP)) &&
	       !(flags & NTF_EXT_LEARNED);
}

#endif /* _FLANNEL_FDB_H */
