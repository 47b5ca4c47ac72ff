// SPDX-License-Identifier: GPL-2.0
/* Selects the underlay's interface and its addresses. */
#include "kernel/underlay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/pattern.h"
#include "lib/route.h"

/* State of the selection. */
struct look {
	const struct host *host;
	const struct underlay_wish *wish;
	/* Of --public-ip and --public-ipv6 */
	struct underlay given;
};

/* An interface, and the explicitly requested address, if any. */
struct choice {
	const struct flc_link *link;
	struct flc_addr addr;
	bool asked;		/* only this address will do */
};

static bool choose_by_address(struct choice *out, const struct look *look,
			      const struct flc_addr *addr)
{
	out->link = host_owner(look->host, addr, 0);
	out->addr = *addr;
	return out->link;
}

/* Whether the interface has the wanted addresses, or at least some of them. */
static bool usable(const struct host *host, const struct flc_link *link)
{
	struct flc_addr a4 = host_best(host, link->ifindex, AF_INET);
	struct flc_addr a6 = host_best(host, link->ifindex, AF_INET6);

	return flc_addr_is_set(&a4) || flc_addr_is_set(&a6);
}

/* Logged when the agent starts, not on every later selection. */
#define not_fit(look, ...)						\
	do {								\
		if ((look)->wish->tell)					\
			log_notice(__VA_ARGS__);			\
	} while (0)

static bool choose_by_name(struct choice *out, const struct look *look,
			   const char *name)
{
	struct flc_addr addr;

	if (flc_addr_parse(&addr, name)) {
		out->asked = true;
		if (choose_by_address(out, look, &addr))
			return true;
		not_fit(look, "--iface %s: no interface has this address", name);
		return false;
	}
	out->link = host_link_named(look->host, name);
	if (!out->link) {
		not_fit(look, "--iface %s: there is no such interface", name);
		return false;
	}
	if (!usable(look->host, out->link)) {
		not_fit(look, "--iface %s: the interface has no address", name);
		return false;
	}
	return true;
}

/* An expression that takes too long does not match. */
static bool finds(const struct look *look, const struct pattern *pattern,
		  const char *text)
{
	struct flc_error err = { 0 };
	int ret = pattern_finds(pattern, text, &err);

	if (ret < 0)
		not_fit(look, "--iface-regex: %s", err.text);
	return ret > 0;
}

static bool is_wanted(const struct look *look, int family)
{
	return family == AF_INET ? look->wish->want4 : look->wish->want6;
}

static bool choose_by_regex(struct choice *out, const struct look *look,
			    const char *text)
{
	const struct host *host = look->host;
	struct flc_error err = { 0 };
	struct pattern *pattern = pattern_new(text, &err);
	char buf[FLC_ADDR_STRLEN];
	size_t i;

	if (!pattern) {
		not_fit(look, "--iface-regex %s", err.text);
		return false;
	}
	for (i = 0; i < host->addrs.n && !out->link; i++) {
		const struct flc_ipaddr *a = &host->addrs.items[i];

		if (host_rank(a) <= 0 ||
		    !is_wanted(look, a->addr.addr.family) ||
		    !finds(look, pattern, flc_addr_text(&a->addr.addr, buf)))
			continue;
		out->link = host_link(host, a->ifindex);
		out->addr = a->addr.addr;
		out->asked = true;
	}
	for (i = 0; i < host->links.n && !out->link; i++)
		if (finds(look, pattern, host->links.items[i].name) &&
		    usable(host, &host->links.items[i]))
			out->link = &host->links.items[i];
	pattern_free(pattern);
	if (!out->link)
		not_fit(look, "--iface-regex \"%s\" matches no address and no interface",
			text);
	return out->link;
}

