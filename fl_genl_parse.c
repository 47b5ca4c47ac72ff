// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: attributes to requests. The policies reject malformed attributes
 * before anything is applied; the functions reject meaningless values, and name the
 * attribute.
 */
#include <linux/etherdevice.h>
#include <linux/neighbour.h>

#include <flannel/genl_priv.h>

/* The message as a whole has passed its policy: no need to check again. */
static int fl_genl_nest(struct nlattr *tb[], int max, const struct nlattr *nla)
{
	return nla_parse_nested_deprecated(tb, max, nla, NULL, NULL);
}

static int fl_genl_missing(struct netlink_ext_ack *extack,
			   const struct nlattr *nla, const char *msg)
{
	extack->_msg = msg;
	NL_SET_BAD_ATTR(extack, nla);
	return -EINVAL;
}

static int fl_genl_address(struct fl_addr *addr, const struct nlattr *nla,
			   struct netlink_ext_ack *extack)
{
	if (!fl_nla_get_addr(addr, nla))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nla, "an address must have 4 bytes (IPv4) or 16 bytes (IPv6)");
	return -EINVAL;
}

static int fl_genl_prefix(struct nlattr *tb[], const struct nlattr *nla,
			  struct fl_prefix *prefix, bool *exact,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *len = tb[FLANNEL_A_LEASE_PREFIX_LEN];
	struct fl_addr addr;
	int err;

	if (!tb[FLANNEL_A_LEASE_ADDRESS])
		return fl_genl_missing(extack, nla, "address of the subnet is missing");
	err = fl_genl_address(&addr, tb[FLANNEL_A_LEASE_ADDRESS], extack);
	if (err)
		return err;
	*exact = len;
	if (len && nla_get_u8(len) > fl_family_bits(addr.family)) {
		NL_SET_ERR_MSG_ATTR(extack, len, "prefix-len of an IPv4 subnet must not be above 32");
		return -EINVAL;
	}
	fl_prefix_make(prefix, &addr, len ? nla_get_u8(len) :
					    fl_family_bits(addr.family));
	if (memcmp(&prefix->ip, &addr.ip, sizeof(addr.ip))) {
		NL_SET_ERR_MSG_ATTR(extack, tb[FLANNEL_A_LEASE_ADDRESS], "address: the subnet has bits set beyond its prefix length");
		return -EINVAL;
	}
	return 0;
}

/**
 * fl_genl_parse_prefix - read the subnet of a LEASE
 * @nla: FLANNEL_A_LEASE
 * @prefix: the subnet; the address alone if no length is given
 * @exact: a length is given
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: any.
 */
int fl_genl_parse_prefix(const struct nlattr *nla, struct fl_prefix *prefix,
			 bool *exact, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[FLANNEL_A_LEASE_MAX + 1];
	int err;

	err = fl_genl_nest(tb, FLANNEL_A_LEASE_MAX, nla);
	return err ?: fl_genl_prefix(tb, nla, prefix, exact, extack);
}

static int fl_genl_remote4(struct fl_addr *addr, const struct nlattr *nla,
			   struct netlink_ext_ack *extack)
{
	if (!nla)
		return 0;
	*addr = fl_addr4(nla_get_in_addr(nla));
	if (addr->ip.v4 && !ipv4_is_multicast(addr->ip.v4) &&
	    !ipv4_is_lbcast(addr->ip.v4))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nla, "remote4 must be a unicast IPv4 address");
	return -EINVAL;
}

static int fl_genl_remote6(struct fl_addr *addr, const struct nlattr *nla,
			   struct netlink_ext_ack *extack)
{
	struct in6_addr ip6;

	if (!nla)
		return 0;
	ip6 = nla_get_in6_addr(nla);
	*addr = fl_addr6(&ip6);
	if (!ipv6_addr_any(&ip6) && !ipv6_addr_is_multicast(&ip6) &&
	    !ipv6_addr_v4mapped(&ip6))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nla, "remote6 must be a unicast IPv6 address");
	return -EINVAL;
}

