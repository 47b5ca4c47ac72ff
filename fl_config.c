// SPDX-License-Identifier: GPL-2.0
/* Options: IFLA_FLANNEL_* to struct fl_config and back. */
#include <kunit/visibility.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include <flannel/config.h>
#include <flannel/dev.h>
#include <flannel/miss.h>
#include <flannel/wire.h>

#define FL_REJECT(what)							\
	{								\
		.type		= NLA_REJECT,				\
		.reject_message	= what " is not supported",		\
	}

/* The policies check the length of attributes. Valid ranges are in fl_options[], whose
 * messages name the option.
 */
static const struct nla_policy fl_config_own_policy[IFLA_FLANNEL_MAX + 1] = {
	[IFLA_FLANNEL_MODE]		= { .type = NLA_U8 },
	[IFLA_FLANNEL_RPF]		= { .type = NLA_U8 },
	[IFLA_FLANNEL_FASTPATH]		= { .type = NLA_U8 },
	[IFLA_FLANNEL_NOTRACK]		= { .type = NLA_U8 },
	[IFLA_FLANNEL_SUBNET_LEN]	= { .type = NLA_U8 },
	[IFLA_FLANNEL_SUBNET_LEN6]	= { .type = NLA_U8 },
	[IFLA_FLANNEL_MISS_ENTRIES]	= { .type = NLA_U32 },
	[IFLA_FLANNEL_MISS_BYTES]	= { .type = NLA_U32 },
	[IFLA_FLANNEL_MISS_ENTRY_BYTES]	= { .type = NLA_U32 },
	[IFLA_FLANNEL_MISS_RETRY]	= { .type = NLA_U32 },
	[IFLA_FLANNEL_MISS_TRIES]	= { .type = NLA_U8 },
	[IFLA_FLANNEL_MISS_NEGATIVE]	= { .type = NLA_U32 },
	[IFLA_FLANNEL_LEASE_IDLE]	= { .type = NLA_U32 },
	[IFLA_FLANNEL_RPF_ENTRIES]	= { .type = NLA_U32 },
	[IFLA_FLANNEL_RPF_RATE]		= { .type = NLA_U32 },
};

const struct nla_policy fl_config_policy[IFLA_FLANNEL_OWN + 1] = {
	[IFLA_FLANNEL_UNSPEC]		= { .strict_start_type = 1 },
	[IFLA_FLANNEL_ID]		= { .type = NLA_U32 },
	[IFLA_FLANNEL_REMOTE]		= NLA_POLICY_EXACT_LEN(4),
	[IFLA_FLANNEL_LINK]		= { .type = NLA_U32 },
	[IFLA_FLANNEL_LOCAL]		= NLA_POLICY_EXACT_LEN(4),
	[IFLA_FLANNEL_TTL]		= { .type = NLA_U8 },
	[IFLA_FLANNEL_TOS]		= { .type = NLA_U8 },
	[IFLA_FLANNEL_LEARNING]		= { .type = NLA_U8 },
	[IFLA_FLANNEL_AGEING]		= { .type = NLA_U32 },
	[IFLA_FLANNEL_LIMIT]		= { .type = NLA_U32 },
	[IFLA_FLANNEL_PORT_RANGE]	= NLA_POLICY_EXACT_LEN(4),
	[IFLA_FLANNEL_PROXY]		= { .type = NLA_U8 },
	[12]				= FL_REJECT("route short circuit (rsc)"),
	[IFLA_FLANNEL_L2MISS]		= { .type = NLA_U8 },
	[IFLA_FLANNEL_L3MISS]		= { .type = NLA_U8 },
	[IFLA_FLANNEL_PORT]		= { .type = NLA_U16 },
	[IFLA_FLANNEL_REMOTE6]		= NLA_POLICY_EXACT_LEN(16),
	[IFLA_FLANNEL_LOCAL6]		= NLA_POLICY_EXACT_LEN(16),
	[IFLA_FLANNEL_UDP_CSUM]		= { .type = NLA_U8 },
	[IFLA_FLANNEL_UDP_ZERO_CSUM6_TX] = { .type = NLA_U8 },
	[IFLA_FLANNEL_UDP_ZERO_CSUM6_RX] = { .type = NLA_U8 },
	[21]				= FL_REJECT("remcsumtx"),
	[22]				= FL_REJECT("remcsumrx"),
	[IFLA_FLANNEL_GBP]		= { .type = NLA_FLAG },
	[24]				= FL_REJECT("remote checksum offload"),
	[25]				= FL_REJECT("external (metadata) mode"),
	[IFLA_FLANNEL_LABEL]		= { .type = NLA_U32 },
	[27]				= FL_REJECT("generic protocol extension (gpe)"),
	[IFLA_FLANNEL_TTL_INHERIT]	= { .type = NLA_FLAG },
	[IFLA_FLANNEL_DF]		= { .type = NLA_U8 },
	[30]				= FL_REJECT("vnifilter"),
	[IFLA_FLANNEL_LOCALBYPASS]	= { .type = NLA_U8 },
	[IFLA_FLANNEL_OWN]		= NLA_POLICY_NESTED(fl_config_own_policy),
};
EXPORT_SYMBOL_IF_KUNIT(fl_config_policy);

