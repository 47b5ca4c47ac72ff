// SPDX-License-Identifier: GPL-2.0
/*
 * Leases of other nodes are untrusted data: any node, and any typing error, can
 * write anything. A lease that would divert traffic which does not belong to the
 * overlay is ignored.
 */
#include "dataplane/usable.h"

#include "base/util.h"

static const struct {
	const char *label, *text;
} reasons[UNUSABLE_COUNT] = {
	[USABLE] = { "none", "nothing is wrong with it" },
	[UNUSABLE_FAMILY] = { "family",
		"the network has no subnets of this family" },
	[UNUSABLE_NETWORK] = { "network",
		"its subnet is outside the range of the network config" },
	[UNUSABLE_LENGTH] = { "length",
		"the prefix length of its subnet is not SubnetLen" },
	[UNUSABLE_SPECIAL] = { "special",
		"its subnet contains addresses that no host can have" },
	[UNUSABLE_UNDERLAY] = { "underlay",
		"its subnet overlaps the underlay network" },
	[UNUSABLE_OWN] = { "own", "its subnet is this node's own" },
	[UNUSABLE_ADDRESS] = { "address",
		"no host can have its PublicIP" },
	[UNUSABLE_OURS] = { "ours", "its PublicIP is this node's" },
	[UNUSABLE_OFF_LINK] = { "off_link",
		"its PublicIP is not on this node's network, which host-gw requires" },
	[UNUSABLE_INSIDE] = { "inside",
		"its PublicIP is within the subnet of a node" },
	[UNUSABLE_NO_WAY] = { "no_way",
		"its PublicIP is a pod address, and no other route leads there" },
	[UNUSABLE_PATH] = { "path", "it has no path" },
};

const char *usable_text(enum unusable why)
{
	return reasons[why].text;
}

const char *usable_label(enum unusable why)
{
	return reasons[why].label;
}

/*
 * If Network is only part of the underlay's network, part of that may well be
 * routed to the overlay. This node's own address may not.
 */
static bool is_near(const struct usable_env *env,
		    const struct netconf_family *f, const struct flc_prefix *p)
{
	const struct flc_prefix *near;
	size_t i;

	for (i = 0; i < env->near_count; i++) {
		near = &env->near[i];
		if (near->addr.family != p->addr.family)
			continue;
		if (flc_prefix_contains(p, &near->addr))
			return true;
		if (near->len >= f->network.len && flc_prefix_overlaps(near, p))
			return true;
	}
	return false;
}

static bool same_host(const struct flc_addr *addr, const struct flc_addr *own)
{
	return flc_addr_is_set(addr) && flc_addr_is_set(own) &&
	       flc_addr_equal(addr, own);
}

static bool has_own_address(const struct usable_env *env,
			    const struct lease_value *v)
{
	const struct underlay *u = env->underlay;

	return same_host(&v->public4, &u->public4) ||
	       same_host(&v->public4, &u->local4) ||
	       same_host(&v->public6, &u->public6) ||
	       same_host(&v->public6, &u->local6);
}

/* An address that no host can have. */
static bool is_nobodys(const struct flc_addr *addr)
{
	static const uint8_t broadcast[] = { 255, 255, 255, 255 };
	struct flc_addr all = flc_addr_make(AF_INET, broadcast);
	struct flc_prefix p = { .addr = *addr };

	if (!flc_addr_is_set(addr))
		return false;
	p.len = flc_family_bits(addr->family);
	return netconf_is_special(&p) || flc_addr_equal(addr, &all);
}

/*
 * Whether the nodes themselves may be within Network. If so, a lease that contains
 * their addresses is invalid (guard.c keeps them reachable), otherwise such an
 * address is.
 */
static bool is_around_nodes(const struct usable_env *env,
			    const struct netconf_family *f)
{
	size_t i;

	for (i = 0; i < env->near_count; i++)
		if (flc_prefix_overlaps(&env->near[i], &f->network))
			return true;
	return false;
}

/* Whether @addr, of the node of @peer, is a pod address according to the leases. */
static bool is_pod(const struct usable_env *env, const struct peer *peer,
		   const struct flc_addr *addr)
{
	bool v4 = addr->family == AF_INET;
	const struct flc_prefix *own = v4 ? &env->own->v4 : &env->own->v6;
	const struct flc_prefix *its = v4 ? &peer->subnets.v4 :
					   &peer->subnets.v6;
	const struct netconf_family *f = v4 ? &env->conf->v4 : &env->conf->v6;
	struct flc_prefix leased;

	if (!flc_addr_is_set(addr) || !flc_prefix_is_set(&f->network) ||
	    !flc_prefix_contains(&f->network, addr))
		return false;
	if (flc_prefix_contains(own, addr) || flc_prefix_contains(its, addr))
		return true;
	if (is_around_nodes(env, f))
		return false;
	leased.addr = flc_addr_masked(addr, f->subnet_len);
	leased.len = f->subnet_len;
	return netconf_can_lease(f, &leased) &&
	       peers_find_subnet(env->peers, &leased);
}

static enum unusable check_subnet(const struct usable_env *env,
				  const struct flc_prefix *subnet,
				  const struct netconf_family *f,
				  const struct flc_prefix *own)
{
	if (!flc_prefix_is_set(&f->network))
		return UNUSABLE_FAMILY;
	if (subnet->len < f->network.len ||
	    !flc_prefix_contains(&f->network, &subnet->addr))
		return UNUSABLE_NETWORK;
	if (netconf_is_special(subnet))
		return UNUSABLE_SPECIAL;
	if (subnet->len != f->subnet_len)
		return UNUSABLE_LENGTH;
	if (!netconf_can_lease(f, subnet))
		return UNUSABLE_NETWORK;
	if (is_near(env, f, subnet))
		return UNUSABLE_UNDERLAY;
	if (flc_prefix_is_set(own) && flc_prefix_overlaps(own, subnet))
		return UNUSABLE_OWN;
	return USABLE;
}

enum unusable usable_check(const struct usable_env *env,
			   const struct peer *peer, int family)
{
	bool v4 = family == AF_INET;
	const struct lease_value *value = &peer->value;
	enum unusable why;

	why = check_subnet(env, v4 ? &peer->subnets.v4 : &peer->subnets.v6,
			   v4 ? &env->conf->v4 : &env->conf->v6,
			   v4 ? &env->own->v4 : &env->own->v6);
	if (why)
		return why;
	if (has_own_address(env, value))
		return UNUSABLE_OURS;
	if (is_nobodys(&value->public4) || is_nobodys(&value->public6))
		return UNUSABLE_ADDRESS;
	if (is_pod(env, peer, &value->public4) ||
	    is_pod(env, peer, &value->public6))
		return UNUSABLE_INSIDE;
	return USABLE;
}
