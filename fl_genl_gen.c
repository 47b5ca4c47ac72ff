// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/flannel.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "fl_genl_gen.h"

#include <uapi/linux/flannel.h>
#include <linux/neighbour.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>

/* Integer value ranges */
static const struct netlink_range_validation flannel_a_ifindex_range = {
	.min	= 1ULL,
	.max	= 2147483647ULL,
};

static const struct netlink_range_validation flannel_a_fdb_vni_range = {
	.max	= 16777215ULL,
};

static const struct netlink_range_validation flannel_a_fdb_ifindex_range = {
	.min	= 1ULL,
	.max	= 2147483647ULL,
};

/* Common nested types */
const struct nla_policy fl_fdb_nl_policy[FLANNEL_A_FDB_FLAGS + 1] = {
	[FLANNEL_A_FDB_MAC] = NLA_POLICY_EXACT_LEN(6),
	[FLANNEL_A_FDB_REMOTE] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[FLANNEL_A_FDB_PORT] = { .type = NLA_U16, },
	[FLANNEL_A_FDB_VNI] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_fdb_vni_range),
	[FLANNEL_A_FDB_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_fdb_ifindex_range),
	[FLANNEL_A_FDB_STATE] = NLA_POLICY_MASK(NLA_U16, 0xc6),
	[FLANNEL_A_FDB_FLAGS] = NLA_POLICY_MASK(NLA_U8, 0x52),
};