static const struct fl_config fl_config_default = {
	.vni			= 1,
	.port			= cpu_to_be16(8472),
	.ageing			= 300,
	.l2miss			= true,
	.l3miss			= true,
	.localbypass		= true,
	.mode			= FLANNEL_MODE_ETHERNET,
	.rpf			= FLANNEL_RPF_OFF,
	.fastpath		= FLANNEL_FASTPATH_AUTO,
	.subnet_len		= 24,
	.subnet_len6		= 64,
	.miss_entries		= 16 * 1024,
	.miss_bytes		= 32 * 1024 * 1024,
	.miss_entry_bytes	= 256 * 1024,
	.miss_retry		= 250,
	.miss_tries		= 4,
	.miss_negative		= 5 * 1000,
	.rpf_entries		= 64,
	.rpf_rate		= 100,
};

/**
 * struct fl_option - an option that is a number
 * @attr: IFLA_FLANNEL_*
 * @offset: its offset in struct fl_config
 * @size: its size in struct fl_config
 * @min: lowest value
 * @max: highest value; 0 if any value is valid, or if it is checked elsewhere
 * @range: message about other values
 * @fixed: message about a change on an existing device; NULL
 *	if it can be changed
 */
struct fl_option {
	u16		attr;
	u16		offset;
	u8		size;
	u32		min;
	u32		max;
	const char	*range;
	const char	*fixed;
};

#define FL_OPTION(id, field, lowest, highest, text, why)		\
	{								\
		.attr	= IFLA_FLANNEL_##id,				\
		.offset	= offsetof(struct fl_config, field),		\
		.size	= sizeof_field(struct fl_config, field),	\
		.min	= lowest,					\
		.max	= highest,					\
		.range	= text,						\
		.fixed	= why,						\
	}
