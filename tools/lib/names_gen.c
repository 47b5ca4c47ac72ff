// SPDX-License-Identifier: GPL-2.0
/* Do not edit: made of Documentation/netlink/specs/flannel.yaml by "make netlink". */
#include "lib/names.h"

static const char *const flc_mode_table[] = {
	[FLANNEL_MODE_ETHERNET] = "ethernet",
	[FLANNEL_MODE_L3] = "l3",
};

const struct flc_names flc_mode_names = {
	.what	= "mode",
	.n	= sizeof(flc_mode_table) / sizeof(flc_mode_table[0]),
	.name	= flc_mode_table,
};

static const char *const flc_rpf_table[] = {
	[FLANNEL_RPF_OFF] = "off",
	[FLANNEL_RPF_LOOSE] = "loose",
	[FLANNEL_RPF_STRICT] = "strict",
};

const struct flc_names flc_rpf_names = {
	.what	= "rpf",
	.n	= sizeof(flc_rpf_table) / sizeof(flc_rpf_table[0]),
	.name	= flc_rpf_table,
};

static const char *const flc_fastpath_table[] = {
	[FLANNEL_FASTPATH_OFF] = "off",
	[FLANNEL_FASTPATH_AUTO] = "auto",
	[FLANNEL_FASTPATH_ON] = "on",
};

const struct flc_names flc_fastpath_names = {
	.what	= "fastpath",
	.n	= sizeof(flc_fastpath_table) / sizeof(flc_fastpath_table[0]),
	.name	= flc_fastpath_table,
};

static const char *const flc_df_table[] = {
	[FLANNEL_DF_UNSET] = "unset",
	[FLANNEL_DF_SET] = "set",
	[FLANNEL_DF_INHERIT] = "inherit",
};

const struct flc_names flc_df_names = {
	.what	= "df",
	.n	= sizeof(flc_df_table) / sizeof(flc_df_table[0]),
	.name	= flc_df_table,
};

static const char *const flc_miss_kind_table[] = {
	[FLANNEL_MISS_L3] = "l3",
	[FLANNEL_MISS_L2] = "l2",
	[FLANNEL_MISS_SOURCE] = "source",
};

const struct flc_names flc_miss_kind_names = {
	.what	= "kind of miss",
	.n	= sizeof(flc_miss_kind_table) / sizeof(flc_miss_kind_table[0]),
	.name	= flc_miss_kind_table,
};

static const char *const flc_miss_state_table[] = {
	[FLANNEL_MISS_PENDING] = "pending",
	[FLANNEL_MISS_NEGATIVE] = "negative",
};

const struct flc_names flc_miss_state_names = {
	.what	= "state of a miss",
	.n	= sizeof(flc_miss_state_table) / sizeof(flc_miss_state_table[0]),
	.name	= flc_miss_state_table,
};