const struct nla_policy fl_lease_nl_policy[FLANNEL_A_LEASE_GENERATION + 1] = {
	[FLANNEL_A_LEASE_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[FLANNEL_A_LEASE_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[FLANNEL_A_LEASE_MAC] = NLA_POLICY_EXACT_LEN(6),
	[FLANNEL_A_LEASE_REMOTE4] = NLA_POLICY_EXACT_LEN(4),
	[FLANNEL_A_LEASE_REMOTE6] = NLA_POLICY_EXACT_LEN(16),
	[FLANNEL_A_LEASE_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x1),
	[FLANNEL_A_LEASE_GENERATION] = { .type = NLA_U32, },
};

const struct nla_policy fl_miss_nl_policy[FLANNEL_A_MISS_MAC + 1] = {
	[FLANNEL_A_MISS_KIND] = NLA_POLICY_MAX(NLA_U8, 2),
	[FLANNEL_A_MISS_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[FLANNEL_A_MISS_MAC] = NLA_POLICY_EXACT_LEN(6),
};

/* FLANNEL_CMD_DEV_GET - do */
static const struct nla_policy fl_dev_get_nl_policy[FLANNEL_A_IFNAME + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* FLANNEL_CMD_LEASE_SET - do */
static const struct nla_policy fl_lease_set_nl_policy[FLANNEL_A_FLAGS + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[FLANNEL_A_LEASE] = NLA_POLICY_NESTED(fl_lease_nl_policy),
	[FLANNEL_A_GENERATION] = { .type = NLA_U32, },
	[FLANNEL_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0xf00),
};

/* FLANNEL_CMD_LEASE_DEL - do */
static const struct nla_policy fl_lease_del_nl_policy[FLANNEL_A_LEASE + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[FLANNEL_A_LEASE] = NLA_POLICY_NESTED(fl_lease_nl_policy),
};

/* FLANNEL_CMD_LEASE_GET - do */
static const struct nla_policy fl_lease_get_nl_policy[FLANNEL_A_LEASE + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[FLANNEL_A_LEASE] = NLA_POLICY_NESTED(fl_lease_nl_policy),
};

/* FLANNEL_CMD_LEASE_FLUSH - do */
static const struct nla_policy fl_lease_flush_nl_policy[FLANNEL_A_GENERATION + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[FLANNEL_A_GENERATION] = { .type = NLA_U32, },
};

/* FLANNEL_CMD_FDB_SET - do */
static const struct nla_policy fl_fdb_set_nl_policy[FLANNEL_A_FLAGS + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[FLANNEL_A_FDB] = NLA_POLICY_NESTED(fl_fdb_nl_policy),
	[FLANNEL_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0xf00),
};

/* FLANNEL_CMD_FDB_DEL - do */
static const struct nla_policy fl_fdb_del_nl_policy[FLANNEL_A_FDB + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[FLANNEL_A_FDB] = NLA_POLICY_NESTED(fl_fdb_nl_policy),
};

/* FLANNEL_CMD_FDB_GET - do */
static const struct nla_policy fl_fdb_get_nl_policy[FLANNEL_A_FDB + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[FLANNEL_A_FDB] = NLA_POLICY_NESTED(fl_fdb_nl_policy),
};

/* FLANNEL_CMD_FDB_FLUSH - do */
static const struct nla_policy fl_fdb_flush_nl_policy[FLANNEL_A_IFNAME + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* FLANNEL_CMD_MISS_GET - dump */
static const struct nla_policy fl_miss_get_nl_policy[FLANNEL_A_IFNAME + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* FLANNEL_CMD_MISS_ANSWER - do */
static const struct nla_policy fl_miss_answer_nl_policy[FLANNEL_A_FLAGS + 1] = {
	[FLANNEL_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &flannel_a_ifindex_range),
	[FLANNEL_A_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[FLANNEL_A_LEASE] = NLA_POLICY_NESTED(fl_lease_nl_policy),
	[FLANNEL_A_FDB] = NLA_POLICY_NESTED(fl_fdb_nl_policy),
	[FLANNEL_A_MISS] = NLA_POLICY_NESTED(fl_miss_nl_policy),
	[FLANNEL_A_GENERATION] = { .type = NLA_U32, },
	[FLANNEL_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0xf00),
};

/* Ops table for fl */
const struct genl_ops fl_nl_ops[11] = {
	{
		.cmd		= FLANNEL_CMD_DEV_GET,
		.doit		= fl_nl_dev_get_doit,
		.dumpit		= fl_nl_dev_get_dumpit,
		.policy		= fl_dev_get_nl_policy,
		.maxattr	= FLANNEL_A_IFNAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= FLANNEL_CMD_LEASE_SET,
		.doit		= fl_nl_lease_set_doit,
		.policy		= fl_lease_set_nl_policy,
		.maxattr	= FLANNEL_A_FLAGS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= FLANNEL_CMD_LEASE_DEL,
		.doit		= fl_nl_lease_del_doit,
		.policy		= fl_lease_del_nl_policy,
		.maxattr	= FLANNEL_A_LEASE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= FLANNEL_CMD_LEASE_GET,
		.doit		= fl_nl_lease_get_doit,
		.dumpit		= fl_nl_lease_get_dumpit,
		.policy		= fl_lease_get_nl_policy,
		.maxattr	= FLANNEL_A_LEASE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= FLANNEL_CMD_LEASE_FLUSH,
		.doit		= fl_nl_lease_flush_doit,
		.policy		= fl_lease_flush_nl_policy,
		.maxattr	= FLANNEL_A_GENERATION,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= FLANNEL_CMD_FDB_SET,
		.doit		= fl_nl_fdb_set_doit,
		.policy		= fl_fdb_set_nl_policy,
		.maxattr	= FLANNEL_A_FLAGS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= FLANNEL_CMD_FDB_DEL,
		.doit		= fl_nl_fdb_del_doit,
		.policy		= fl_fdb_del_nl_policy,
		.maxattr	= FLANNEL_A_FDB,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= FLANNEL_CMD_FDB_GET,
		.doit		= fl_nl_fdb_get_doit,
		.dumpit		= fl_nl_fdb_get_dumpit,
		.policy		= fl_fdb_get_nl_policy,
		.maxattr	= FLANNEL_A_FDB,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= FLANNEL_CMD_FDB_FLUSH,
		.doit		= fl_nl_fdb_flush_doit,
		.policy		= fl_fdb_flush_nl_policy,
		.maxattr	= FLANNEL_A_IFNAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= FLANNEL_CMD_MISS_GET,
		.dumpit		= fl_nl_miss_get_dumpit,
		.policy		= fl_miss_get_nl_policy,
		.maxattr	= FLANNEL_A_IFNAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= FLANNEL_CMD_MISS_ANSWER,
		.doit		= fl_nl_miss_answer_doit,
		.policy		= fl_miss_answer_nl_policy,
		.maxattr	= FLANNEL_A_FLAGS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};