#define FL_NUMBER(id, field, word, lowest, highest)			\
	FL_OPTION(id, field, lowest, highest,				\
		  word " must be a number from " #lowest " to " #highest, NULL)
#define FL_SWITCH(id, field, word)					\
	FL_OPTION(id, field, 0, 1, word " must be 0 or 1", NULL)
#define FL_ANY(id, field, why)						\
	FL_OPTION(id, field, 0, 0, NULL, why)

static const struct fl_option fl_options[] = {
	FL_OPTION(ID, vni, 0, FL_VNI_MAX,
		  "id must be a number from 0 to 16777215: a VNI has 24 bits",
		  "id: the VNI of a device cannot be changed"),
	FL_ANY(PORT, port, "dstport: the port of a device cannot be changed"),
	FL_OPTION(MODE, mode, 0, FLANNEL_MODE_L3,
		  "mode must be ethernet (0) or l3 (1)",
		  "mode: the mode of a device cannot be changed"),
	FL_OPTION(UDP_ZERO_CSUM6_RX, zero_csum6_rx, 0, 1,
		  "udp6zerocsumrx must be 0 or 1",
		  "udp6zerocsumrx cannot be changed: it belongs to the socket"),
	FL_NUMBER(LINK, link, "dev", 0, 2147483647),
	FL_ANY(TTL, ttl, NULL),
	FL_ANY(TOS, tos, NULL),
	FL_OPTION(DF, df, 0, FLANNEL_DF_INHERIT,
		  "df must be unset (0), set (1) or inherit (2)", NULL),
	FL_ANY(LABEL, label, NULL),
	FL_SWITCH(LEARNING, learning, "learning"),
	FL_NUMBER(AGEING, ageing, "ageing", 0, 1728000),
	FL_ANY(LIMIT, fdb_limit, NULL),
	FL_SWITCH(PROXY, proxy, "proxy"),
	FL_SWITCH(L2MISS, l2miss, "l2miss"),
	FL_SWITCH(L3MISS, l3miss, "l3miss"),
	FL_SWITCH(UDP_CSUM, udp_csum, "udpcsum"),
	FL_SWITCH(UDP_ZERO_CSUM6_TX, zero_csum6_tx, "udp6zerocsumtx"),
	FL_SWITCH(LOCALBYPASS, localbypass, "localbypass"),
	FL_OPTION(RPF, rpf, 0, FLANNEL_RPF_STRICT,
		  "rpf must be off (0), loose (1) or strict (2)", NULL),
	FL_OPTION(FASTPATH, fastpath, 0, FLANNEL_FASTPATH_ON,
		  "fastpath must be off (0), auto (1) or on (2)", NULL),
	FL_SWITCH(NOTRACK, notrack, "notrack"),
	FL_NUMBER(SUBNET_LEN, subnet_len, "subnet_len", 0, 32),
	FL_NUMBER(SUBNET_LEN6, subnet_len6, "subnet_len6", 0, 128),
	FL_NUMBER(MISS_ENTRIES, miss_entries, "miss_entries", 1, 2147483647),
	FL_NUMBER(MISS_BYTES, miss_bytes, "miss_bytes", 1, 2147483647),
	FL_NUMBER(MISS_ENTRY_BYTES, miss_entry_bytes, "miss_entry_bytes",
		  1, 2147483647),
	FL_NUMBER(MISS_RETRY, miss_retry, "miss_retry", 1, 60000),
	FL_NUMBER(MISS_TRIES, miss_tries, "miss_tries", 1, 8),
	FL_NUMBER(MISS_NEGATIVE, miss_negative, "miss_negative", 0, 3600000),
	FL_NUMBER(LEASE_IDLE, lease_idle, "lease_idle", 0, 1728000),
	FL_NUMBER(RPF_ENTRIES, rpf_entries, "rpf_entries", 1, 2147483647),
	FL_NUMBER(RPF_RATE, rpf_rate, "rpf_rate", 0, 1000000),
};

static_assert(FL_MISS_TRIES_MAX == 8);

static void fl_option_refused(const struct nlattr *nla, const char *why,
			      struct netlink_ext_ack *extack)
{
	NL_SET_BAD_ATTR(extack, nla);
	if (extack)
		extack->_msg = why;
}

static int fl_config_number(struct fl_config *cfg,
			    const struct fl_option *option,
			    const struct nlattr *nla, bool live,
			    struct netlink_ext_ack *extack)
{
	void *field = (void *)cfg + option->offset;
	u32 value;

	if (option->max) {
		value = option->size == sizeof(u8) ? nla_get_u8(nla) :
						     nla_get_u32(nla);
		if (value < option->min || value > option->max) {
			fl_option_refused(nla, option->range, extack);
			return -ERANGE;
		}
	}
	if (live && option->fixed &&
	    memcmp(field, nla_data(nla), option->size)) {
		fl_option_refused(nla, option->fixed, extack);
		return -EOPNOTSUPP;
	}
	memcpy(field, nla_data(nla), option->size);
	return 0;
}

static int fl_config_numbers(struct fl_config *cfg, struct nlattr *data[],
			     bool live, struct netlink_ext_ack *extack)
{
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(fl_options) && !err; i++)
		if (data[fl_options[i].attr])
			err = fl_config_number(cfg, &fl_options[i],
					       data[fl_options[i].attr], live,
					       extack);
	return err;
}

/* A flag is an attribute without a value, so it can only be set; changing the option
 * that it belongs to clears it.
 */