static const char *const flc_stats_table[] = {
	[FLANNEL_A_STATS_TX_FAST] = "tx_fast",
	[FLANNEL_A_STATS_TX_FLOOD] = "tx_flood",
	[FLANNEL_A_STATS_TX_LOCAL] = "tx_local",
	[FLANNEL_A_STATS_RX_FAST] = "rx_fast",
	[FLANNEL_A_STATS_RX_DIRECT] = "rx_direct",
	[FLANNEL_A_STATS_NEIGH_REPLY] = "neigh_reply",
	[FLANNEL_A_STATS_MISS_EVENT] = "miss_event",
	[FLANNEL_A_STATS_MISS_RETRY] = "miss_retry",
	[FLANNEL_A_STATS_MISS_LOST] = "miss_lost",
	[FLANNEL_A_STATS_MISS_FOUND] = "miss_found",
	[FLANNEL_A_STATS_MISS_NOT_FOUND] = "miss_not_found",
	[FLANNEL_A_STATS_MISS_UNANSWERED] = "miss_unanswered",
	[FLANNEL_A_STATS_MISS_PARKED] = "miss_parked",
	[FLANNEL_A_STATS_MISS_RELEASED] = "miss_released",
	[FLANNEL_A_STATS_TX_DROP_MALFORMED] = "tx_drop_malformed",
	[FLANNEL_A_STATS_TX_DROP_PROTOCOL] = "tx_drop_protocol",
	[FLANNEL_A_STATS_TX_DROP_NO_FLOOD] = "tx_drop_no_flood",
	[FLANNEL_A_STATS_TX_DROP_UNKNOWN] = "tx_drop_unknown",
	[FLANNEL_A_STATS_TX_DROP_NO_LISTENER] = "tx_drop_no_listener",
	[FLANNEL_A_STATS_TX_DROP_NOT_FOUND] = "tx_drop_not_found",
	[FLANNEL_A_STATS_TX_DROP_UNANSWERED] = "tx_drop_unanswered",
	[FLANNEL_A_STATS_TX_DROP_OVERFLOW] = "tx_drop_overflow",
	[FLANNEL_A_STATS_TX_DROP_FLUSHED] = "tx_drop_flushed",
	[FLANNEL_A_STATS_TX_DROP_NO_FAMILY] = "tx_drop_no_family",
	[FLANNEL_A_STATS_TX_DROP_NO_ROUTE] = "tx_drop_no_route",
	[FLANNEL_A_STATS_TX_DROP_LOOP] = "tx_drop_loop",
	[FLANNEL_A_STATS_TX_DROP_TOO_BIG] = "tx_drop_too_big",
	[FLANNEL_A_STATS_TX_DROP_NO_MEMORY] = "tx_drop_no_memory",
	[FLANNEL_A_STATS_TX_DROP_NO_VNI] = "tx_drop_no_vni",
	[FLANNEL_A_STATS_TX_DROP_UNDERLAY] = "tx_drop_underlay",
	[FLANNEL_A_STATS_RX_DROP_SHORT] = "rx_drop_short",
	[FLANNEL_A_STATS_RX_DROP_FLAGS] = "rx_drop_flags",
	[FLANNEL_A_STATS_RX_DROP_VNI] = "rx_drop_vni",
	[FLANNEL_A_STATS_RX_DROP_MALFORMED] = "rx_drop_malformed",
	[FLANNEL_A_STATS_RX_DROP_OWN_MAC] = "rx_drop_own_mac",
	[FLANNEL_A_STATS_RX_DROP_ECN] = "rx_drop_ecn",
	[FLANNEL_A_STATS_RX_DROP_PEER] = "rx_drop_peer",
	[FLANNEL_A_STATS_RX_DROP_SOURCE] = "rx_drop_source",
	[FLANNEL_A_STATS_RX_DROP_UNVERIFIED] = "rx_drop_unverified",
	[FLANNEL_A_STATS_RX_DROP_MOVED] = "rx_drop_moved",
	[FLANNEL_A_STATS_RX_DROP_OVERFLOW] = "rx_drop_overflow",
	[FLANNEL_A_STATS_RX_DROP_DOWN] = "rx_drop_down",
	[FLANNEL_A_STATS_RX_DROP_NO_MEMORY] = "rx_drop_no_memory",
};

const struct flc_names flc_stats_names = {
	.what	= "counter",
	.n	= sizeof(flc_stats_table) / sizeof(flc_stats_table[0]),
	.name	= flc_stats_table,
};

static const char *const flc_attr_table[] = {
	[FLANNEL_A_PAD] = "pad",
	[FLANNEL_A_IFINDEX] = "ifindex",
	[FLANNEL_A_IFNAME] = "ifname",
	[FLANNEL_A_LEASE] = "lease",
	[FLANNEL_A_FDB] = "fdb",
	[FLANNEL_A_MISS] = "miss",
	[FLANNEL_A_DEV] = "dev",
	[FLANNEL_A_GENERATION] = "generation",
	[FLANNEL_A_FLAGS] = "flags",
};

const struct flc_names flc_attr_names = {
	.what	= "attribute",
	.n	= sizeof(flc_attr_table) / sizeof(flc_attr_table[0]),
	.name	= flc_attr_table,
};

static const char *const flc_lease_attr_table[] = {
	[FLANNEL_A_LEASE_PAD] = "pad",
	[FLANNEL_A_LEASE_ADDRESS] = "address",
	[FLANNEL_A_LEASE_PREFIX_LEN] = "prefix-len",
	[FLANNEL_A_LEASE_MAC] = "mac",
	[FLANNEL_A_LEASE_REMOTE4] = "remote4",
	[FLANNEL_A_LEASE_REMOTE6] = "remote6",
	[FLANNEL_A_LEASE_FLAGS] = "flags",
	[FLANNEL_A_LEASE_GENERATION] = "generation",
	[FLANNEL_A_LEASE_IDLE] = "idle",
	[FLANNEL_A_LEASE_TX_PACKETS] = "tx-packets",
	[FLANNEL_A_LEASE_TX_BYTES] = "tx-bytes",
};

const struct flc_names flc_lease_attr_names = {
	.what	= "attribute of a lease",
	.n	= sizeof(flc_lease_attr_table) / sizeof(flc_lease_attr_table[0]),
	.name	= flc_lease_attr_table,
};

