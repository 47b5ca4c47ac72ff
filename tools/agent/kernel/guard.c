// SPDX-License-Identifier: GPL-2.0
/*
 * If Network contains addresses of the data centre, the overlay's routes would
 * capture them. The agent finds those that the node depends on, and adds host
 * routes via their previous path.
 */
#include "kernel/guard.h"

#include <errno.h>
#include <net/if.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/util.h"
#include "lib/ipaddr.h"
#include "lib/route.h"

/* An address in the overlay's range that must be routed around it. */
struct kept {
	struct flc_addr addr;
	const char *what;
	unsigned int round;	/* the last round in which it was needed */
	bool reachable;
	bool told;
};

struct guard {
	struct guard_env env;
	struct flc_prefix ranges[2 * NETCONF_RANGES];
	size_t range_count;
	struct flc_prefix *near;
	size_t near_count;
	struct flc_addr *endpoints;
	size_t endpoint_count;
	void *tree;			/* struct kept */
	size_t count, unreachable;
	unsigned int round;
	bool disturbed;
	struct flc_route_list table;	/* the main table, while paths are searched */
	bool table_read;
};

struct guard *guard_new(const struct guard_env *env)
{
	struct guard *guard = xcalloc(1, sizeof(*guard));

	guard->env = *env;
	guard->range_count = netconf_ranges(&env->conf->v4, guard->ranges);
	guard->range_count += netconf_ranges(&env->conf->v6, guard->ranges +
							     guard->range_count);
	guard->disturbed = true;
	return guard;
}

static void drop_table(struct guard *guard)
{
	flc_route_list_free(&guard->table);
	guard->table_read = false;
}

void guard_free(struct guard *guard)
{
	if (!guard)
		return;
	drop_table(guard);
	tdestroy(guard->tree, free);
	free(guard->endpoints);
	free(guard->near);
	free(guard);
}

static bool in_range(const struct guard *guard, const struct flc_addr *addr)
{
	size_t i;

	for (i = 0; i < guard->range_count; i++)
		if (flc_prefix_contains(&guard->ranges[i], addr))
			return true;
	return false;
}

/* The path to an address without the overlay */

static bool of_overlay(const struct flc_route *route)
{
	char name[IF_NAMESIZE] = "";

	return route->protocol == ROUTES_PROTOCOL ||
	       (route->oif && if_indextoname(route->oif, name) &&
		!strncmp(name, "flannel", strlen("flannel")));
}

static bool better(const struct flc_route *a, const struct flc_route *b)
{
	if (!b || a->dst.len != b->dst.len)
		return !b || a->dst.len > b->dst.len;
	return a->metric < b->metric;
}

static void read_table(struct guard *guard)
{
	struct flc_route filter = { .table = RT_TABLE_MAIN };
	struct flc_error err = { 0 };

	if (!guard->table_read &&
	    flc_route_dump(guard->env.rtnl, &filter, &guard->table, &err))
		log_error("cannot read the routes of this host: %s", err.text);
	guard->table_read = true;
}

static const struct flc_route *find_way(struct guard *guard,
					const struct flc_addr *addr)
{
	const struct flc_route *best = NULL, *route;
	size_t i;

	read_table(guard);
	for (i = 0; i < guard->table.n; i++) {
		route = &guard->table.items[i];
		if (flc_prefix_contains(&route->dst, addr) &&
		    better(route, best) && !of_overlay(route))
			best = route;
	}
	return best && best->type == RTN_UNICAST && best->oif ? best : NULL;
}

static bool is_local(struct guard *guard, const struct flc_addr *addr)
{
	struct flc_route route;

	return !flc_route_lookup(guard->env.rtnl, addr, NULL, 0, &route,
				 NULL) &&
	       route.type == RTN_LOCAL;
}

