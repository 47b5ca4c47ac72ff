// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that must be refused, each with a reason, and similar ones that must
 * not. One line per message: "ok NAME" or "not ok NAME: ...".
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <string.h>

#include "kit.h"
#include "lib/genl_priv.h"

static const uint8_t good_mac[6] = { 2, 0, 0, 0, 0, 9 };
static const uint8_t group_mac[6] = { 1, 0, 0x5e, 0, 0, 1 };
static const uint8_t zero[16];
static const uint8_t subnet4[4] = { 10, 99, 1, 0 };
static const uint8_t host4[4] = { 10, 99, 1, 7 };
static const uint8_t remote4[4] = { 198, 51, 100, 77 };
static const uint8_t group4[4] = { 224, 0, 0, 9 };
static const uint8_t subnet6[16] = { 0xfd, 0, 0x99 };
static const uint8_t remote6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 7 };
static const uint8_t group6[16] = { 0xff, 2, [15] = 7 };
static const uint8_t mapped6[16] = { [10] = 0xff, 0xff, 1, 2, 3, 4 };

/**
 * struct field - an attribute; a list of them ends with type 0
 * @type: FLANNEL_A_*, with NLA_F_* as sent
 * @len: bytes
 * @data: bytes
 * @nest: its contents, instead of @data
 */
struct field {
	uint16_t type;
	uint16_t len;
	const void *data;
	const struct field *nest;
};

#define BYTES(t, bytes)		{ .type = (t), .len = sizeof(bytes), .data = (bytes) }
#define CUT(t, n, bytes)	{ .type = (t), .len = (n), .data = (bytes) }
#define U8(t, v)		{ .type = (t), .len = 1, .data = (uint8_t [1]) { v } }
#define U16(t, v)		{ .type = (t), .len = 2, .data = (uint16_t [1]) { v } }
#define U32(t, v)		{ .type = (t), .len = 4, .data = (uint32_t [1]) { v } }
#define FIELDS(...)		((const struct field []){ __VA_ARGS__, { 0 } })
#define NEST(t, ...)		{ .type = (t) | NLA_F_NESTED, .nest = FIELDS(__VA_ARGS__) }
#define UNFLAGGED(t, ...)	{ .type = (t), .nest = FIELDS(__VA_ARGS__) }
#define LEASE(...)		NEST(FLANNEL_A_LEASE, __VA_ARGS__)
#define FDB(...)		NEST(FLANNEL_A_FDB, __VA_ARGS__)
#define MISS(...)		NEST(FLANNEL_A_MISS, __VA_ARGS__)

#define L_SUBNET	BYTES(FLANNEL_A_LEASE_ADDRESS, subnet4)
#define L_LEN		U8(FLANNEL_A_LEASE_PREFIX_LEN, 24)
#define L_MAC		BYTES(FLANNEL_A_LEASE_MAC, good_mac)
#define L_REMOTE	BYTES(FLANNEL_A_LEASE_REMOTE4, remote4)
#define F_MAC		BYTES(FLANNEL_A_FDB_MAC, good_mac)
#define F_REMOTE	BYTES(FLANNEL_A_FDB_REMOTE, remote4)

/**
 * struct attempt - a message
 * @name: what is tested
 * @cmd: FLANNEL_CMD_*
 * @flags: NLM_F_*
 * @error: expected errno, 0 for success
 * @words: the kernel's message
 * @no_dev: without a device
 * @fields: attributes
 */
struct attempt {
	const char *name;
	uint8_t cmd;
	uint16_t flags;
	int error;
	const char *words;
	bool no_dev;
	const struct field *fields;
};

