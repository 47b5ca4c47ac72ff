/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device that `ip link add ... type flannel` creates. All other components keep
 * their state here.
 */
#ifndef _FLANNEL_DEV_H
#define _FLANNEL_DEV_H

#include <linux/etherdevice.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include <uapi/linux/flannel.h>

#include <flannel/addr.h>
#include <flannel/fdb.h>
#include <flannel/lease.h>
#include <flannel/miss.h>
#include <flannel/peer.h>
#include <flannel/stats.h>

/**
 * struct fl_config - the options of a device
 * @rcu: frees the options that a change replaced
 * @vni: VXLAN network identifier
 * @port: UDP port we listen on and send to
 * @port_min: lowest outer source port, 0 for the host's local port range
 * @port_max: highest outer source port
 * @link: ifindex of the lower device, or 0
 * @local4: outer IPv4 source, or 0 for the route's
 * @local6: outer IPv6 source, or :: for the route's
 * @ipv4: an IPv4 underlay is in use
 * @ipv6: an IPv6 underlay is in use
 * @remote: default destination, first entry of the flood list, or none
 * @ttl: outer TTL, 0 for the route's hop limit
 * @tos: outer TOS, 1 to inherit the inner one
 * @df: enum flannel_df
 * @label: IPv6 flow label
 * @ageing: seconds until a learned FDB entry that is not used is dropped
 * @fdb_limit: most FDB entries, 0 for no limit
 * @lease_idle: seconds until an unused lease is dropped, 0 for never
 * @mode: enum flannel_mode
 * @rpf: enum flannel_rpf
 * @fastpath: enum flannel_fastpath
 * @subnet_len: prefix length of an IPv4 miss
 * @subnet_len6: prefix length of an IPv6 miss
 * @miss_tries: events sent before a miss is given up
 * @miss_entries: most misses that are pending or remembered
 * @miss_bytes: most memory of parked packets, device
 * @miss_entry_bytes: most memory of parked packets, one miss
 * @miss_retry: milliseconds from the first event to the second; doubles
 * @miss_negative: milliseconds that "not found" is remembered
 * @rpf_entries: most unknown sources that are pending or remembered
 * @rpf_rate: most questions about unknown sources per second
 * @ttl_inherit: the outer TTL is the inner one
 * @learning: learn FDB entries from received frames
 * @proxy: also answer ARP/ND from the neighbour table
 * @l2miss: ask for an unknown MAC
 * @l3miss: ask for an unknown subnet
 * @udp_csum: send IPv4 outer UDP checksums
 * @zero_csum6_tx: send zero IPv6 outer UDP checksums
 * @zero_csum6_rx: take zero IPv6 outer UDP checksums
 * @gbp: carry skb->mark in the group policy extension
 * @localbypass: packets to a VTEP of this host skip the underlay
 * @notrack: outer packets are not tracked by conntrack
 *
 * Never changed once published: a change creates a new one.
 */
struct fl_config {
	struct rcu_head	rcu;
	u32		vni;
	__be16		port;
	u16		port_min;
	u16		port_max;
	int		link;
	__be32		local4;
	struct in6_addr	local6;
	bool		ipv4;
	bool		ipv6;
	struct fl_addr	remote;
	u8		ttl;
	u8		tos;
	u8		df;
	__be32		label;
	u32		ageing;
	u32		fdb_limit;
	u32		lease_idle;
	u8		mode;
	u8		rpf;
	u8		fastpath;
	u8		subnet_len;
	u8		subnet_len6;
	u8		miss_tries;
	u32		miss_entries;
	u32		miss_bytes;
	u32		miss_entry_bytes;
	u32		miss_retry;
	u32		miss_negative;
	u32		rpf_entries;
	u32		rpf_rate;
	bool		ttl_inherit;
	bool		learning;
	bool		proxy;
	bool		l2miss;
	bool		l3miss;
	bool		udp_csum;
	bool		zero_csum6_tx;
	bool		zero_csum6_rx;
	bool		gbp;
	bool		localbypass;
	bool		notrack;
};

struct fl_cell;
struct fl_sock;

/**
 * struct fl_dev - a device
 * @dev: the network device, which has us as its private data
 * @net: the namespace of the underlay, the one the device was created in
 * @cfg: its options; changed under RTNL
 * @sock4: socket of the IPv4 underlay while the device is up; under RTNL
 * @sock6: socket of the IPv6 underlay while the device is up; under RTNL
 * @pcpu: counters and outer IPv4 idents
 * @ident_key: secrets that give each destination its order of idents; the last
 *	two are odd
 * @ident: outer IPv4 idents that no CPU has taken yet
 * @leases: inner subnet to VTEP
 * @fdb: MAC to VTEP
 * @peers: the VTEPs, and the cached routes to them
 * @miss: pending questions, and the packets parked for their answers
 * @cells: second GRO round of received packets
 * @lock: serialises writers of @leases; process context
 * @lower: lower device, or NULL; under RTNL
 * @gone: the device is being deleted: tables accept no new entries; under @lock
 * @mtu_wish: MTU set by the user, 0 if it follows the lower device; under
 *	RTNL
 * @mtu_own: we are setting the MTU ourselves; under RTNL
 * @vni_node4: links us into the VNIs of @sock4
 * @vni_node6: links us into the VNIs of @sock6
 * @list: links us into struct fl_net; under RTNL
 */
struct fl_dev {
	/* read for each packet */
	struct net_device		*dev;
	struct net			*net;
	struct fl_config __rcu		*cfg;
	struct fl_sock __rcu		*sock4;
	struct fl_sock __rcu		*sock6;
	struct fl_pcpu __percpu		*pcpu;
	u32				ident_key[3];
	struct fl_lease_table		leases;
	struct fl_fdb_table		fdb;
	struct fl_peer_table		peers;
	struct fl_cell __percpu		*cells;

	/* written at leisure */
	struct fl_miss_table		miss ____cacheline_aligned_in_smp;
	atomic_t			ident;
	struct mutex			lock;	/* of writers of leases */
	struct net_device		*lower;
	bool				gone;
	unsigned int			mtu_wish;
	bool				mtu_own;
	struct hlist_node		vni_node4;
	struct hlist_node		vni_node6;
	struct list_head		list;
};

/* Is the device in another namespace than its underlay? */
static inline bool fl_xnet(const struct fl_dev *fl)
{
	return !net_eq(fl->net, dev_net(fl->dev));
}

/**
 * fl_dev_sent - a packet was passed to the underlay
 * @fl: device
 * @err: result of the underlay
 * @len: inner bytes
 *
 * Return: true if it was sent.
 * Context: BH disabled.
 */
static inline bool fl_dev_sent(struct fl_dev *fl, int err, unsigned int len)
{
	if (unlikely(net_xmit_eval(err))) {
		fl_stats_refused(fl);
		return false;
	}
	dev_sw_netstats_tx_add(fl->dev, 1, len);
	return true;
}

extern const struct net_device_ops fl_netdev_ops;

/* Is this a device of ours? */
static inline bool fl_dev_is(const struct net_device *dev)
{
	return dev->netdev_ops == &fl_netdev_ops;
}

#endif /* _FLANNEL_DEV_H */