static int fl_config_flags(struct fl_config *cfg, struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	if (data[IFLA_FLANNEL_GBP])
		cfg->gbp = true;
	if (data[IFLA_FLANNEL_TTL])
		cfg->ttl_inherit = false;
	if (!data[IFLA_FLANNEL_TTL_INHERIT])
		return 0;
	if (data[IFLA_FLANNEL_TTL] && cfg->ttl) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_FLANNEL_TTL_INHERIT],
				    "ttl is either a number or inherit");
		return -EINVAL;
	}
	cfg->ttl_inherit = true;
	cfg->ttl = 0;
	return 0;
}

static int fl_config_ports(struct fl_config *cfg, struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	const struct ifla_vxlan_port_range *range;
	struct nlattr *nla = data[IFLA_FLANNEL_PORT_RANGE];

	if (data[IFLA_FLANNEL_PORT] && !cfg->port) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_FLANNEL_PORT], "dstport must not be 0");
		return -EINVAL;
	}
	if (!nla)
		return 0;
	range = nla_data(nla);
	cfg->port_min = ntohs(range->low);
	cfg->port_max = ntohs(range->high);
	if (cfg->port_max < cfg->port_min) {
		NL_SET_ERR_MSG_ATTR(extack, nla, "srcport: the first port is above the last");
		return -EINVAL;
	}
	return 0;
}

static bool fl_unicast4(__be32 ip)
{
	return ip && !ipv4_is_multicast(ip) && !ipv4_is_lbcast(ip);
}

static bool fl_unicast6(const struct in6_addr *ip)
{
	return !ipv6_addr_any(ip) && !ipv6_addr_is_multicast(ip);
}

static int fl_config_locals(struct fl_config *cfg, struct nlattr *data[],
			    struct netlink_ext_ack *extack)
{
	struct nlattr *nla = data[IFLA_FLANNEL_LOCAL];

	if (nla) {
		cfg->local4 = nla_get_in_addr(nla);
		if (cfg->local4 && !fl_unicast4(cfg->local4)) {
			NL_SET_ERR_MSG_ATTR(extack, nla, "local must be a unicast address");
			return -EINVAL;
		}
	}
	nla = data[IFLA_FLANNEL_LOCAL6];
	if (nla) {
		cfg->local6 = nla_get_in6_addr(nla);
		if (!ipv6_addr_any(&cfg->local6) && !fl_unicast6(&cfg->local6)) {
			NL_SET_ERR_MSG_ATTR(extack, nla, "local must be a unicast address");
			return -EINVAL;
		}
	}
	return 0;
}

static int fl_config_remote(struct fl_config *cfg, struct nlattr *data[],
			    struct netlink_ext_ack *extack)
{
	struct nlattr *nla4 = data[IFLA_FLANNEL_REMOTE];
	struct nlattr *nla6 = data[IFLA_FLANNEL_REMOTE6];
	struct in6_addr ip6;

	if (nla4 && nla6) {
		NL_SET_ERR_MSG(extack, "remote: only one can be the default destination, add others with bridge fdb append");
		return -EINVAL;
	}
	if (nla4) {
		cfg->remote = fl_addr4(nla_get_in_addr(nla4));
		if (!cfg->remote.ip.v4)
			cfg->remote.family = AF_UNSPEC;
		else if (!fl_unicast4(cfg->remote.ip.v4))
			goto many;
	}
	if (nla6) {
		ip6 = nla_get_in6_addr(nla6);
		cfg->remote = fl_addr6(&ip6);
		if (ipv6_addr_any(&ip6))
			cfg->remote.family = AF_UNSPEC;
		else if (!fl_unicast6(&ip6))
			goto many;
	}
	return 0;

many:
	NL_SET_ERR_MSG(extack, "group: multicast underlays are not supported, give remote or fill the flood list with bridge fdb append");
	return -EOPNOTSUPP;
}

/* The underlay uses the families of the given addresses, or both if none is given. They
 * cannot change after the device was created.
 */
static int fl_config_families(struct fl_config *cfg,
			      const struct fl_config *old,
			      struct netlink_ext_ack *extack)
{
	bool local4 = cfg->local4, local6 = !ipv6_addr_any(&cfg->local6);
	bool remote4 = cfg->remote.family == AF_INET;
	bool remote6 = cfg->remote.family == AF_INET6;