static bool choose_by_reach(struct choice *out, const struct look *look,
			    const char *target)
{
	struct flc_error err = { 0 };
	struct flc_route route;
	struct flc_addr addr;

	if (!flc_addr_parse(&addr, target)) {
		not_fit(look, "--iface-can-reach: \"%s\" is not an IP address",
			target);
		return false;
	}
	if (flc_route_lookup(look->host->rtnl, &addr, NULL, 0, &route, &err)) {
		not_fit(look, "--iface-can-reach: %s", err.text);
		return false;
	}
	out->link = host_link(look->host, route.oif);
	out->addr = route.src;
	return out->link;
}

static bool choose_by_default_route(struct choice *out, const struct look *look,
				    int family)
{
	if (!is_wanted(look, family))
		return false;
	out->link = host_way_out(look->host, family, 0);
	return out->link;
}

static bool parse_public(struct flc_addr *out, const char *flag,
			 const char *text, int family, struct flc_error *err)
{
	if (!*text)
		return true;
	if (flc_addr_parse(out, text) && out->family == family)
		return true;
	flc_error_set(err, EINVAL, "%s: \"%s\" is not an %s address", flag,
		      text, family == AF_INET ? "IPv4" : "IPv6");
	return false;
}

bool underlay_parse_public(struct underlay *out, const struct options *opt,
			   struct flc_error *err)
{
	return parse_public(&out->public4, "--public-ip", opt->public_ip,
			    AF_INET, err) &&
	       parse_public(&out->public6, "--public-ipv6", opt->public_ipv6,
			    AF_INET6, err);
}

bool underlay_is_named(const struct options *opt)
{
	return opt->iface.count || opt->iface_regex.count ||
	       *opt->iface_can_reach;
}

static bool choose_named(struct choice *out, const struct look *look)
{
	const struct options *opt = look->wish->opt;
	size_t i;

	for (i = 0; i < opt->iface.count; i++) {
		*out = (struct choice){ 0 };
		if (choose_by_name(out, look, opt->iface.items[i]))
			return true;
	}
	for (i = 0; i < opt->iface_regex.count; i++) {
		*out = (struct choice){ 0 };
		if (choose_by_regex(out, look, opt->iface_regex.items[i]))
			return true;
	}
	*out = (struct choice){ 0 };
	return *opt->iface_can_reach &&
	       choose_by_reach(out, look, opt->iface_can_reach);
}

static bool choose(struct choice *out, const struct look *look,
		   struct flc_error *err)
{
	const struct flc_addr *key;
	char buf[FLC_ADDR_STRLEN];

	if (underlay_is_named(look->wish->opt)) {
		if (choose_named(out, look))
			return true;
		flc_error_set(err, ENODEV,
			      "no interface for traffic between nodes: no --iface, --iface-regex or --iface-can-reach matches");
		return false;
	}

	key = look->wish->want4 && flc_addr_is_set(&look->given.public4) ?
	      &look->given.public4 : &look->given.public6;
	if (flc_addr_is_set(key)) {
		if (choose_by_address(out, look, key))
			return true;
		flc_error_set(err, ENODEV,
			      "no interface has the --public-ip address %s: if it belongs to a NAT, name the interface with --iface",
			      flc_addr_text(key, buf));
		return false;
	}
	if (choose_by_default_route(out, look, AF_INET) ||
	    choose_by_default_route(out, look, AF_INET6))
		return true;
	flc_error_set(err, ENODEV,
		      "no default route: name the interface that leads to the other nodes with --iface");
	return false;
}

/* The source of the outer packets of a family */
static struct flc_addr choose_source(const struct choice *choice,
				     const struct look *look, int family)
{
	const struct flc_addr *given =
		family == AF_INET ? &look->given.public4 : &look->given.public6;

	/* If it is not a NAT's address, but this host's own. */
	if (flc_addr_is_set(given) && host_owner(look->host, given, 0))
		return *given;
	if (choice->addr.family == family)
		return choice->addr;
	return host_best(look->host, choice->link->ifindex, family);
}

/*
 * A loopback leads nowhere: its addresses are reached over the default route's
 * interface.
 */
