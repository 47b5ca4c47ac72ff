// SPDX-License-Identifier: GPL-2.0
/* Choice of the underlay's interface and of its addresses. */
#include "underlay.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipaddr.h"
#include "lib/link.h"
#include "lib/route.h"
#include "log.h"
#include "pattern.h"

/* What is known of the host while choosing. */
struct host {
	struct fl_rtnl *rtnl;
	struct fl_link_list links;
	struct fl_ipaddr_list addrs;
	bool want4, want6;
};

/* An interface, and the address that was asked for by name, if any. */
struct choice {
	const struct fl_link *link;
	struct fl_addr addr;
};

static const struct fl_link *link_by_index(const struct host *host, int ifindex)
{
	size_t i;

	for (i = 0; i < host->links.n; i++)
		if (host->links.items[i].ifindex == ifindex)
			return &host->links.items[i];
	return NULL;
}

static const struct fl_link *link_by_name(const struct host *host,
					  const char *name)
{
	size_t i;

	for (i = 0; i < host->links.n; i++)
		if (!strcmp(host->links.items[i].name, name))
			return &host->links.items[i];
	return NULL;
}

static bool choose_by_address(struct choice *out, const struct host *host,
			      const struct fl_addr *addr)
{
	size_t i;

	for (i = 0; i < host->addrs.n; i++) {
		if (!fl_addr_equal(&host->addrs.items[i].addr.addr, addr))
			continue;
		out->link = link_by_index(host, host->addrs.items[i].ifindex);
		out->addr = *addr;
		return out->link;
	}
	return false;
}

/* How much an address is to be preferred; negative: not at all. */
static int address_rank(const struct fl_ipaddr *a)
{
	int rank = 0;

	if (a->flags & (IFA_F_DEPRECATED | IFA_F_DADFAILED))
		return -1;
	if (!fl_addr_is_link_local(&a->addr.addr))
		rank += 4;
	if (a->flags & IFA_F_PERMANENT)
		rank += 2;
	/* The same bit says "secondary" of an IPv4 address. */
	if (!(a->flags & IFA_F_TEMPORARY))
		rank += 1;
	return rank;
}

/* The address of a family that an interface is best known by, or none. */
static struct fl_addr best_address(const struct host *host, int ifindex,
				   int family)
{
	struct fl_addr best = { 0 };
	int best_rank = -1, rank;
	size_t i;

	for (i = 0; i < host->addrs.n; i++) {
		const struct fl_ipaddr *a = &host->addrs.items[i];

		if (a->ifindex != ifindex || a->addr.addr.family != family)
			continue;
		/* Means something else on every link: no address to publish. */
		if (family == AF_INET6 && fl_addr_is_link_local(&a->addr.addr))
			continue;
		rank = address_rank(a);
		if (rank > best_rank) {
			best_rank = rank;
			best = a->addr.addr;
		}
	}
	return best;
}

/* Whether the interface has what is wanted, or at least some of it. */
static bool usable(const struct host *host, const struct fl_link *link)
{
	struct fl_addr a4 = best_address(host, link->ifindex, AF_INET);
	struct fl_addr a6 = best_address(host, link->ifindex, AF_INET6);

	return fl_addr_is_set(&a4) || fl_addr_is_set(&a6);
}

static bool choose_by_name(struct choice *out, const struct host *host,
			   const char *name)
{
	struct fl_addr addr;

	if (fl_addr_parse(&addr, name)) {
		if (choose_by_address(out, host, &addr))
			return true;
		log_notice("--iface %s: no interface has this address", name);
		return false;
	}
	out->link = link_by_name(host, name);
	if (!out->link) {
		log_notice("--iface %s: there is no such interface", name);
		return false;
	}
	if (!usable(host, out->link)) {
		log_notice("--iface %s: the interface has no address", name);
		return false;
	}
	return true;
}

/* One that takes too long matches nothing. */
static bool finds(const struct pattern *pattern, const char *text)
{
	struct fl_error err = { 0 };
	int ret = pattern_finds(pattern, text, &err);

	if (ret < 0)
		log_warning("--iface-regex: %s", err.text);
	return ret > 0;
}

