// SPDX-License-Identifier: GPL-2.0
/*
 * Follows changes of the underlay. A renamed interface is the same one, and so is
 * one that was deleted and recreated with the same name. If the address moves to
 * another interface (for instance to a bridge or bond above), the overlay moves
 * with it. If it is gone, the agent waits for it to return, unless its interface
 * has a new one.
 */
#include "kernel/follow.h"

#include <errno.h>
#include <string.h>

static bool is_gone_for_good(uint64_t *since, uint64_t now)
{
	if (!*since)
		*since = now;
	return now >= *since + FOLLOW_HOLD_MS;
}

/* The overlay cannot carry itself, whatever address its device is given. */
static bool is_of_overlay(const struct flc_link *link)
{
	return !strncmp(link->name, "flannel", strlen("flannel"));
}

/* The device that has the address now, for the outer packets of @home. */
static const struct flc_link *owner_of(const struct host *host,
				       const struct flc_addr *addr, int home)
{
	const struct flc_link *link = host_owner(host, addr, home);

	return link && !is_of_overlay(link) ? link : NULL;
}

/*
 * An address that may replace one that is gone, or become the first one of its
 * family. An address in 169.254.0.0/16 only means that DHCP failed.
 */
static struct flc_addr candidate(const struct host *host,
				 const struct flc_link *link, int family)
{
	struct flc_addr addr = host_best(host, link->ifindex, family);

	if (flc_addr_is_set(&addr) &&
	    (flc_addr_is_link_local(&addr) || host_is_loopback(&addr)))
		addr = (struct flc_addr){ 0 };
	return addr;
}

/* Whether the source is --public-ip. */
static bool is_given(const struct underlay *u, const struct flc_addr *addr,
		     const struct underlay_wish *wish)
{
	return (*wish->opt->public_ip && flc_addr_equal(addr, &u->public4)) ||
	       (*wish->opt->public_ipv6 && flc_addr_equal(addr, &u->public6));
}

/* ... and the interface was given separately. */
static bool is_pinned(const struct underlay *u, const struct flc_addr *addr,
		      const struct underlay_wish *wish)
{
	return underlay_is_named(wish->opt) && is_given(u, addr, wish);
}

/* The primary address by which other nodes know this one */
static const struct flc_addr *key_of(const struct underlay *u)
{
	return flc_addr_is_set(&u->local4) ? &u->local4 : &u->local6;
}

/* Whether the bridge or bond above the interface has taken over its role. */
static const struct flc_link *taken_over_by(const struct host *host,
					    const struct flc_link *link, int family)
{
	const struct flc_link *master = link->master ?
				       host_link(host, link->master) : NULL;
	struct flc_addr own, above;

	if (!master || !strcmp(master->kind, "vrf"))
		return NULL;
	own = candidate(host, link, family);
	above = candidate(host, master, family);
	return !flc_addr_is_set(&own) && flc_addr_is_set(&above) ? master :
								   NULL;
}

static const struct flc_link *find_home(const struct underlay *u,
					const struct host *host,
					const struct underlay_wish *wish)
{
	const struct flc_link *home = host_link(host, u->ifindex);
	const struct flc_link *other = NULL;
	const struct flc_addr *key = key_of(u);

	if (!home)
		home = host_link_named(host, u->name);
	if (u->by_route && owner_of(host, key, 0)) {
		/* Its routes may have changed. */
		other = host_way_out(host, key->family,
				     home ? home->ifindex : 0);
		if (other && (host_is_inner(other) || is_of_overlay(other)))
			other = NULL;
		return other ? other : home;
	}
	if (is_pinned(u, key, wish))
		return home;
	other = owner_of(host, key, home ? home->ifindex : 0);
	if (other)
		return other == home || host_is_inner(other) ? home : other;
	if (home)
		other = taken_over_by(host, home, key->family);
	return other ? other : home;
}

/* One family of the underlay */
struct side {
	int family;
	bool wanted;
	struct flc_addr *local, *public;
	struct flc_addr given;	/* --public-ip */
	bool lost;		/* @local does not exist any more */
};

static bool has_still(const struct side *side, const struct underlay *u,
		      const struct host *host, const struct flc_link *home,
		      const struct underlay_wish *wish)
{
	const struct flc_link *owner = owner_of(host, side->local, home->ifindex);

	return owner && (owner == home || host_is_inner(owner) ||
			 is_pinned(u, side->local, wish));
}

static void set_source(struct side *side, const struct flc_addr *addr)
{
	*side->local = *addr;
	if (!flc_addr_is_set(&side->given) || !flc_addr_is_set(addr))
		*side->public = *addr;
	else
		*side->public = side->given;
}

static void follow_side(struct side *side, struct underlay *u,
			const struct host *host, const struct flc_link *home,
			const struct underlay_wish *wish, bool other_is_there)
{
	bool held = flc_addr_is_set(side->local);
	struct flc_addr now;

	/* It was added after the agent was started. */
	if (flc_addr_is_set(&side->given) && (held || side->wanted) &&
	    owner_of(host, &side->given, home->ifindex)) {
		set_source(side, &side->given);
		return;
	}
	if (held && has_still(side, u, host, home, wish))
		return;
	side->lost = held;
	if (held && (flc_addr_equal(side->local, &side->given) ||
		     flc_addr_equal(side->local, &u->asked)))
		return;
	if (!held && !side->wanted && other_is_there)
		return;
	now = candidate(host, home, side->family);
	if (!flc_addr_is_set(&now))
		return;
	side->lost = false;
	set_source(side, &now);
}