/* As specific as a lease, so that no lease can capture it. */
static bool specific(const struct guard *guard, const struct flc_route *way)
{
	const struct netconf *conf = guard->env.conf;

	return way->dst.len >= (way->dst.addr.family == AF_INET ?
				conf->v4.subnet_len : conf->v6.subnet_len);
}

static bool lead_outside(struct guard *guard, const struct flc_addr *addr,
			 struct flc_error *err)
{
	const struct flc_route *way;
	struct flc_route route = { 0 };
	char buf[FLC_ADDR_STRLEN];

	route.dst.addr = *addr;
	route.dst.len = flc_family_bits(addr->family);
	if (is_local(guard, addr)) {
		routes_unwant(guard->env.routes, &route.dst);
		return true;
	}
	way = find_way(guard, addr);
	if (!way) {
		routes_unwant(guard->env.routes, &route.dst);
		flc_error_set(err, ENETUNREACH, "no other route leads to %s",
			      flc_addr_text(addr, buf));
		return false;
	}
	if (specific(guard, way)) {
		routes_unwant(guard->env.routes, &route.dst);
		return true;
	}
	route.via = way->via;
	route.oif = way->oif;
	route.src = way->src;
	route.onlink = way->onlink;
	return !routes_want(guard->env.routes, &route, ROUTES_PEER, err);
}

/* The protected addresses */

static int compare(const void *a, const void *b)
{
	return flc_addr_cmp(&((const struct kept *)a)->addr,
			    &((const struct kept *)b)->addr);
}

static struct kept *find(const struct guard *guard, const struct flc_addr *addr)
{
	struct kept key = { .addr = *addr };
	void *node = tfind(&key, &guard->tree, compare);

	return node ? *(struct kept **)node : NULL;
}

static struct kept *add(struct guard *guard, const struct flc_addr *addr,
			const char *what)
{
	struct kept *kept = xcalloc(1, sizeof(*kept));

	kept->addr = *addr;
	kept->what = what;
	tsearch(kept, &guard->tree, compare);
	guard->count++;
	return kept;
}

static void look_after(struct guard *guard, struct kept *kept)
{
	char buf[FLC_ADDR_STRLEN];
	struct flc_error err = { 0 };
	bool before = kept->reachable || !kept->told;

	kept->reachable = lead_outside(guard, &kept->addr, &err);
	flc_addr_text(&kept->addr, buf);
	if (kept->reachable && !kept->told)
		log_info("%s (%s) is within the overlay's range: added a host route that keeps it reachable",
			 buf, kept->what);
	else if (kept->reachable && !before)
		log_notice("%s (%s) has a host route around the overlay now", buf,
			   kept->what);
	else if (!kept->reachable && before)
		log_error("%s (%s) is within the overlay's range and cannot be routed around it: %s; choose SubnetMin and SubnetMax so that it is not a pod address",
			  buf, kept->what, err.text);
	kept->told = true;
}

static bool keep(struct guard *guard, const struct flc_addr *addr,
		 const char *what)
{
	struct kept *kept;
	bool is_new;

	if (!flc_addr_is_set(addr) || !in_range(guard, addr))
		return true;
	kept = find(guard, addr);
	is_new = !kept;
	if (is_new)
		kept = add(guard, addr, what);
	if (is_new || (guard->disturbed && kept->round != guard->round))
		look_after(guard, kept);
	kept->round = guard->round;
	return kept->reachable;
}

bool guard_keep(struct guard *guard, const struct flc_addr *addr)
{
	bool ok = keep(guard, addr, "a node's PublicIP");

	/* The data read for this round is outdated in the next one. */
	drop_table(guard);
	return ok;
}

struct stale_walk {
	struct guard *guard;
	struct kept **stale;
	size_t n;
};

static void collect_stale(const void *node, VISIT which, void *closure)
{
	struct stale_walk *walk = closure;
	struct kept *kept = *(struct kept *const *)node;

	if (which != postorder && which != leaf)
		return;
	if (kept->round != walk->guard->round)
		walk->stale[walk->n++] = kept;
	else if (!kept->reachable)
		walk->guard->unreachable++;
}