static bool choose_by_regex(struct choice *out, const struct host *host,
			    const char *text)
{
	struct fl_error err = { 0 };
	struct pattern *pattern = pattern_new(text, &err);
	char buf[FL_ADDR_STRLEN];
	size_t i;

	if (!pattern) {
		log_error("--iface-regex %s", err.text);
		return false;
	}
	out->link = NULL;
	for (i = 0; i < host->addrs.n && !out->link; i++) {
		const struct fl_ipaddr *a = &host->addrs.items[i];

		if (address_rank(a) < 0 ||
		    !(a->addr.addr.family == AF_INET ? host->want4 :
						       host->want6) ||
		    !finds(pattern, fl_addr_text(&a->addr.addr, buf)))
			continue;
		out->link = link_by_index(host, a->ifindex);
		out->addr = a->addr.addr;
	}
	for (i = 0; i < host->links.n && !out->link; i++)
		if (finds(pattern, host->links.items[i].name) &&
		    usable(host, &host->links.items[i]))
			out->link = &host->links.items[i];
	pattern_free(pattern);
	if (!out->link)
		log_notice("--iface-regex \"%s\": no address and no interface matches",
			   text);
	return out->link;
}

static bool choose_by_reach(struct choice *out, const struct host *host,
			    const char *target)
{
	struct fl_error err = { 0 };
	struct fl_route route;
	struct fl_addr addr;

	if (!fl_addr_parse(&addr, target)) {
		log_error("--iface-can-reach: \"%s\" is not an IP address",
			  target);
		return false;
	}
	if (fl_route_lookup(host->rtnl, &addr, NULL, 0, &route, &err)) {
		log_notice("--iface-can-reach: %s", err.text);
		return false;
	}
	out->link = link_by_index(host, route.oif);
	out->addr = route.src;
	return out->link;
}

static bool choose_by_default_route(struct choice *out, const struct host *host,
				    int family)
{
	struct fl_route filter = {
		.dst.addr.family = family, .table = RT_TABLE_MAIN,
		.type = RTN_UNICAST,
	};
	const struct fl_route *best = NULL;
	struct fl_route_list list = { 0 };
	struct fl_error err = { 0 };
	size_t i;

	if (fl_route_dump(host->rtnl, &filter, &list, &err)) {
		log_error("%s", err.text);
		return false;
	}
	for (i = 0; i < list.n; i++)
		if (!list.items[i].dst.len && list.items[i].oif &&
		    (!best || list.items[i].metric < best->metric))
			best = &list.items[i];
	out->link = best ? link_by_index(host, best->oif) : NULL;
	fl_route_list_free(&list);
	return out->link;
}

static bool parse_public(struct fl_addr *out, const char *flag,
			 const char *text, int family, struct fl_error *err)
{
	if (!*text)
		return true;
	if (fl_addr_parse(out, text) && out->family == family)
		return true;
	fl_error_set(err, EINVAL, "%s: \"%s\" is not an %s address", flag, text,
		     family == AF_INET ? "IPv4" : "IPv6");
	return false;
}

static bool choose(struct choice *out, const struct host *host,
		   const struct options *opt, const struct underlay *given,
		   struct fl_error *err)
{
	bool any = opt->iface.count || opt->iface_regex.count ||
		   *opt->iface_can_reach;
	const struct fl_addr *key;
	char buf[FL_ADDR_STRLEN];
	size_t i;

	for (i = 0; i < opt->iface.count; i++)
		if (choose_by_name(out, host, opt->iface.items[i]))
			return true;
	for (i = 0; i < opt->iface_regex.count; i++)
		if (choose_by_regex(out, host, opt->iface_regex.items[i]))
			return true;
	if (*opt->iface_can_reach &&
	    choose_by_reach(out, host, opt->iface_can_reach))
		return true;
	if (any) {
		fl_error_set(err, ENODEV,
			     "no interface for traffic between nodes: none of --iface, --iface-regex and --iface-can-reach fits this host");
		return false;
	}