/* Nothing is left of it: choose again, unless it is only a short interruption. */
static int choose_anew(struct follow *follow, struct underlay *u,
		       const struct host *host, const struct underlay_wish *wish,
		       uint64_t now)
{
	bool gone = is_gone_for_good(&follow->lost, now);
	struct underlay_wish quiet = *wish;
	struct underlay found;

	quiet.tell = false;
	if (underlay_choose(&found, host, &quiet, NULL))
		return -ENODEV;
	if (!gone && found.ifindex != u->ifindex &&
	    strcmp(found.name, u->name))
		return -ENODEV;
	/* Others know --public-ip, and accept nothing from another source. */
	if (is_given(u, key_of(u), wish) &&
	    !flc_addr_equal(key_of(&found), key_of(u)))
		return -ENODEV;
	/* Ignore the link-local address of a moment without DHCP. */
	if (flc_addr_is_link_local(key_of(&found)) &&
	    !flc_addr_is_link_local(key_of(u)))
		return -ENODEV;
	*u = found;
	memset(follow, 0, sizeof(*follow));
	return 0;
}

static int tell_lost(const struct side *side, const struct underlay *u,
		     struct flc_error *err)
{
	char buf[FLC_ADDR_STRLEN];

	return flc_error_set(err, EADDRNOTAVAIL,
			     "interface %s lost its %s address %s: waiting for it to return",
			     u->name, side->family == AF_INET ? "IPv4" : "IPv6",
			     flc_addr_text(side->local, buf));
}

/* One family is gone, the other one is present. */
static int give_up(struct side *side, uint64_t *since, uint64_t now,
		   const struct underlay *u, struct flc_error *err)
{
	static const struct flc_addr none;

	if (!is_gone_for_good(since, now))
		return tell_lost(side, u, err);
	set_source(side, &none);
	*since = 0;
	return 0;
}

int follow_underlay(struct follow *follow, struct underlay *u,
		    const struct host *host, const struct underlay_wish *wish,
		    uint64_t now, struct flc_error *err)
{
	const struct flc_link *home = find_home(u, host, wish);
	struct underlay given = { 0 }, next = *u;
	struct side side4 = {
		.family = AF_INET, .wanted = wish->want4,
		.local = &next.local4, .public = &next.public4,
	};
	struct side side6 = {
		.family = AF_INET6, .wanted = wish->want6,
		.local = &next.local6, .public = &next.public6,
	};
	int ret = 0;

	if (!home) {
		ret = choose_anew(follow, u, host, wish, now);
		return !ret ? 0 : flc_error_set(err, ENODEV,
			"interface %s is gone: waiting for it to return", u->name);
	}
	underlay_set_link(&next, home);
	underlay_parse_public(&given, wish->opt, NULL);
	side4.given = given.public4;
	side6.given = given.public6;
	follow_side(&side4, &next, host, home, wish, flc_addr_is_set(&u->local6));
	follow_side(&side6, &next, host, home, wish, flc_addr_is_set(&next.local4));

	if ((side4.lost || !flc_addr_is_set(&next.local4)) &&
	    (side6.lost || !flc_addr_is_set(&next.local6))) {
		if (!choose_anew(follow, u, host, wish, now))
			return 0;
		return tell_lost(side4.lost ? &side4 : &side6, u, err);
	}
	follow->lost = 0;
	if (side4.lost)
		ret = give_up(&side4, &follow->lost4, now, &next, err);
	else
		follow->lost4 = 0;
	if (side6.lost)
		ret = give_up(&side6, &follow->lost6, now, &next, err);
	else
		follow->lost6 = 0;
	*u = next;
	return ret;
}

bool follow_resume(struct underlay *u, const struct flc_link *device,
		   const struct host *host, const struct underlay_wish *wish)
{
	const struct flc_link_options *o = &device->options;
	const struct flc_link *home, *owner;
	struct follow follow = { 0 };
	struct underlay was = { 0 };

	if (underlay_is_named(wish->opt) || *wish->opt->public_ip ||
	    *wish->opt->public_ipv6 || !o->has[IFLA_FLANNEL_LINK])
		return false;
	home = host_link(host, o->link);
	if (!home || !(home->flags & IFF_UP))
		return false;
	underlay_set_link(&was, home);
	if (o->has[IFLA_FLANNEL_LOCAL] && !flc_addr_is_any(&o->local) &&
	    (wish->want4 || !o->has[IFLA_FLANNEL_LOCAL6]))
		was.local4 = o->local;
	if (o->has[IFLA_FLANNEL_LOCAL6] && !flc_addr_is_any(&o->local6) &&
	    (wish->want6 || !flc_addr_is_set(&was.local4)))
		was.local6 = o->local6;
	was.public4 = was.local4;
	was.public6 = was.local6;
	if (!flc_addr_is_set(key_of(&was)))
		return false;
	owner = owner_of(host, key_of(&was), home->ifindex);
	if (owner != home)
		return false;
	*u = was;
	return !follow_underlay(&follow, u, host, wish, 1, NULL);
}
