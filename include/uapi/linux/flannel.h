/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * The only ABI of the flannel link type: rtnetlink attributes of
 * `ip link ... type flannel` and the generic netlink family "flannel".
 * Documentation/netlink/specs/flannel.yaml specifies the family; this header
 * agrees with it by test.
 */
#ifndef _UAPI_LINUX_FLANNEL_H
#define _UAPI_LINUX_FLANNEL_H

#define FLANNEL_LINK_KIND	"flannel"

/*
 * IFLA_INFO_DATA of the link type. Up to 63 a number means what it means for
 * IFLA_VXLAN_*, so that tools that can build vxlan attributes work with the
 * kind replaced; numbers of vxlan that are not listed here are refused.
 * From 64 on they are our own. rtnetlink takes no numbers above 50 of a link
 * type, so ours travel in a nest of their own, IFLA_FLANNEL_OWN.
 */
enum {
	IFLA_FLANNEL_UNSPEC		= 0,
	IFLA_FLANNEL_ID			= 1,	/* u32: VNI, default 1 */
	IFLA_FLANNEL_REMOTE		= 2,	/* IPv4: default destination */
	IFLA_FLANNEL_LINK		= 3,	/* u32: ifindex of the lower device */
	IFLA_FLANNEL_LOCAL		= 4,	/* IPv4: outer source */
	IFLA_FLANNEL_TTL		= 5,	/* u8: 0 = the route's hop limit */
	IFLA_FLANNEL_TOS		= 6,	/* u8: 1 = inherit */
	IFLA_FLANNEL_LEARNING		= 7,	/* u8: default 0 */
	IFLA_FLANNEL_AGEING		= 8,	/* u32: seconds, default 300 */
	IFLA_FLANNEL_LIMIT		= 9,	/* u32: FDB entries, 0 = no limit */
	IFLA_FLANNEL_PORT_RANGE		= 10,	/* struct ifla_vxlan_port_range */
	IFLA_FLANNEL_PROXY		= 11,	/* u8: answer ARP/ND also from the
						 * neighbour table
						 */
	IFLA_FLANNEL_L2MISS		= 13,	/* u8: default 1 */
	IFLA_FLANNEL_L3MISS		= 14,	/* u8: default 1 */
	IFLA_FLANNEL_PORT		= 15,	/* be16: default 8472 */
	IFLA_FLANNEL_REMOTE6		= 16,	/* IPv6: default destination */
	IFLA_FLANNEL_LOCAL6		= 17,	/* IPv6: outer source */
	IFLA_FLANNEL_UDP_CSUM		= 18,	/* u8: IPv4 outer, default 0 */
	IFLA_FLANNEL_UDP_ZERO_CSUM6_TX	= 19,	/* u8: default 0 */
	IFLA_FLANNEL_UDP_ZERO_CSUM6_RX	= 20,	/* u8: default 0 */
	IFLA_FLANNEL_GBP		= 23,	/* flag: group policy extension */
	IFLA_FLANNEL_LABEL		= 26,	/* be32: IPv6 flow label */
	IFLA_FLANNEL_TTL_INHERIT	= 28,	/* flag */
	IFLA_FLANNEL_DF			= 29,	/* u8: enum flannel_df */
	IFLA_FLANNEL_LOCALBYPASS	= 31,	/* u8: default 1 */

	IFLA_FLANNEL_OWN		= 50,	/* nest of what follows */