	key = host->want4 && fl_addr_is_set(&given->public4) ? &given->public4 :
							       &given->public6;
	if (fl_addr_is_set(key)) {
		if (choose_by_address(out, host, key))
			return true;
		fl_error_set(err, ENODEV,
			     "no interface has the address %s of --public-ip: if it is that of a NAT, name the interface with --iface",
			     fl_addr_text(key, buf));
		return false;
	}
	if ((host->want4 && choose_by_default_route(out, host, AF_INET)) ||
	    (host->want6 && choose_by_default_route(out, host, AF_INET6)))
		return true;
	fl_error_set(err, ENODEV,
		     "no default route says which interface leads to the other nodes: name it with --iface");
	return false;
}

static int fill(struct underlay *out, const struct choice *choice,
		const struct host *host, struct fl_error *err)
{
	const struct fl_link *link = choice->link;

	out->ifindex = link->ifindex;
	out->mtu = link->mtu;
	snprintf(out->name, sizeof(out->name), "%s", link->name);
	out->local4 = choice->addr.family == AF_INET ? choice->addr :
		      best_address(host, link->ifindex, AF_INET);
	out->local6 = choice->addr.family == AF_INET6 ? choice->addr :
		      best_address(host, link->ifindex, AF_INET6);

	/* A family that the overlay does not have is used only for want of
	 * the other one.
	 */
	if (!host->want4 && fl_addr_is_set(&out->local6))
		out->local4 = (struct fl_addr){ 0 };
	if (!host->want6 && fl_addr_is_set(&out->local4))
		out->local6 = (struct fl_addr){ 0 };
	if (!fl_addr_is_set(&out->local4) && !fl_addr_is_set(&out->local6))
		return fl_error_set(err, EADDRNOTAVAIL,
				    "interface %s has no address that other nodes could reach",
				    link->name);

	if (!fl_addr_is_set(&out->public4) || !fl_addr_is_set(&out->local4))
		out->public4 = out->local4;
	if (!fl_addr_is_set(&out->public6) || !fl_addr_is_set(&out->local6))
		out->public6 = out->local6;
	return 0;
}

int underlay_choose(struct underlay *out, struct fl_rtnl *rtnl,
		    const struct options *opt, bool want4, bool want6,
		    struct fl_error *err)
{
	struct host host = { .rtnl = rtnl, .want4 = want4, .want6 = want6 };
	struct choice choice = { 0 };
	struct underlay found = { 0 };
	int ret;

	if (!parse_public(&found.public4, "--public-ip", opt->public_ip,
			  AF_INET, err) ||
	    !parse_public(&found.public6, "--public-ipv6", opt->public_ipv6,
			  AF_INET6, err))
		return -EINVAL;
	ret = fl_link_dump(rtnl, NULL, &host.links, err);
	if (ret)
		return ret;
	ret = fl_ipaddr_dump(rtnl, 0, AF_UNSPEC, &host.addrs, err);
	if (!ret) {
		if (choose(&choice, &host, opt, &found, err))
			ret = fill(&found, &choice, &host, err);
		else
			ret = -ENODEV;
		fl_ipaddr_list_free(&host.addrs);
	}
	fl_link_list_free(&host.links);
	if (!ret)
		*out = found;
	return ret;
}

bool underlay_equal(const struct underlay *a, const struct underlay *b)
{
	return a->ifindex == b->ifindex &&
	       fl_addr_equal(&a->local4, &b->local4) &&
	       fl_addr_equal(&a->local6, &b->local6) &&
	       fl_addr_equal(&a->public4, &b->public4) &&
	       fl_addr_equal(&a->public6, &b->public6);
}

unsigned int underlay_overhead(const struct underlay *underlay)
{
	/* Outer IP, UDP and VXLAN header, and the inner Ethernet header. */
	return (fl_addr_is_set(&underlay->local6) ? 40 : 20) + 8 + 8 + 14;
}