/**
 * fl_genl_parse_lease - read a LEASE
 * @nla: FLANNEL_A_LEASE
 * @generation: default generation of the lease
 * @spec: its contents
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: any.
 */
int fl_genl_parse_lease(const struct nlattr *nla, u32 generation,
			struct fl_lease_spec *spec,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[FLANNEL_A_LEASE_MAX + 1];
	bool exact;
	int err;

	memset(spec, 0, sizeof(*spec));
	err = fl_genl_nest(tb, FLANNEL_A_LEASE_MAX, nla);
	if (err)
		return err;
	err = fl_genl_prefix(tb, nla, &spec->prefix, &exact, extack);
	if (err)
		return err;
	if (!exact)
		return fl_genl_missing(extack, nla, "prefix-len of the subnet is missing");

	if (!tb[FLANNEL_A_LEASE_MAC])
		return fl_genl_missing(extack, nla, "mac of the peer's VTEP is missing");
	ether_addr_copy(spec->mac, nla_data(tb[FLANNEL_A_LEASE_MAC]));
	if (!is_valid_ether_addr(spec->mac)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[FLANNEL_A_LEASE_MAC], "mac of a VTEP must be a unicast MAC");
		return -EADDRNOTAVAIL;
	}

	err = fl_genl_remote4(&spec->remote4, tb[FLANNEL_A_LEASE_REMOTE4],
			      extack);
	err = err ?: fl_genl_remote6(&spec->remote6,
				     tb[FLANNEL_A_LEASE_REMOTE6], extack);
	if (err)
		return err;
	if (!spec->remote4.family && !spec->remote6.family)
		return fl_genl_missing(extack, nla, "remote4 or remote6, the outer address of the peer, is missing");

	if (tb[FLANNEL_A_LEASE_FLAGS])
		spec->flags = nla_get_u32(tb[FLANNEL_A_LEASE_FLAGS]);
	spec->generation = tb[FLANNEL_A_LEASE_GENERATION] ?
			   nla_get_u32(tb[FLANNEL_A_LEASE_GENERATION]) :
			   generation;
	return 0;
}

static bool fl_genl_has_ifindex(const struct fl_dev *fl, int ifindex)
{
	bool has;

	rcu_read_lock();
	has = dev_get_by_index_rcu(fl->net, ifindex);
	rcu_read_unlock();
	return has;
}

/* An entry may outlive its lower device, and can still be removed. */
static int fl_genl_fdb_where(const struct fl_dev *fl, struct nlattr *tb[],
			     bool must_be, struct fl_fdb_spec *spec,
			     struct netlink_ext_ack *extack)
{
	if (tb[FLANNEL_A_FDB_PORT]) {
		spec->port = nla_get_be16(tb[FLANNEL_A_FDB_PORT]);
		if (!spec->port) {
			NL_SET_ERR_MSG_ATTR(extack, tb[FLANNEL_A_FDB_PORT], "port must not be 0");
			return -EINVAL;
		}
	}
	if (tb[FLANNEL_A_FDB_VNI])
		spec->vni = nla_get_u32(tb[FLANNEL_A_FDB_VNI]);
	if (tb[FLANNEL_A_FDB_IFINDEX]) {
		spec->ifindex = nla_get_u32(tb[FLANNEL_A_FDB_IFINDEX]);
		if (must_be && !fl_genl_has_ifindex(fl, spec->ifindex)) {
			NL_SET_ERR_MSG_ATTR(extack, tb[FLANNEL_A_FDB_IFINDEX], "ifindex: no such device in the namespace of the underlay");
			return -EADDRNOTAVAIL;
		}
	}
	return 0;
}

static void fl_genl_fdb_defaults(const struct fl_dev *fl,
				 struct fl_fdb_spec *spec)
{
	const struct fl_config *cfg;