	IFLA_FLANNEL_MODE		= 64,	/* u8: enum flannel_mode */
	IFLA_FLANNEL_RPF		= 65,	/* u8: enum flannel_rpf */
	IFLA_FLANNEL_FASTPATH		= 66,	/* u8: enum flannel_fastpath */
	IFLA_FLANNEL_NOTRACK		= 67,	/* u8: default 0 */
	IFLA_FLANNEL_SUBNET_LEN		= 68,	/* u8: of an IPv4 miss, default 24 */
	IFLA_FLANNEL_SUBNET_LEN6	= 69,	/* u8: of an IPv6 miss, default 64 */
	IFLA_FLANNEL_MISS_ENTRIES	= 70,	/* u32: misses at once */
	IFLA_FLANNEL_MISS_BYTES		= 71,	/* u32: parked, whole device */
	IFLA_FLANNEL_MISS_ENTRY_BYTES	= 72,	/* u32: parked, one miss */
	IFLA_FLANNEL_MISS_RETRY		= 73,	/* u32: ms to the first repeat */
	IFLA_FLANNEL_MISS_TRIES		= 74,	/* u8: events before giving up */
	IFLA_FLANNEL_MISS_NEGATIVE	= 75,	/* u32: ms a missing subnet is
						 * remembered as missing
						 */
	IFLA_FLANNEL_LEASE_IDLE		= 76,	/* u32: seconds, 0 = never aged */
	IFLA_FLANNEL_RPF_ENTRIES	= 77,	/* u32: unknown sources at once */
	IFLA_FLANNEL_RPF_RATE		= 78,	/* u32: questions a second about
						 * unknown sources
						 */
	__IFLA_FLANNEL_MAX
};

#define IFLA_FLANNEL_MAX (__IFLA_FLANNEL_MAX - 1)
#define IFLA_FLANNEL_OWN_MIN 64

enum flannel_mode {
	FLANNEL_MODE_ETHERNET,
	FLANNEL_MODE_L3,
};

enum flannel_rpf {
	FLANNEL_RPF_OFF,
	FLANNEL_RPF_LOOSE,
	FLANNEL_RPF_STRICT,
};

enum flannel_fastpath {
	FLANNEL_FASTPATH_OFF,
	FLANNEL_FASTPATH_AUTO,
	FLANNEL_FASTPATH_ON,
};

enum flannel_df {
	FLANNEL_DF_UNSET,
	FLANNEL_DF_SET,
	FLANNEL_DF_INHERIT,
};

/* Generic netlink */
#define FLANNEL_GENL_NAME		"flannel"
#define FLANNEL_GENL_VERSION		1
#define FLANNEL_GENL_MCGRP_MISS		"miss"
#define FLANNEL_GENL_MCGRP_CHANGE	"change"

enum flannel_cmd {
	FLANNEL_CMD_UNSPEC,
	FLANNEL_CMD_DEV_GET,		/* do, dump */
	FLANNEL_CMD_LEASE_SET,		/* do: one or more LEASE */
	FLANNEL_CMD_LEASE_DEL,		/* do: one or more LEASE */
	FLANNEL_CMD_LEASE_GET,		/* do: LEASE to match; dump */
	FLANNEL_CMD_LEASE_FLUSH,	/* do: all, or all but GENERATION */
	FLANNEL_CMD_FDB_SET,		/* do: one or more FDB */
	FLANNEL_CMD_FDB_DEL,		/* do: one or more FDB */
	FLANNEL_CMD_FDB_GET,		/* do: FDB to match; dump */
	FLANNEL_CMD_FDB_FLUSH,		/* do */
	FLANNEL_CMD_MISS_GET,		/* dump */
	FLANNEL_CMD_MISS_ANSWER,	/* do: LEASE and FDB found, MISS not found */
	FLANNEL_CMD_MISS_NTF,		/* event, group "miss" */
	FLANNEL_CMD_LEASE_SET_NTF,	/* event, group "change" */
	FLANNEL_CMD_LEASE_DEL_NTF,	/* event, group "change" */
	FLANNEL_CMD_FDB_SET_NTF,	/* event, group "change" */
	FLANNEL_CMD_FDB_DEL_NTF,	/* event, group "change" */
	__FLANNEL_CMD_MAX
};

#define FLANNEL_CMD_MAX (__FLANNEL_CMD_MAX - 1)

/*
 * Of a message. An address attribute is 4 bytes (IPv4) or 16 bytes (IPv6)
 * long, in network byte order: its length is its family.
 *
 * A message in which an attribute has the wrong form changes nothing. When an
 * entry of a batch is refused for what it says, the entries before it stay applied,
 * NLMSGERR_ATTR_OFFS points to it and NLMSGERR_ATTR_COOKIE carries its index
 * among its kind (u32, host byte order).
 */