static void forget_stale(struct guard *guard)
{
	struct stale_walk walk = { .guard = guard };
	struct flc_prefix dst;
	struct kept *kept;

	guard->unreachable = 0;
	walk.stale = xcalloc(guard->count, sizeof(*walk.stale));
	twalk_r(guard->tree, collect_stale, &walk);
	while (walk.n) {
		kept = walk.stale[--walk.n];
		dst.addr = kept->addr;
		dst.len = flc_family_bits(kept->addr.family);
		routes_unwant(guard->env.routes, &dst);
		tdelete(kept, &guard->tree, compare);
		guard->count--;
		free(kept);
	}
	free(walk.stale);
}

/* Which addresses to protect */

/* See usable.c for the parts of a wider network that must not be leased. */
static void avoid_near(struct guard *guard)
{
	struct flc_prefix *avoid = xcalloc(guard->near_count, sizeof(*avoid));
	const struct netconf *conf = guard->env.conf;
	const struct netconf_family *f;
	size_t i;

	for (i = 0; i < guard->near_count; i++) {
		avoid[i] = guard->near[i];
		f = avoid[i].addr.family == AF_INET ? &conf->v4 : &conf->v6;
		if (avoid[i].len < f->network.len)
			avoid[i].len = flc_family_bits(avoid[i].addr.family);
	}
	peers_avoid(guard->env.peers, avoid, guard->near_count);
	free(avoid);
}

/* An address of this node that its interface need not have. */
static void add_near(struct guard *guard, const struct flc_addr *addr)
{
	size_t i;

	if (!flc_addr_is_set(addr))
		return;
	for (i = 0; i < guard->near_count; i++)
		if (flc_addr_equal(&guard->near[i].addr, addr))
			return;
	guard->near[guard->near_count++] = (struct flc_prefix){
		.addr = *addr, .len = flc_family_bits(addr->family),
	};
}

static int read_near(struct guard *guard, struct flc_error *err)
{
	struct flc_ipaddr_list list = { 0 };
	size_t i;
	int ret;

	ret = flc_ipaddr_dump(guard->env.rtnl, guard->env.underlay->ifindex,
			      AF_UNSPEC, &list, err);
	if (ret)
		return ret;
	guard->near = xrealloc(guard->near, list.n + 2, sizeof(*guard->near));
	guard->near_count = 0;
	for (i = 0; i < list.n; i++)
		if (!flc_addr_is_link_local(&list.items[i].addr.addr))
			guard->near[guard->near_count++] = list.items[i].addr;
	flc_ipaddr_list_free(&list);
	add_near(guard, &guard->env.underlay->local4);
	add_near(guard, &guard->env.underlay->local6);
	avoid_near(guard);
	return 0;
}

void guard_add_endpoint(struct guard *guard, const struct flc_addr *addr)
{
	size_t i;

	for (i = 0; i < guard->endpoint_count; i++)
		if (flc_addr_equal(&guard->endpoints[i], addr))
			return;
	guard->endpoints = xrealloc(guard->endpoints, guard->endpoint_count + 1,
				    sizeof(*guard->endpoints));
	guard->endpoints[guard->endpoint_count++] = *addr;
	keep(guard, addr, "etcd");
	drop_table(guard);
}

/* The host of "scheme://user@host:port" or of "[host]:port", if an address. */
static bool url_address(struct flc_addr *addr, const char *url, size_t len)
{
	char buf[256], *host, *at;

	if (len >= sizeof(buf))
		return false;
	memcpy(buf, url, len);
	buf[len] = '\0';
	host = strstr(buf, "://");
	host = host ? host + 3 : buf;
	host[strcspn(host, "/")] = '\0';
	at = strrchr(host, '@');
	if (at)
		host = at + 1;
	if (*host == '[') {
		host++;
		host[strcspn(host, "]")] = '\0';
	} else {
		host[strcspn(host, ":")] = '\0';
	}
	return flc_addr_parse(addr, host);
}

