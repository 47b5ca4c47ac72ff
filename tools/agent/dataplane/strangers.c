// SPDX-License-Identifier: GPL-2.0
/* Foreign addresses and routes of our devices. */
#include "dataplane/strangers.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/util.h"

#define MOST_TOLD	64
#define FORGET_MS	300000	/* after this time it counts as new */

struct stranger {
	struct flc_prefix prefix;
	bool is_route;
	uint64_t seen_ms;
};

struct strangers {
	const struct dataplane *dp;
	struct stranger told[MOST_TOLD];
	size_t count;
};

struct strangers *strangers_new(const struct dataplane *dp)
{
	struct strangers *strangers = xcalloc(1, sizeof(*strangers));

	strangers->dp = dp;
	return strangers;
}

void strangers_free(struct strangers *strangers)
{
	free(strangers);
}

/* Whether to log this one; not if the table is full. */
static bool is_news(struct strangers *s, const struct flc_prefix *prefix,
		    bool is_route)
{
	struct stranger *it, *place = NULL;
	uint64_t now = loop_now();
	bool expired;
	size_t i;

	for (i = 0; i < s->count; i++) {
		it = &s->told[i];
		expired = now >= it->seen_ms + FORGET_MS;
		if (it->is_route == is_route &&
		    flc_prefix_equal(&it->prefix, prefix)) {
			it->seen_ms = now;
			return expired;
		}
		if (expired)
			place = it;
	}
	if (!place && s->count < MOST_TOLD)
		place = &s->told[s->count++];
	if (!place)
		return false;
	*place = (struct stranger){
		.prefix = *prefix, .is_route = is_route, .seen_ms = now,
	};
	return true;
}

static const char *device_name(int ifindex, char *buf)
{
	return if_indextoname(ifindex, buf) ? buf : "that is gone";
}

static bool is_own(const struct flc_ipaddr *a, const struct subnets *own)
{
	return flc_addr_equal(&a->addr.addr, &own->v4.addr) ||
	       flc_addr_equal(&a->addr.addr, &own->v6.addr);
}

void strangers_see(struct strangers *s, const struct flc_ipaddr_list *list,
		   const struct subnets *own)
{
	char name[IF_NAMESIZE], text[FLC_PREFIX_STRLEN];
	const struct flc_ipaddr *a;
	size_t i;

	for (i = 0; i < list->n; i++) {
		a = &list->items[i];
		if (!s->dp->ops->has_link(s->dp, a->ifindex) || is_own(a, own))
			continue;
		/*
		 * Link-local addresses, which the kernel adds to each device with
		 * IPv6.
		 */
		if (a->addr.addr.family == AF_INET6 &&
		    flc_addr_is_link_local(&a->addr.addr))
			continue;
		if (!is_news(s, &a->addr, false))
			continue;
		log_warning("device %s has the address %s, which was not set by the agent; leaving it: if a DHCP client added it, configure that client to ignore flannel's devices (dhcpcd: denyinterfaces flannel*; NetworkManager: unmanaged-devices=interface-name:flannel*)",
			    device_name(a->ifindex, name),
			    flc_prefix_text(&a->addr, text));
	}
}

/* routes.c handles routes to parts of the overlay network. */
static bool is_of_overlay(const struct strangers *s, const struct flc_route *route)
{
	const struct netconf *conf = s->dp->env->conf;
	const struct flc_prefix *network = route->dst.addr.family == AF_INET ?
					  &conf->v4.network : &conf->v6.network;

	return flc_prefix_is_set(network) && route->dst.len >= network->len &&
	       flc_prefix_contains(network, &route->dst.addr);
}

void strangers_see_route(struct strangers *s, const struct flc_route *route)
{
	char name[IF_NAMESIZE], text[FLC_PREFIX_STRLEN];

	if (!route->oif || !s->dp->ops->has_link(s->dp, route->oif) ||
	    route->protocol == ROUTES_PROTOCOL ||
	    route->protocol == RTPROT_KERNEL || is_of_overlay(s, route) ||
	    !is_news(s, &route->dst, true))
		return;
	log_warning("a route to %s points to device %s, with proto %u: it was not set by the agent, leaving it; the overlay cannot deliver packets for it",
		    route->dst.len ? flc_prefix_text(&route->dst, text) : "everywhere",
		    device_name(route->oif, name), route->protocol);
}

static void look_at_routes(struct strangers *s)
{
	struct flc_route filter = { .table = RT_TABLE_MAIN };
	struct flc_route_list list = { 0 };
	size_t i;

	if (flc_route_dump(s->dp->env->rtnl, &filter, &list, NULL))
		return;
	for (i = 0; i < list.n; i++)
		strangers_see_route(s, &list.items[i]);
	flc_route_list_free(&list);
}

void strangers_look(struct strangers *s, const struct subnets *own,
		    bool routes_too)
{
	struct flc_ipaddr_list list = { 0 };

	/* If the kernel does not answer here, the error shows elsewhere, too. */
	if (flc_ipaddr_dump(s->dp->env->rtnl, 0, AF_UNSPEC, &list, NULL))
		return;
	strangers_see(s, &list, own);
	flc_ipaddr_list_free(&list);
	if (routes_too)
		look_at_routes(s);
}