enum flannel_attr {
	FLANNEL_A_UNSPEC,
	FLANNEL_A_PAD,
	FLANNEL_A_IFINDEX,		/* u32 */
	FLANNEL_A_IFNAME,		/* string */
	FLANNEL_A_LEASE,		/* nest, may repeat: FLANNEL_A_LEASE_* */
	FLANNEL_A_FDB,			/* nest, may repeat: FLANNEL_A_FDB_* */
	FLANNEL_A_MISS,			/* nest, may repeat: FLANNEL_A_MISS_* */
	FLANNEL_A_DEV,			/* nest: FLANNEL_A_DEV_* */
	FLANNEL_A_GENERATION,		/* u32: of the leases set / not flushed */
	FLANNEL_A_FLAGS,		/* u32: NLM_F_REPLACE, NLM_F_EXCL,
					 * NLM_F_CREATE, NLM_F_APPEND, with
					 * their meaning in rtnetlink; generic
					 * netlink takes none in its header
					 */
	__FLANNEL_A_MAX
};

#define FLANNEL_A_MAX (__FLANNEL_A_MAX - 1)

#define FLANNEL_LEASE_F_PERMANENT	(1U << 0)	/* never aged out */
#define FLANNEL_LEASE_F_ALL		FLANNEL_LEASE_F_PERMANENT

enum flannel_lease_attr {
	FLANNEL_A_LEASE_UNSPEC,
	FLANNEL_A_LEASE_PAD,
	FLANNEL_A_LEASE_ADDRESS,	/* inner subnet */
	FLANNEL_A_LEASE_PREFIX_LEN,	/* u8 */
	FLANNEL_A_LEASE_MAC,		/* 6 bytes: MAC of the peer's VTEP */
	FLANNEL_A_LEASE_REMOTE4,	/* 4 bytes: outer IPv4 of the peer */
	FLANNEL_A_LEASE_REMOTE6,	/* 16 bytes: outer IPv6 of the peer */
	FLANNEL_A_LEASE_FLAGS,		/* u32: FLANNEL_LEASE_F_* */
	FLANNEL_A_LEASE_GENERATION,	/* u32 */
	FLANNEL_A_LEASE_IDLE,		/* u64: ms since last use; absent if never */
	FLANNEL_A_LEASE_TX_PACKETS,	/* u64 */
	FLANNEL_A_LEASE_TX_BYTES,	/* u64: inner */
	__FLANNEL_A_LEASE_MAX
};

#define FLANNEL_A_LEASE_MAX (__FLANNEL_A_LEASE_MAX - 1)

enum flannel_fdb_attr {
	FLANNEL_A_FDB_UNSPEC,
	FLANNEL_A_FDB_PAD,
	FLANNEL_A_FDB_MAC,		/* 6 bytes; all zero: the flood list */
	FLANNEL_A_FDB_REMOTE,		/* outer address */
	FLANNEL_A_FDB_PORT,		/* be16: if not the device's */
	FLANNEL_A_FDB_VNI,		/* u32: if not the device's */
	FLANNEL_A_FDB_IFINDEX,		/* u32: lower device, if not the route's */
	FLANNEL_A_FDB_STATE,		/* u16: NUD_* */
	FLANNEL_A_FDB_FLAGS,		/* u8: NTF_* */
	FLANNEL_A_FDB_IDLE,		/* u64: ms since last use */
	FLANNEL_A_FDB_AGE,		/* u64: ms since last change */
	__FLANNEL_A_FDB_MAX
};

#define FLANNEL_A_FDB_MAX (__FLANNEL_A_FDB_MAX - 1)

enum flannel_miss_kind {
	FLANNEL_MISS_L3,		/* no lease for an inner destination */
	FLANNEL_MISS_L2,		/* no FDB entry for a MAC */
	FLANNEL_MISS_SOURCE,		/* no lease for an inner source that came
					 * from an unknown peer
					 */
};