static void keep_endpoints(struct guard *guard)
{
	const char *at = guard->env.opt->etcd_endpoints;
	struct flc_addr addr;
	size_t len, i;

	if (*guard->env.opt->store_file)
		return;
	for (; *at; at += len + (at[len] == ',')) {
		len = strcspn(at, ",");
		if (url_address(&addr, at, len))
			keep(guard, &addr, "etcd");
	}
	for (i = 0; i < guard->endpoint_count; i++)
		keep(guard, &guard->endpoints[i], "etcd");
}

static void keep_name_servers(struct guard *guard, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256], word[FLC_ADDR_STRLEN];
	struct flc_addr addr;

	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " nameserver %45[0-9a-fA-F:.]", word) == 1 &&
		    flc_addr_parse(&addr, word))
			keep(guard, &addr, "a name server");
	fclose(file);
}

static void keep_gateways(struct guard *guard)
{
	struct flc_addr via;
	size_t i;

	if (!guard->disturbed)
		return;
	read_table(guard);
	for (i = 0; i < guard->table.n; i++) {
		via = guard->table.items[i].via;
		if (!guard->table.items[i].dst.len &&
		    !of_overlay(&guard->table.items[i]))
			keep(guard, &via, "a gateway");
	}
}

static void keep_peers(struct guard *guard)
{
	const struct peer *peer;
	struct kept *kept;
	const struct flc_addr *addrs[2];
	size_t i;

	/* Only addresses that were accepted: guard_keep(). */
	for (peer = peers_first(guard->env.peers); peer && guard->count;
	     peer = peers_next(peer)) {
		addrs[0] = &peer->value.public4;
		addrs[1] = &peer->value.public6;
		for (i = 0; i < ARRAY_SIZE(addrs); i++) {
			kept = flc_addr_is_set(addrs[i]) ?
			       find(guard, addrs[i]) : NULL;
			if (kept)
				keep(guard, addrs[i], kept->what);
		}
	}
}

/* Search for gateways only when routes have changed. */
static void keep_old_gateways(const void *node, VISIT which, void *closure)
{
	struct kept *kept = *(struct kept *const *)node;
	struct guard *guard = closure;

	if ((which == postorder || which == leaf) && !guard->disturbed &&
	    !strcmp(kept->what, "a gateway"))
		kept->round = guard->round;
}

int guard_refresh(struct guard *guard, struct flc_error *err)
{
	int ret = read_near(guard, err);

	if (ret)
		return ret;
	guard->round++;
	keep_gateways(guard);
	keep_endpoints(guard);
	keep_name_servers(guard, "/etc/resolv.conf");
	keep_name_servers(guard, "/run/systemd/resolve/resolv.conf");
	keep_peers(guard);
	twalk_r(guard->tree, keep_old_gateways, guard);
	forget_stale(guard);
	drop_table(guard);
	guard->disturbed = false;
	return 0;
}

bool guard_disturbed(struct guard *guard, const struct flc_route *route)
{
	if (route && route->protocol == ROUTES_PROTOCOL)
		return false;
	if (!guard->count &&
	    (!route || route->dst.len || !in_range(guard, &route->via)))
		return false;
	guard->disturbed = true;
	return true;
}

const struct flc_prefix *guard_near(const struct guard *guard, size_t *count)
{
	*count = guard->near_count;
	return guard->near;
}

void guard_metrics(const struct guard *guard, struct text *text)
{
	metrics_gauge(text, "flannel_kept_addresses", guard->count,
		      "Addresses within the overlay's range that are routed around it.");
	metrics_gauge(text, "flannel_kept_addresses_unreachable",
		      guard->unreachable,
		      "Addresses within the overlay's range that no other route leads to.");
}