static const struct flc_link *way_out(struct underlay *out,
				      const struct choice *choice,
				      const struct look *look)
{
	int family = flc_addr_is_set(&out->local4) ? AF_INET : AF_INET6;
	const struct flc_link *link;

	/* For several agents on one machine, that of a developer. */
	if (!host_is_inner(choice->link) || host_is_loopback(&out->local4) ||
	    host_is_loopback(&out->local6))
		return choice->link;
	out->by_route = true;
	link = host_way_out(look->host, family, 0);
	return link && !host_is_inner(link) ? link : NULL;
}

void underlay_set_link(struct underlay *underlay, const struct flc_link *link)
{
	underlay->ifindex = link->ifindex;
	underlay->mtu = link->mtu;
	snprintf(underlay->name, sizeof(underlay->name), "%s", link->name);
}

static int fill(struct underlay *out, const struct choice *choice,
		const struct look *look, struct flc_error *err)
{
	const struct flc_link *link;

	if (choice->asked)
		out->asked = choice->addr;
	out->local4 = choose_source(choice, look, AF_INET);
	out->local6 = choose_source(choice, look, AF_INET6);

	/*
	 * A family that the overlay does not have is used only if the other one is
	 * missing.
	 */
	if (!look->wish->want4 && flc_addr_is_set(&out->local6))
		out->local4 = (struct flc_addr){ 0 };
	if (!look->wish->want6 && flc_addr_is_set(&out->local4))
		out->local6 = (struct flc_addr){ 0 };
	if (!flc_addr_is_set(&out->local4) && !flc_addr_is_set(&out->local6))
		return flc_error_set(err, EADDRNOTAVAIL,
				     "interface %s has no address that other nodes could reach",
				     choice->link->name);

	link = way_out(out, choice, look);
	if (!link)
		return flc_error_set(err, ENODEV,
				     "the address of this node is on %s, which leads nowhere, and there is no default route: name the interface that packets leave through with --iface, and the address with --public-ip",
				     choice->link->name);
	underlay_set_link(out, link);
	/* The loopback may have an address of one family only. */
	if (look->wish->want4 && !flc_addr_is_set(&out->local4))
		out->local4 = host_best(look->host, link->ifindex, AF_INET);
	if (look->wish->want6 && !flc_addr_is_set(&out->local6))
		out->local6 = host_best(look->host, link->ifindex, AF_INET6);

	if (!flc_addr_is_set(&out->public4) || !flc_addr_is_set(&out->local4))
		out->public4 = out->local4;
	if (!flc_addr_is_set(&out->public6) || !flc_addr_is_set(&out->local6))
		out->public6 = out->local6;
	return 0;
}

int underlay_choose(struct underlay *out, const struct host *host,
		    const struct underlay_wish *wish, struct flc_error *err)
{
	struct look look = { .host = host, .wish = wish };
	struct choice choice = { 0 };
	struct underlay found;
	int ret;

	if (!underlay_parse_public(&look.given, wish->opt, err))
		return -EINVAL;
	if (!choose(&choice, &look, err))
		return -ENODEV;
	found = look.given;
	ret = fill(&found, &choice, &look, err);
	if (!ret)
		*out = found;
	return ret;
}

bool underlay_equal(const struct underlay *a, const struct underlay *b)
{
	return a->ifindex == b->ifindex &&
	       flc_addr_equal(&a->local4, &b->local4) &&
	       flc_addr_equal(&a->local6, &b->local6) &&
	       flc_addr_equal(&a->public4, &b->public4) &&
	       flc_addr_equal(&a->public6, &b->public6);
}

unsigned int underlay_overhead(const struct underlay *underlay)
{
	/* Outer IP, UDP and VXLAN header, and the inner Ethernet header. */
	return (flc_addr_is_set(&underlay->local6) ? 40 : 20) + 8 + 8 + 14;
}