	if ((local4 || local6) &&
	    ((remote4 && !local4) || (remote6 && !local6))) {
		NL_SET_ERR_MSG(extack, "local and remote must be of the same address family");
		return -EINVAL;
	}
	if (!old) {
		cfg->ipv4 = local4 || remote4 || !(local6 || remote6);
		cfg->ipv6 = local6 || remote6 || !(local4 || remote4);
	} else if ((!cfg->ipv4 && (local4 || remote4)) ||
		   (!cfg->ipv6 && (local6 || remote6))) {
		NL_SET_ERR_MSG(extack, "local, remote: the address family of the underlay cannot be changed");
		return -EOPNOTSUPP;
	}
	return 0;
}

static bool fl_linklocal(const struct in6_addr *ip)
{
	return ipv6_addr_type(ip) & IPV6_ADDR_LINKLOCAL;
}

/* A link-local address is only valid on its link, and reaches nothing beyond it. */
static int fl_config_scopes(const struct fl_config *cfg,
			    struct netlink_ext_ack *extack)
{
	bool remote6 = cfg->remote.family == AF_INET6;
	bool near_local = fl_linklocal(&cfg->local6);
	bool near_remote = remote6 && fl_linklocal(&cfg->remote.ip.v6);

	if ((near_local || near_remote) && !cfg->link) {
		NL_SET_ERR_MSG(extack, "local, remote: a link-local address needs dev");
		return -EINVAL;
	}
	if (remote6 && !ipv6_addr_any(&cfg->local6) &&
	    near_local != near_remote) {
		NL_SET_ERR_MSG(extack, "local and remote must both be link-local, or neither");
		return -EINVAL;
	}
	return 0;
}

static int fl_config_check(const struct fl_config *cfg,
			   struct netlink_ext_ack *extack)
{
	if (cfg->label & ~IPV6_FLOWLABEL_MASK) {
		NL_SET_ERR_MSG(extack, "flowlabel: an IPv6 flow label has 20 bits");
		return -EINVAL;
	}
	if (cfg->label && !cfg->ipv6) {
		NL_SET_ERR_MSG(extack, "flowlabel needs an IPv6 underlay");
		return -EINVAL;
	}
	if (cfg->mode == FLANNEL_MODE_L3 && cfg->remote.family) {
		NL_SET_ERR_MSG(extack, "remote is for ethernet mode only: in l3 mode leases determine where packets go");
		return -EINVAL;
	}
	if (cfg->mode == FLANNEL_MODE_L3 && (cfg->learning || cfg->proxy)) {
		NL_SET_ERR_MSG(extack, "learning and proxy are for ethernet mode only");
		return -EINVAL;
	}
	return fl_config_scopes(cfg, extack);
}

/* Merges the attributes of the message and those of its nest into one array. */
static int fl_config_gather(struct nlattr *tb[IFLA_FLANNEL_MAX + 1],
			    struct nlattr *data[])
{
	struct nlattr *own = data ? data[IFLA_FLANNEL_OWN] : NULL;
	int err = 0;

	memset(tb, 0, (IFLA_FLANNEL_MAX + 1) * sizeof(*tb));
	if (own)
		err = nla_parse_nested(tb, IFLA_FLANNEL_MAX, own,
				       fl_config_own_policy, NULL);
	if (data)
		memcpy(tb, data, IFLA_FLANNEL_OWN * sizeof(*tb));
	return err;
}

/**
 * fl_config_parse - parse attributes into options
 * @data: IFLA_FLANNEL_*, checked against the policy; may be NULL
 * @old: current options of an existing device; NULL for a new one
 * @extack: extended ack for error messages
 *
 * Return: the options, for kfree(), or an error pointer.
 * Context: process.
 */