	rcu_read_lock();
	cfg = rcu_dereference(fl->cfg);
	*spec = (struct fl_fdb_spec){
		.port	= cfg->port,
		.vni	= cfg->vni,
		.state	= NUD_PERMANENT,
		.flags	= NTF_SELF,
	};
	rcu_read_unlock();
}

static int fl_genl_fdb_check(const struct fl_dev *fl,
			     const struct fl_fdb_spec *spec,
			     struct netlink_ext_ack *extack)
{
	int err;

	rcu_read_lock();
	err = fl_fdb_check(fl, rcu_dereference(fl->cfg), spec, extack);
	rcu_read_unlock();
	return err;
}

/**
 * fl_genl_parse_fdb - read an FDB
 * @fl: device
 * @nla: FLANNEL_A_FDB
 * @remote_needed: it must name a remote
 * @spec: its contents
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: process.
 */
int fl_genl_parse_fdb(const struct fl_dev *fl, const struct nlattr *nla,
		      bool remote_needed, struct fl_fdb_spec *spec,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[FLANNEL_A_FDB_MAX + 1];
	int err;

	fl_genl_fdb_defaults(fl, spec);
	err = fl_genl_nest(tb, FLANNEL_A_FDB_MAX, nla);
	if (err)
		return err;
	if (!tb[FLANNEL_A_FDB_MAC])
		return fl_genl_missing(extack, nla, "mac of the FDB entry is missing");
	ether_addr_copy(spec->mac, nla_data(tb[FLANNEL_A_FDB_MAC]));
	err = fl_genl_fdb_where(fl, tb, remote_needed, spec, extack);
	if (err)
		return err;
	if (tb[FLANNEL_A_FDB_STATE])
		spec->state = nla_get_u16(tb[FLANNEL_A_FDB_STATE]);
	if (tb[FLANNEL_A_FDB_FLAGS])
		spec->flags = nla_get_u8(tb[FLANNEL_A_FDB_FLAGS]);
	if (tb[FLANNEL_A_FDB_REMOTE]) {
		err = fl_genl_address(&spec->remote, tb[FLANNEL_A_FDB_REMOTE],
				      extack);
		err = err ?: fl_genl_fdb_check(fl, spec, extack);
		if (err)
			NL_SET_BAD_ATTR(extack, tb[FLANNEL_A_FDB_REMOTE]);
		return err;
	}
	if (remote_needed)
		return fl_genl_missing(extack, nla, "remote, the outer address of the VTEP, is missing");
	return 0;
}

/**
 * fl_genl_parse_miss - read a MISS that is answered with "none"
 * @nla: FLANNEL_A_MISS
 * @spec: its contents
 * @extack: extended ack for error messages
 *
 * Return: 0 or a negative error.
 * Context: any.
 */
int fl_genl_parse_miss(const struct nlattr *nla, struct fl_miss_spec *spec,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[FLANNEL_A_MISS_MAX + 1];
	int err;

	memset(spec, 0, sizeof(*spec));
	err = fl_genl_nest(tb, FLANNEL_A_MISS_MAX, nla);
	if (err)
		return err;
	if (!tb[FLANNEL_A_MISS_KIND])
		return fl_genl_missing(extack, nla, "kind of the miss is missing");
	spec->kind = nla_get_u8(tb[FLANNEL_A_MISS_KIND]);
	if (spec->kind == FLANNEL_MISS_L2) {
		if (!tb[FLANNEL_A_MISS_MAC])
			return fl_genl_missing(extack, nla, "mac of the miss is missing");
		ether_addr_copy(spec->mac, nla_data(tb[FLANNEL_A_MISS_MAC]));
		return 0;
	}
	if (!tb[FLANNEL_A_MISS_ADDRESS])
		return fl_genl_missing(extack, nla, "address of the miss is missing");
	return fl_genl_address(&spec->addr, tb[FLANNEL_A_MISS_ADDRESS], extack);
}