enum flannel_miss_state {
	FLANNEL_MISS_PENDING,
	FLANNEL_MISS_NEGATIVE,
};

enum flannel_miss_attr {
	FLANNEL_A_MISS_UNSPEC,
	FLANNEL_A_MISS_PAD,
	FLANNEL_A_MISS_KIND,		/* u8: enum flannel_miss_kind */
	FLANNEL_A_MISS_STATE,		/* u8: enum flannel_miss_state */
	FLANNEL_A_MISS_ADDRESS,		/* inner subnet */
	FLANNEL_A_MISS_PREFIX_LEN,	/* u8; an answer goes without it */
	FLANNEL_A_MISS_MAC,		/* 6 bytes, L2 */
	FLANNEL_A_MISS_TARGET,		/* address that raised it */
	FLANNEL_A_MISS_REMOTE,		/* outer source, SOURCE */
	FLANNEL_A_MISS_SEQ,		/* u32: grows by 1 with each event of the
					 * device, so that a gap is a lost event
					 */
	FLANNEL_A_MISS_TRY,		/* u8: 1 = first event of this miss,
					 * 0 = none yet
					 */
	FLANNEL_A_MISS_PACKETS,		/* u32: parked now */
	FLANNEL_A_MISS_BYTES,		/* u32: memory of the parked packets */
	FLANNEL_A_MISS_AGE,		/* u64: ms since it was raised */
	__FLANNEL_A_MISS_MAX
};

#define FLANNEL_A_MISS_MAX (__FLANNEL_A_MISS_MAX - 1)

enum flannel_dev_attr {
	FLANNEL_A_DEV_UNSPEC,
	FLANNEL_A_DEV_PAD,
	FLANNEL_A_DEV_VNI,		/* u32 */
	FLANNEL_A_DEV_PORT,		/* be16 */
	FLANNEL_A_DEV_MODE,		/* u8: enum flannel_mode */
	FLANNEL_A_DEV_MAC,		/* 6 bytes */
	FLANNEL_A_DEV_LOCAL4,		/* outer source, if set */
	FLANNEL_A_DEV_LOCAL6,		/* outer source, if set */
	FLANNEL_A_DEV_SUBNET_LEN,	/* u8 */
	FLANNEL_A_DEV_SUBNET_LEN6,	/* u8 */
	FLANNEL_A_DEV_LEASES,		/* u32: in the table */
	FLANNEL_A_DEV_FDB_ENTRIES,	/* u32: in the table */
	FLANNEL_A_DEV_MISSES,		/* u32: pending */
	FLANNEL_A_DEV_NEGATIVES,	/* u32: in the negative cache */
	FLANNEL_A_DEV_PARKED_PACKETS,	/* u32 */
	FLANNEL_A_DEV_PARKED_BYTES,	/* u32 */
	FLANNEL_A_DEV_STATS,		/* nest: FLANNEL_A_STATS_*, each a u64 */
	__FLANNEL_A_DEV_MAX
};

#define FLANNEL_A_DEV_MAX (__FLANNEL_A_DEV_MAX - 1)

/*
 * Counters. `ethtool -S` and every other reader use the name in lower case
 * without the prefix FLANNEL_A_STATS_. A name with "drop" counts packets that
 * went no further, each in exactly one of them.
 */
enum flannel_stats_attr {
	FLANNEL_A_STATS_UNSPEC,
	FLANNEL_A_STATS_PAD,

	FLANNEL_A_STATS_TX_FAST,		/* sent through the fast path */
	FLANNEL_A_STATS_TX_FLOOD,		/* copies sent to the flood list */
	FLANNEL_A_STATS_TX_LOCAL,		/* handed to a device of this host */
	FLANNEL_A_STATS_RX_FAST,		/* taken at the lower device */
	FLANNEL_A_STATS_RX_DIRECT,		/* not sent through a second GRO round */
	FLANNEL_A_STATS_NEIGH_REPLY,		/* ARP/ND answered from the table */