static const struct attempt attempts[] = {
	/* The message as a whole */
	{ "device missing", FLANNEL_CMD_DEV_GET, 0, EINVAL,
	  "device is missing", true, NULL },
	{ "device that does not exist", FLANNEL_CMD_DEV_GET, 0, ENODEV,
	  "no such device", true, FIELDS(U32(FLANNEL_A_IFINDEX, 99999)) },
	{ "device of another type", FLANNEL_CMD_DEV_GET, 0, EOPNOTSUPP,
	  "not of type flannel", true, FIELDS(U32(FLANNEL_A_IFINDEX, 1)) },
	{ "device by a name that is not its own", FLANNEL_CMD_DEV_GET, 0,
	  EINVAL, "another ifname", false,
	  FIELDS(CUT(FLANNEL_A_IFNAME, 3, "lo")) },
	{ "device by a name without an end", FLANNEL_CMD_DEV_GET, 0, EINVAL,
	  NULL, true, FIELDS(CUT(FLANNEL_A_IFNAME, 2, "lo")) },
	{ "ifindex 0", FLANNEL_CMD_DEV_GET, 0, ERANGE, NULL, true,
	  FIELDS(U32(FLANNEL_A_IFINDEX, 0)) },
	{ "ifindex of 2 bytes", FLANNEL_CMD_DEV_GET, 0, EINVAL, NULL, true,
	  FIELDS(U16(FLANNEL_A_IFINDEX, 1)) },
	{ "attribute beyond the last", FLANNEL_CMD_DEV_GET, 0, EINVAL,
	  "nknown attribute", false, FIELDS(U32(FLANNEL_A_MAX + 1, 0)) },
	{ "attribute 0", FLANNEL_CMD_DEV_GET, 0, EINVAL, NULL, false,
	  FIELDS(CUT(NLA_F_NET_BYTEORDER, 4, zero)) },
	{ "padding as an attribute", FLANNEL_CMD_DEV_GET, 0, EINVAL, NULL,
	  false, FIELDS(CUT(FLANNEL_A_PAD, 4, zero)) },
	{ "attribute that only answers have", FLANNEL_CMD_DEV_GET, 0, EINVAL,
	  NULL, false, FIELDS(NEST(FLANNEL_A_DEV, U32(FLANNEL_A_DEV_VNI, 1))) },
	{ "lease that a command does not take", FLANNEL_CMD_LEASE_FLUSH, 0,
	  EINVAL, NULL, false, FIELDS(LEASE(L_SUBNET, L_LEN)) },
	{ "FDB entry that a command does not take", FLANNEL_CMD_LEASE_SET, 0,
	  EINVAL, NULL, false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC, L_REMOTE), FDB(F_MAC, F_REMOTE)) },
	{ "command that is an event", FLANNEL_CMD_MISS_NTF, 0, EOPNOTSUPP,
	  NULL, false, NULL },
	{ "command beyond the last", FLANNEL_CMD_MAX + 1, 0, EOPNOTSUPP, NULL,
	  false, NULL },
	{ "misses cannot be asked for one by one", FLANNEL_CMD_MISS_GET, 0,
	  EOPNOTSUPP, NULL, false, NULL },

	/* Leases */
	{ "no lease", FLANNEL_CMD_LEASE_SET, 0, EINVAL, "lease is missing",
	  false, NULL },
	{ "nest without the flag of one", FLANNEL_CMD_LEASE_SET, 0, EINVAL,
	  "NLA_F_NESTED", false,
	  FIELDS(UNFLAGGED(FLANNEL_A_LEASE, L_SUBNET, L_LEN, L_MAC, L_REMOTE)) },
	{ "lease without an address", FLANNEL_CMD_LEASE_SET, 0, EINVAL,
	  "address of the subnet is missing", false,
	  FIELDS(LEASE(L_LEN, L_MAC, L_REMOTE)) },
	{ "lease without a length", FLANNEL_CMD_LEASE_SET, 0, EINVAL,
	  "prefix-len of the subnet is missing", false,
	  FIELDS(LEASE(L_SUBNET, L_MAC, L_REMOTE)) },
	{ "lease without a MAC", FLANNEL_CMD_LEASE_SET, 0, EINVAL,
	  "mac of the peer's VTEP is missing", false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_REMOTE)) },
	{ "lease without a remote", FLANNEL_CMD_LEASE_SET, 0, EINVAL,
	  "outer address of the peer, is missing", false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC)) },
	{ "address of 5 bytes", FLANNEL_CMD_LEASE_SET, 0, EINVAL,
	  "4 bytes .* or 16 bytes", false,
	  FIELDS(LEASE(CUT(FLANNEL_A_LEASE_ADDRESS, 5, zero), L_LEN, L_MAC, L_REMOTE)) },
	{ "address of 3 bytes", FLANNEL_CMD_LEASE_SET, 0, ERANGE, NULL, false,
	  FIELDS(LEASE(CUT(FLANNEL_A_LEASE_ADDRESS, 3, zero), L_LEN, L_MAC, L_REMOTE)) },
	{ "address of 17 bytes", FLANNEL_CMD_LEASE_SET, 0, ERANGE, NULL, false,
	  FIELDS(LEASE(CUT(FLANNEL_A_LEASE_ADDRESS, 17, "0123456789abcdefg"), L_LEN, L_MAC,
		       L_REMOTE)) },
	{ "IPv4 length 33", FLANNEL_CMD_LEASE_SET, 0, EINVAL, "must not be above 32",
	  false,
	  FIELDS(LEASE(L_SUBNET, U8(FLANNEL_A_LEASE_PREFIX_LEN, 33), L_MAC, L_REMOTE)) },
	{ "IPv6 length 129", FLANNEL_CMD_LEASE_SET, 0, ERANGE, NULL, false,
	  FIELDS(LEASE(BYTES(FLANNEL_A_LEASE_ADDRESS, subnet6), U8(FLANNEL_A_LEASE_PREFIX_LEN,
								   129), L_MAC, L_REMOTE)) },
	{ "bits beyond the length", FLANNEL_CMD_LEASE_SET, 0, EINVAL,
	  "bits set beyond", false,
	  FIELDS(LEASE(BYTES(FLANNEL_A_LEASE_ADDRESS, host4), L_LEN, L_MAC, L_REMOTE)) },
	{ "MAC of 5 bytes", FLANNEL_CMD_LEASE_SET, 0, ERANGE, NULL, false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, CUT(FLANNEL_A_LEASE_MAC, 5, good_mac), L_REMOTE)) },
	{ "MAC of a group", FLANNEL_CMD_LEASE_SET, 0, EADDRNOTAVAIL,
	  "unicast", false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, BYTES(FLANNEL_A_LEASE_MAC, group_mac), L_REMOTE)) },
	{ "MAC of zeros", FLANNEL_CMD_LEASE_SET, 0, EADDRNOTAVAIL, "unicast",
	  false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, CUT(FLANNEL_A_LEASE_MAC, 6, zero), L_REMOTE)) },
	{ "remote that is a group", FLANNEL_CMD_LEASE_SET, 0, EINVAL,
	  "unicast IPv4", false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC, BYTES(FLANNEL_A_LEASE_REMOTE4, group4))) },
	{ "remote that is 0.0.0.0", FLANNEL_CMD_LEASE_SET, 0, EINVAL,
	  "unicast IPv4", false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC, CUT(FLANNEL_A_LEASE_REMOTE4, 4, zero))) },
	{ "IPv6 remote that is a group", FLANNEL_CMD_LEASE_SET, 0, EINVAL,
	  "unicast IPv6", false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC, BYTES(FLANNEL_A_LEASE_REMOTE6, group6))) },
	{ "IPv6 remote that maps an IPv4 address", FLANNEL_CMD_LEASE_SET, 0,
	  EINVAL, "unicast IPv6", false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC, BYTES(FLANNEL_A_LEASE_REMOTE6, mapped6))) },
	{ "remote of a family that the device does not use",
	  FLANNEL_CMD_LEASE_SET, 0, EAFNOSUPPORT, "address family", false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC, BYTES(FLANNEL_A_LEASE_REMOTE6, remote6))) },
	{ "flag that is not known", FLANNEL_CMD_LEASE_SET, 0, EINVAL, NULL,
	  false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC, L_REMOTE, U32(FLANNEL_A_LEASE_FLAGS, 1 << 31))) },
	{ "attribute of a lease beyond the last", FLANNEL_CMD_LEASE_SET, 0,
	  EINVAL, NULL, false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC, L_REMOTE, U32(FLANNEL_A_LEASE_MAX + 1, 0))) },
	{ "attribute of a lease that is only read", FLANNEL_CMD_LEASE_SET, 0,
	  EINVAL, NULL, false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC, L_REMOTE, CUT(FLANNEL_A_LEASE_TX_PACKETS, 8,
							     zero))) },
	{ "a lease that is in order", FLANNEL_CMD_LEASE_SET, 0, 0, NULL, false,
	  FIELDS(LEASE(L_SUBNET, L_LEN, L_MAC, L_REMOTE)) },
	{ "withdraw without a length", FLANNEL_CMD_LEASE_DEL, 0, EINVAL,
	  "prefix-len", false, FIELDS(LEASE(L_SUBNET)) },
	{ "withdraw what is not there", FLANNEL_CMD_LEASE_DEL, 0, ENOENT,
	  "no lease of this subnet", false,
	  FIELDS(LEASE(L_SUBNET, U8(FLANNEL_A_LEASE_PREFIX_LEN, 25))) },
	{ "look up nothing", FLANNEL_CMD_LEASE_GET, 0, EINVAL,
	  "address to look up, is missing", false, NULL },
	{ "look up what is not there", FLANNEL_CMD_LEASE_GET, 0, ENOENT,
	  "no lease of this subnet", false,
	  FIELDS(LEASE(BYTES(FLANNEL_A_LEASE_ADDRESS, remote4))) },
	{ "withdraw what is there", FLANNEL_CMD_LEASE_DEL, 0, 0, NULL, false,
	  FIELDS(LEASE(L_SUBNET, L_LEN)) },
	{ "dump with an entry", FLANNEL_CMD_LEASE_GET, NLM_F_DUMP, EINVAL,
	  "neither lease nor fdb", false, FIELDS(LEASE(L_SUBNET, L_LEN)) },

	/* FDB */
	{ "no FDB entry", FLANNEL_CMD_FDB_SET, 0, EINVAL, "fdb is missing",
	  false, NULL },
	{ "FDB entry without a MAC", FLANNEL_CMD_FDB_SET, 0, EINVAL,
	  "mac of the FDB entry is missing", false, FIELDS(FDB(F_REMOTE)) },
	{ "FDB entry without a remote", FLANNEL_CMD_FDB_SET, 0, EINVAL,
	  "address of the VTEP, is missing", false, FIELDS(FDB(F_MAC)) },
	{ "FDB entry with port 0", FLANNEL_CMD_FDB_SET, 0, EINVAL,
	  "port must not be 0", false,
	  FIELDS(FDB(F_MAC, F_REMOTE, U16(FLANNEL_A_FDB_PORT, 0))) },
	{ "FDB entry with a VNI of 25 bits", FLANNEL_CMD_FDB_SET, 0, ERANGE,
	  NULL, false,
	  FIELDS(FDB(F_MAC, F_REMOTE, U32(FLANNEL_A_FDB_VNI, 1 << 24))) },
	{ "FDB entry on a device that does not exist", FLANNEL_CMD_FDB_SET, 0,
	  EADDRNOTAVAIL, "no such device", false,
	  FIELDS(FDB(F_MAC, F_REMOTE, U32(FLANNEL_A_FDB_IFINDEX, 99999))) },
	{ "FDB entry in a state that is not known", FLANNEL_CMD_FDB_SET, 0,
	  EINVAL, NULL, false,
	  FIELDS(FDB(F_MAC, F_REMOTE, U16(FLANNEL_A_FDB_STATE, NUD_INCOMPLETE))) },
	{ "an FDB entry that is in order", FLANNEL_CMD_FDB_SET, 0, 0, NULL,
	  false, FIELDS(FDB(F_MAC, F_REMOTE)) },
	{ "FDB entry that is removed", FLANNEL_CMD_FDB_DEL, 0, 0, NULL, false,
	  FIELDS(FDB(F_MAC)) },
	{ "FDB entry that is not there", FLANNEL_CMD_FDB_DEL, 0, ENOENT,
	  "no FDB entry for this mac and remote", false, FIELDS(FDB(F_MAC)) },
	{ "FDB flush with an entry", FLANNEL_CMD_FDB_FLUSH, 0, EINVAL, NULL,
	  false, FIELDS(FDB(F_MAC)) },

	/* Answers */
	{ "no answer", FLANNEL_CMD_MISS_ANSWER, 0, EINVAL,
	  "the answer, is missing", false, NULL },
	{ "answer without a kind", FLANNEL_CMD_MISS_ANSWER, 0, EINVAL,
	  "kind of the miss is missing", false,
	  FIELDS(MISS(BYTES(FLANNEL_A_MISS_ADDRESS, subnet4))) },
	{ "answer of a kind that is not known", FLANNEL_CMD_MISS_ANSWER, 0,
	  ERANGE, NULL, false,
	  FIELDS(MISS(U8(FLANNEL_A_MISS_KIND, 3), BYTES(FLANNEL_A_MISS_ADDRESS, subnet4))) },
	{ "answer about no address", FLANNEL_CMD_MISS_ANSWER, 0, EINVAL,
	  "address of the miss is missing", false,
	  FIELDS(MISS(U8(FLANNEL_A_MISS_KIND, FLANNEL_MISS_L3))) },
	{ "answer about no MAC", FLANNEL_CMD_MISS_ANSWER, 0, EINVAL,
	  "mac of the miss is missing", false,
	  FIELDS(MISS(U8(FLANNEL_A_MISS_KIND, FLANNEL_MISS_L2))) },
	{ "answer to what nobody asked", FLANNEL_CMD_MISS_ANSWER, 0, 0, NULL,
	  false,
	  FIELDS(MISS(U8(FLANNEL_A_MISS_KIND, FLANNEL_MISS_L3), BYTES(FLANNEL_A_MISS_ADDRESS,
								      subnet4))) },
};