static const char *const flc_fdb_attr_table[] = {
	[FLANNEL_A_FDB_PAD] = "pad",
	[FLANNEL_A_FDB_MAC] = "mac",
	[FLANNEL_A_FDB_REMOTE] = "remote",
	[FLANNEL_A_FDB_PORT] = "port",
	[FLANNEL_A_FDB_VNI] = "vni",
	[FLANNEL_A_FDB_IFINDEX] = "ifindex",
	[FLANNEL_A_FDB_STATE] = "state",
	[FLANNEL_A_FDB_FLAGS] = "flags",
	[FLANNEL_A_FDB_IDLE] = "idle",
	[FLANNEL_A_FDB_AGE] = "age",
};

const struct flc_names flc_fdb_attr_names = {
	.what	= "attribute of an FDB entry",
	.n	= sizeof(flc_fdb_attr_table) / sizeof(flc_fdb_attr_table[0]),
	.name	= flc_fdb_attr_table,
};

static const char *const flc_miss_attr_table[] = {
	[FLANNEL_A_MISS_PAD] = "pad",
	[FLANNEL_A_MISS_KIND] = "kind",
	[FLANNEL_A_MISS_STATE] = "state",
	[FLANNEL_A_MISS_ADDRESS] = "address",
	[FLANNEL_A_MISS_PREFIX_LEN] = "prefix-len",
	[FLANNEL_A_MISS_MAC] = "mac",
	[FLANNEL_A_MISS_TARGET] = "target",
	[FLANNEL_A_MISS_REMOTE] = "remote",
	[FLANNEL_A_MISS_SEQ] = "seq",
	[FLANNEL_A_MISS_TRY] = "try",
	[FLANNEL_A_MISS_PACKETS] = "packets",
	[FLANNEL_A_MISS_BYTES] = "bytes",
	[FLANNEL_A_MISS_AGE] = "age",
};

const struct flc_names flc_miss_attr_names = {
	.what	= "attribute of a miss",
	.n	= sizeof(flc_miss_attr_table) / sizeof(flc_miss_attr_table[0]),
	.name	= flc_miss_attr_table,
};

static const char *const flc_dev_attr_table[] = {
	[FLANNEL_A_DEV_PAD] = "pad",
	[FLANNEL_A_DEV_VNI] = "vni",
	[FLANNEL_A_DEV_PORT] = "port",
	[FLANNEL_A_DEV_MODE] = "mode",
	[FLANNEL_A_DEV_MAC] = "mac",
	[FLANNEL_A_DEV_LOCAL4] = "local4",
	[FLANNEL_A_DEV_LOCAL6] = "local6",
	[FLANNEL_A_DEV_SUBNET_LEN] = "subnet-len",
	[FLANNEL_A_DEV_SUBNET_LEN6] = "subnet-len6",
	[FLANNEL_A_DEV_LEASES] = "leases",
	[FLANNEL_A_DEV_FDB_ENTRIES] = "fdb-entries",
	[FLANNEL_A_DEV_MISSES] = "misses",
	[FLANNEL_A_DEV_NEGATIVES] = "negatives",
	[FLANNEL_A_DEV_PARKED_PACKETS] = "parked-packets",
	[FLANNEL_A_DEV_PARKED_BYTES] = "parked-bytes",
	[FLANNEL_A_DEV_STATS] = "stats",
};

const struct flc_names flc_dev_attr_names = {
	.what	= "attribute of a device",
	.n	= sizeof(flc_dev_attr_table) / sizeof(flc_dev_attr_table[0]),
	.name	= flc_dev_attr_table,
};

static const char *const flc_cmd_table[] = {
	[FLANNEL_CMD_DEV_GET] = "dev-get",
	[FLANNEL_CMD_LEASE_SET] = "lease-set",
	[FLANNEL_CMD_LEASE_DEL] = "lease-del",
	[FLANNEL_CMD_LEASE_GET] = "lease-get",
	[FLANNEL_CMD_LEASE_FLUSH] = "lease-flush",
	[FLANNEL_CMD_FDB_SET] = "fdb-set",
	[FLANNEL_CMD_FDB_DEL] = "fdb-del",
	[FLANNEL_CMD_FDB_GET] = "fdb-get",
	[FLANNEL_CMD_FDB_FLUSH] = "fdb-flush",
	[FLANNEL_CMD_MISS_GET] = "miss-get",
	[FLANNEL_CMD_MISS_ANSWER] = "miss-answer",
	[FLANNEL_CMD_MISS_NTF] = "miss-ntf",
	[FLANNEL_CMD_LEASE_SET_NTF] = "lease-set-ntf",
	[FLANNEL_CMD_LEASE_DEL_NTF] = "lease-del-ntf",
	[FLANNEL_CMD_FDB_SET_NTF] = "fdb-set-ntf",
	[FLANNEL_CMD_FDB_DEL_NTF] = "fdb-del-ntf",
};

const struct flc_names flc_cmd_names = {
	.what	= "command",
	.n	= sizeof(flc_cmd_table) / sizeof(flc_cmd_table[0]),
	.name	= flc_cmd_table,
};