	FLANNEL_A_STATS_MISS_EVENT,		/* first event of a miss */
	FLANNEL_A_STATS_MISS_RETRY,		/* repeated event */
	FLANNEL_A_STATS_MISS_LOST,		/* event that could not be delivered */
	FLANNEL_A_STATS_MISS_FOUND,		/* miss answered with an entry */
	FLANNEL_A_STATS_MISS_NOT_FOUND,		/* miss answered with "none" */
	FLANNEL_A_STATS_MISS_UNANSWERED,	/* miss given up */
	FLANNEL_A_STATS_MISS_PARKED,		/* packets parked */
	FLANNEL_A_STATS_MISS_RELEASED,		/* parked packets sent on */

	FLANNEL_A_STATS_TX_DROP_MALFORMED,	/* too short, or headers missing */
	FLANNEL_A_STATS_TX_DROP_PROTOCOL,	/* not IP, in L3 mode */
	FLANNEL_A_STATS_TX_DROP_NO_FLOOD,	/* to many, and no flood list */
	FLANNEL_A_STATS_TX_DROP_UNKNOWN,	/* no entry, and misses are off */
	FLANNEL_A_STATS_TX_DROP_NO_LISTENER,	/* no entry, and nobody to ask */
	FLANNEL_A_STATS_TX_DROP_NOT_FOUND,	/* answered "none", or remembered so */
	FLANNEL_A_STATS_TX_DROP_UNANSWERED,	/* parked, and the miss given up */
	FLANNEL_A_STATS_TX_DROP_OVERFLOW,	/* a limit of what waits is reached */
	FLANNEL_A_STATS_TX_DROP_FLUSHED,	/* parked, and the device went down */
	FLANNEL_A_STATS_TX_DROP_NO_FAMILY,	/* no remote of a family we have */
	FLANNEL_A_STATS_TX_DROP_NO_ROUTE,	/* no route to the remote */
	FLANNEL_A_STATS_TX_DROP_LOOP,		/* the route leads back here */
	FLANNEL_A_STATS_TX_DROP_TOO_BIG,	/* beyond the path's MTU */
	FLANNEL_A_STATS_TX_DROP_NO_MEMORY,
	FLANNEL_A_STATS_TX_DROP_NO_VNI,		/* local bypass to a VNI not here */
	FLANNEL_A_STATS_TX_DROP_UNDERLAY,	/* the underlay refused it */

	FLANNEL_A_STATS_RX_DROP_SHORT,		/* no room for the headers */
	FLANNEL_A_STATS_RX_DROP_FLAGS,		/* I flag clear, reserved bit set */
	FLANNEL_A_STATS_RX_DROP_VNI,		/* no such VNI on this port */
	FLANNEL_A_STATS_RX_DROP_MALFORMED,	/* inner headers missing */
	FLANNEL_A_STATS_RX_DROP_OWN_MAC,	/* our own MAC as source: a loop */
	FLANNEL_A_STATS_RX_DROP_ECN,		/* CE on a packet that is not ECT */
	FLANNEL_A_STATS_RX_DROP_PEER,		/* rpf: outer source is no peer */
	FLANNEL_A_STATS_RX_DROP_SOURCE,		/* rpf: inner source of another peer */
	FLANNEL_A_STATS_RX_DROP_UNVERIFIED,	/* rpf: question about the source unanswered */
	FLANNEL_A_STATS_RX_DROP_MOVED,		/* learning: a fixed MAC came from
						 * elsewhere
						 */
	FLANNEL_A_STATS_RX_DROP_OVERFLOW,	/* too many wait for the second
						 * GRO round
						 */
	FLANNEL_A_STATS_RX_DROP_DOWN,		/* the device is down */
	FLANNEL_A_STATS_RX_DROP_NO_MEMORY,
	__FLANNEL_A_STATS_MAX
};

#define FLANNEL_A_STATS_MAX (__FLANNEL_A_STATS_MAX - 1)

#endif /* _UAPI_LINUX_FLANNEL_H */