struct fl_config *fl_config_parse(struct nlattr *data[],
				  const struct fl_config *old,
				  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[IFLA_FLANNEL_MAX + 1];
	struct fl_config *cfg;
	int err;

	err = fl_config_gather(tb, data);
	if (err)
		return ERR_PTR(err);
	cfg = kmemdup(old ?: &fl_config_default, sizeof(*cfg),
		      GFP_KERNEL_ACCOUNT);
	if (!cfg)
		return ERR_PTR(-ENOMEM);

	err = fl_config_numbers(cfg, tb, old, extack);
	if (err)
		goto free;
	if (!old && cfg->mode == FLANNEL_MODE_L3 && !tb[IFLA_FLANNEL_RPF])
		cfg->rpf = FLANNEL_RPF_LOOSE;
	err = fl_config_flags(cfg, tb, extack);
	if (!err)
		err = fl_config_ports(cfg, tb, extack);
	if (!err)
		err = fl_config_locals(cfg, tb, extack);
	if (!err)
		err = fl_config_remote(cfg, tb, extack);
	if (!err)
		err = fl_config_families(cfg, old, extack);
	if (!err)
		err = fl_config_check(cfg, extack);
	if (!err)
		return cfg;
free:
	kfree(cfg);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_IF_KUNIT(fl_config_parse);

/**
 * fl_config_size - space that the options need in a message
 *
 * Return: bytes.
 * Context: any.
 */
size_t fl_config_size(void)
{
	size_t size = nla_total_size(sizeof(struct ifla_vxlan_port_range)) +
		      nla_total_size(sizeof(struct in_addr)) +	/* LOCAL */
		      nla_total_size(sizeof(struct in6_addr)) +	/* LOCAL6 */
		      nla_total_size(sizeof(struct in6_addr)) +	/* REMOTE */
		      nla_total_size(0) +			/* GBP */
		      nla_total_size(0) +			/* OWN */
		      nla_total_size(0);			/* TTL_INHERIT */
	int i;

	for (i = 0; i < ARRAY_SIZE(fl_options); i++)
		size += nla_total_size(fl_options[i].size);
	return size;
}
EXPORT_SYMBOL_IF_KUNIT(fl_config_size);

static int fl_config_fill_addrs(struct sk_buff *skb,
				const struct fl_config *cfg)
{
	if (cfg->local4 && nla_put_in_addr(skb, IFLA_FLANNEL_LOCAL, cfg->local4))
		return -EMSGSIZE;
	if (!ipv6_addr_any(&cfg->local6) &&
	    nla_put_in6_addr(skb, IFLA_FLANNEL_LOCAL6, &cfg->local6))
		return -EMSGSIZE;
	if (!cfg->remote.family)
		return 0;
	return fl_nla_put_ip(skb, cfg->remote.family == AF_INET ?
				  IFLA_FLANNEL_REMOTE : IFLA_FLANNEL_REMOTE6,
			     cfg->remote.family, &cfg->remote.ip);
}

static int fl_config_fill_numbers(struct sk_buff *skb,
				  const struct fl_config *cfg, bool own)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(fl_options); i++) {
		const struct fl_option *option = &fl_options[i];
		bool is_own = option->attr >= IFLA_FLANNEL_OWN_MIN;

		if (is_own != own ||
		    (option->attr == IFLA_FLANNEL_LINK && !cfg->link))
			continue;
		if (nla_put(skb, option->attr, option->size,
			    (void *)cfg + option->offset))
			return -EMSGSIZE;
	}
	return 0;
}

static int fl_config_fill_own(struct sk_buff *skb, const struct fl_config *cfg)
{
	struct nlattr *nest = nla_nest_start(skb, IFLA_FLANNEL_OWN);

	if (!nest || fl_config_fill_numbers(skb, cfg, true))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * fl_config_fill - put the options into a message
 * @skb: message
 * @cfg: options
 *
 * Return: 0 or -EMSGSIZE.
 * Context: any.
 */
int fl_config_fill(struct sk_buff *skb, const struct fl_config *cfg)
{
	struct ifla_vxlan_port_range range = {
		.low	= htons(cfg->port_min),
		.high	= htons(cfg->port_max),
	};

	if (fl_config_fill_numbers(skb, cfg, false) ||
	    fl_config_fill_own(skb, cfg) ||
	    nla_put(skb, IFLA_FLANNEL_PORT_RANGE, sizeof(range), &range) ||
	    (cfg->gbp && nla_put_flag(skb, IFLA_FLANNEL_GBP)) ||
	    (cfg->ttl_inherit && nla_put_flag(skb, IFLA_FLANNEL_TTL_INHERIT)))
		return -EMSGSIZE;
	return fl_config_fill_addrs(skb, cfg);
}
EXPORT_SYMBOL_IF_KUNIT(fl_config_fill);