static void put_fields(struct nlmsghdr *nlh, const struct field *field)
{
	struct nlattr *nest;

	/* Type 0 with a flag is a type to test; without a flag it is the end. */
	for (; field && field->type; field++) {
		if (!field->nest) {
			mnl_attr_put(nlh, field->type, field->len, field->data);
			continue;
		}
		nest = mnl_attr_nest_start(nlh, field->type & ~NLA_F_NESTED);
		nest->nla_type = field->type;
		put_fields(nlh, field->nest);
		mnl_attr_nest_end(nlh, nest);
	}
}

/* A pattern of words with " .* " between them. */
static bool matches(const char *text, const char *words)
{
	const char *gap;
	char part[64];

	while ((gap = strstr(words, " .* "))) {
		snprintf(part, sizeof(part), "%.*s", (int)(gap - words), words);
		text = strstr(text, part);
		if (!text)
			return false;
		words = gap + strlen(" .* ");
	}
	return strstr(text, words);
}

static int try(struct flc_genl *genl, int dev, const struct attempt *attempt)
{
	struct flc_error err = {};
	struct nlmsghdr *nlh;
	int ret;

	nlh = flc_genl_begin(genl, attempt->cmd, attempt->flags,
			     attempt->no_dev ? 0 : dev);
	put_fields(nlh, attempt->fields);
	ret = flc_nl_talk(&genl->nl, NULL, NULL, &err);
	if (ret != -attempt->error)
		printf("not ok %s: expected errno %d, seen %d (%s)\n",
		       attempt->name, attempt->error, -ret, err.text);
	else if (attempt->words && !matches(err.text, attempt->words))
		printf("not ok %s: expected the words '%s', seen '%s'\n",
		       attempt->name, attempt->words, err.text);
	else
		printf("ok %s\n", attempt->name);
	return 0;
}

int cmd_policy(struct args *args)
{
	int dev = arg_dev(args);
	struct flc_genl *genl = kit_open();
	size_t i;

	args_end(args);
	for (i = 0; i < sizeof(attempts) / sizeof(*attempts); i++)
		try(genl, dev, &attempts[i]);
	flc_genl_close(genl);
	return 0;
}
