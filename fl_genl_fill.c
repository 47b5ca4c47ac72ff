// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: objects to attributes. */
#include <net/sock.h>

#include <flannel/genl_priv.h>

static u64 fl_genl_ms_since(unsigned long then)
{
	return jiffies64_to_msecs(jiffies - then);
}

static int fl_genl_put_prefix(struct sk_buff *skb, int address, int len,
			      const struct fl_prefix *prefix)
{
	return fl_nla_put_ip(skb, address, prefix->family, &prefix->ip) ?:
	       nla_put_u8(skb, len, prefix->len);
}

static int fl_genl_put_peer(struct sk_buff *skb, const struct fl_peer *peer)
{
	if (!peer)
		return 0;
	return fl_nla_put_ip(skb, peer->key.addr.family == AF_INET ?
			     FLANNEL_A_LEASE_REMOTE4 : FLANNEL_A_LEASE_REMOTE6,
			     peer->key.addr.family, &peer->key.addr.ip);
}

/**
 * fl_genl_fill_lease - add a LEASE to a message
 * @skb: message
 * @lease: lease
 *
 * Return: 0 or -EMSGSIZE; then the caller cancels the message.
 * Context: RCU, or the device's lock held.
 */
int fl_genl_fill_lease(struct sk_buff *skb, const struct fl_lease *lease)
{
	struct nlattr *nest = nla_nest_start(skb, FLANNEL_A_LEASE);
	u64 packets, bytes;

	if (!nest)
		return -EMSGSIZE;
	fl_lease_read_count(lease, &packets, &bytes);
	if (fl_genl_put_prefix(skb, FLANNEL_A_LEASE_ADDRESS,
			       FLANNEL_A_LEASE_PREFIX_LEN, &lease->prefix) ||
	    nla_put(skb, FLANNEL_A_LEASE_MAC, ETH_ALEN, lease->mac) ||
	    fl_genl_put_peer(skb, lease->peer) ||
	    fl_genl_put_peer(skb, lease->other) ||
	    nla_put_u32(skb, FLANNEL_A_LEASE_FLAGS, lease->flags) ||
	    nla_put_u32(skb, FLANNEL_A_LEASE_GENERATION, lease->generation) ||
	    (packets &&
	     nla_put_u64_64bit(skb, FLANNEL_A_LEASE_IDLE,
			       fl_genl_ms_since(READ_ONCE(lease->used)),
			       FLANNEL_A_LEASE_PAD)) ||
	    nla_put_u64_64bit(skb, FLANNEL_A_LEASE_TX_PACKETS, packets,
			      FLANNEL_A_LEASE_PAD) ||
	    nla_put_u64_64bit(skb, FLANNEL_A_LEASE_TX_BYTES, bytes,
			      FLANNEL_A_LEASE_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * fl_genl_fill_fdb - add an FDB to a message
 * @skb: message
 * @fl: device
 * @fdb: entry
 * @remote: one remote of it
 *
 * Return: 0 or -EMSGSIZE; then the caller cancels the message.
 * Context: RCU.
 */
int fl_genl_fill_fdb(struct sk_buff *skb, const struct fl_dev *fl,
		     const struct fl_fdb *fdb, const struct fl_remote *remote)
{
	const struct fl_config *cfg = rcu_dereference(fl->cfg);
	const struct fl_peer_key *key = &remote->peer->key;
	struct nlattr *nest;
	u8 mac[ETH_ALEN];

	nest = nla_nest_start(skb, FLANNEL_A_FDB);
	if (!nest)
		return -EMSGSIZE;
	fl_fdb_mac(fdb, mac);
	if (nla_put(skb, FLANNEL_A_FDB_MAC, ETH_ALEN, mac) ||
	    fl_nla_put_ip(skb, FLANNEL_A_FDB_REMOTE, key->addr.family,
			  &key->addr.ip) ||
	    (remote->port != cfg->port &&
	     nla_put_be16(skb, FLANNEL_A_FDB_PORT, remote->port)) ||
	    (remote->vni != cfg->vni &&
	     nla_put_u32(skb, FLANNEL_A_FDB_VNI, remote->vni)) ||
	    (key->ifindex &&
	     nla_put_u32(skb, FLANNEL_A_FDB_IFINDEX, key->ifindex)) ||
	    nla_put_u16(skb, FLANNEL_A_FDB_STATE, READ_ONCE(fdb->state)) ||
	    nla_put_u8(skb, FLANNEL_A_FDB_FLAGS, READ_ONCE(fdb->flags)) ||
	    nla_put_u64_64bit(skb, FLANNEL_A_FDB_IDLE,
			      fl_genl_ms_since(READ_ONCE(fdb->used)),
			      FLANNEL_A_FDB_PAD) ||
	    nla_put_u64_64bit(skb, FLANNEL_A_FDB_AGE,
			      fl_genl_ms_since(READ_ONCE(fdb->updated)),
			      FLANNEL_A_FDB_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fl_genl_put_missing(struct sk_buff *skb, const struct fl_miss *miss)
{
	u8 mac[ETH_ALEN];

	if (miss->key.kind == FLANNEL_MISS_L2) {
		u64_to_ether_addr(miss->key.mac, mac);
		return nla_put(skb, FLANNEL_A_MISS_MAC, ETH_ALEN, mac);
	}
	return fl_genl_put_prefix(skb, FLANNEL_A_MISS_ADDRESS,
				  FLANNEL_A_MISS_PREFIX_LEN,
				  &miss->key.prefix);
}

static int fl_genl_put_some_addr(struct sk_buff *skb, int type,
				 const struct fl_addr *addr)
{
	return addr->family ? fl_nla_put_ip(skb, type, addr->family,
					    &addr->ip) : 0;
}

/**
 * fl_genl_fill_miss - add a MISS to a message
 * @skb: message
 * @miss: miss
 *
 * Return: 0 or -EMSGSIZE; then the caller cancels the message.
 * Context: the miss engine's lock held.
 */
int fl_genl_fill_miss(struct sk_buff *skb, const struct fl_miss *miss)
{
	struct nlattr *nest = nla_nest_start(skb, FLANNEL_A_MISS);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u8(skb, FLANNEL_A_MISS_KIND, miss->key.kind) ||
	    nla_put_u8(skb, FLANNEL_A_MISS_STATE, miss->state) ||
	    fl_genl_put_missing(skb, miss) ||
	    fl_genl_put_some_addr(skb, FLANNEL_A_MISS_TARGET, &miss->target) ||
	    fl_genl_put_some_addr(skb, FLANNEL_A_MISS_REMOTE, &miss->remote) ||
	    nla_put_u32(skb, FLANNEL_A_MISS_SEQ, miss->seq) ||
	    nla_put_u8(skb, FLANNEL_A_MISS_TRY, miss->tries) ||
	    nla_put_u32(skb, FLANNEL_A_MISS_PACKETS,
			skb_queue_len(&miss->queue)) ||
	    nla_put_u32(skb, FLANNEL_A_MISS_BYTES, miss->bytes) ||
	    nla_put_u64_64bit(skb, FLANNEL_A_MISS_AGE,
			      fl_genl_ms_since(miss->raised),
			      FLANNEL_A_MISS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fl_genl_put_options(struct sk_buff *skb, const struct fl_dev *fl)
{
	const struct fl_config *cfg = rcu_dereference(fl->cfg);

	if (nla_put_u32(skb, FLANNEL_A_DEV_VNI, cfg->vni) ||
	    nla_put_be16(skb, FLANNEL_A_DEV_PORT, cfg->port) ||
	    nla_put_u8(skb, FLANNEL_A_DEV_MODE, cfg->mode) ||
	    nla_put(skb, FLANNEL_A_DEV_MAC, ETH_ALEN, fl->dev->dev_addr) ||
	    (cfg->local4 &&
	     nla_put_in_addr(skb, FLANNEL_A_DEV_LOCAL4, cfg->local4)) ||
	    (!ipv6_addr_any(&cfg->local6) &&
	     nla_put_in6_addr(skb, FLANNEL_A_DEV_LOCAL6, &cfg->local6)) ||
	    nla_put_u8(skb, FLANNEL_A_DEV_SUBNET_LEN, cfg->subnet_len) ||
	    nla_put_u8(skb, FLANNEL_A_DEV_SUBNET_LEN6, cfg->subnet_len6))
		return -EMSGSIZE;
	return 0;
}

static int fl_genl_put_misses(struct sk_buff *skb, struct fl_dev *fl)
{
	u32 pending = 0, negatives = 0, packets = 0, bytes = 0;
	int i;

	spin_lock_bh(&fl->miss.lock);
	for (i = 0; i < FL_MISS_CLASSES; i++) {
		const struct fl_miss_class *class = &fl->miss.class[i];

		pending += class->entries - class->negatives;
		negatives += class->negatives;
		packets += class->packets;
		bytes += class->bytes;
	}
	spin_unlock_bh(&fl->miss.lock);

	return nla_put_u32(skb, FLANNEL_A_DEV_MISSES, pending) ?:
	       nla_put_u32(skb, FLANNEL_A_DEV_NEGATIVES, negatives) ?:
	       nla_put_u32(skb, FLANNEL_A_DEV_PARKED_PACKETS, packets) ?:
	       nla_put_u32(skb, FLANNEL_A_DEV_PARKED_BYTES, bytes);
}

/**
 * fl_genl_fill_dev - add a DEV to a message
 * @skb: message
 * @fl: device
 *
 * Return: 0 or -EMSGSIZE; then the caller cancels the message.
 * Context: process, the device's lock held.
 */
int fl_genl_fill_dev(struct sk_buff *skb, struct fl_dev *fl)
{
	struct nlattr *nest = nla_nest_start(skb, FLANNEL_A_DEV);
	int err;

	if (!nest)
		return -EMSGSIZE;
	rcu_read_lock();
	err = fl_genl_put_options(skb, fl);
	rcu_read_unlock();
	if (err ||
	    nla_put_u32(skb, FLANNEL_A_DEV_LEASES,
			atomic_read(&fl->leases.ht.nelems)) ||
	    nla_put_u32(skb, FLANNEL_A_DEV_FDB_ENTRIES,
			atomic_read(&fl->fdb.ht.nelems)) ||
	    fl_genl_put_misses(skb, fl) || fl_stats_put(skb, fl))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}
