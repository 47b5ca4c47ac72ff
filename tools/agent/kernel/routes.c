// SPDX-License-Identifier: GPL-2.0
/*
 * The wanted routes, in a tree by destination, compared with the kernel's. Routes
 * with another protocol than ours are never touched: a route is added only if there
 * is none, and changed by removing our own first.
 */
#include "kernel/routes.h"

#include <errno.h>
#include <net/if.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/util.h"
#include "lib/collect.h"

#define SNAPSHOT_MS	1000	/* a snapshot of the table is as good as new */
#define IP6_METRIC	1024	/* the kernel's, where none is given */

struct wanted {
	struct flc_route route;
	enum routes_kind kind;
	bool present;		/* while checking */
	bool foreign;		/* one that is not ours has it */
	unsigned int failures;	/* in a row */
	uint64_t due_ms;	/* not retried before */
	struct backoff pause;
};

struct routes {
	struct flc_rtnl *rtnl;
	void *tree;		/* struct wanted */
	size_t count;
	size_t failing;
	/* The main table by destination, to find conflicting routes. */
	struct flc_route_list snapshot;
	uint64_t snapshot_ms;
	struct log_trouble foreign_trouble;
};

static int compare(const void *a, const void *b)
{
	return flc_prefix_cmp(&((const struct wanted *)a)->route.dst,
			      &((const struct wanted *)b)->route.dst);
}

struct routes *routes_new(struct flc_rtnl *rtnl)
{
	struct routes *routes = xcalloc(1, sizeof(*routes));

	routes->rtnl = rtnl;
	return routes;
}

void routes_free(struct routes *routes)
{
	if (!routes)
		return;
	tdestroy(routes->tree, free);
	flc_route_list_free(&routes->snapshot);
	free(routes);
}

static struct wanted *find(const struct routes *routes,
			   const struct flc_prefix *dst)
{
	struct wanted key = { .route.dst = *dst };
	void *node = tfind(&key, &routes->tree, compare);

	return node ? *(struct wanted **)node : NULL;
}

const struct flc_route *routes_find(const struct routes *routes,
				    const struct flc_prefix *dst)
{
	struct wanted *wanted = find(routes, dst);

	return wanted ? &wanted->route : NULL;
}

static uint32_t metric(const struct flc_route *route)
{
	if (!route->metric && route->dst.addr.family == AF_INET6)
		return IP6_METRIC;
	return route->metric;
}

/* Whether the kernel considers the two equal and accepts only one of them. */
static bool same_place(const struct flc_route *a, const struct flc_route *b)
{
	return flc_prefix_equal(&a->dst, &b->dst) && metric(a) == metric(b);
}

static bool same(const struct flc_route *a, const struct flc_route *b)
{
	return same_place(a, b) && flc_addr_equal(&a->via, &b->via) &&
	       (a->oif == b->oif || !a->oif || !b->oif) &&
	       (a->type ? a->type : RTN_UNICAST) ==
	       (b->type ? b->type : RTN_UNICAST) &&
	       a->onlink == b->onlink && b->hops <= 1;
}

/* Delete what was installed for @route, if it is ours. */
static void remove_route(struct routes *routes, const struct flc_route *route)
{
	char buf[FLC_PREFIX_STRLEN];
	struct flc_route ours = *route;
	struct flc_error err = { 0 };
	int ret;

	ours.protocol = ROUTES_PROTOCOL;
	ret = flc_route_del(routes->rtnl, &ours, &err);
	/* With its device a route goes by itself. */
	if (ret && ret != -ESRCH && ret != -ENODEV)
		log_warning("removing the route to %s: %s",
			    flc_prefix_text(&route->dst, buf), err.text);
}

static int compare_dst(const void *a, const void *b)
{
	return flc_prefix_cmp(&((const struct flc_route *)a)->dst,
			      &((const struct flc_route *)b)->dst);
}

static int take_snapshot(struct routes *routes, struct flc_error *err)
{
	struct flc_route filter = { .table = RT_TABLE_MAIN };
	struct flc_route_list *list = &routes->snapshot;
	int ret;

	flc_route_list_free(list);
	ret = flc_route_dump(routes->rtnl, &filter, list, err);
	if (!ret)
		flc_sort(list->items, list->n, sizeof(*list->items), compare_dst);
	routes->snapshot_ms = loop_now();
	return ret;
}

/* The route at the place of @route, or NULL. */
static const struct flc_route *in_the_way(const struct routes *routes,
					  const struct flc_route *route)
{
	const struct flc_route_list *list = &routes->snapshot;
	const struct flc_route *at, *end = list->items + list->n;

	if (!list->n)
		return NULL;
	at = bsearch(route, list->items, list->n, sizeof(*at), compare_dst);
	while (at && at > list->items && !compare_dst(at - 1, route))
		at--;
	for (; at && at < end && !compare_dst(at, route); at++)
		if (same_place(at, route))
			return at;
	return NULL;
}

/* One snapshot suffices for many routes, but a conflicting route must be found. */
static int find_in_the_way(struct routes *routes, const struct flc_route *route,
			   const struct flc_route **there,
			   struct flc_error *err)
{
	bool fresh = !routes->snapshot.items ||
		     loop_now() >= routes->snapshot_ms + SNAPSHOT_MS;
	int ret = fresh ? take_snapshot(routes, err) : 0;

	*there = ret ? NULL : in_the_way(routes, route);
	if (*there || fresh)
		return ret;
	ret = take_snapshot(routes, err);
	*there = ret ? NULL : in_the_way(routes, route);
	return ret;
}

static int refuse(const struct flc_route *route, const struct flc_route *there,
		  struct flc_error *err)
{
	char dst[FLC_PREFIX_STRLEN], via[FLC_ADDR_STRLEN], dev[IF_NAMESIZE];

	flc_prefix_text(&route->dst, dst);
	if (!if_indextoname(there->oif, dev))
		snprintf(dev, sizeof(dev), "none");
	return flc_error_set(err, EEXIST,
			     "the route to %s via %s dev %s proto %u conflicts with the agent's; it was not set by the agent, leaving it (ip route del %s proto %u removes it)",
			     dst, flc_addr_text(&there->via, via), dev,
			     there->protocol, dst, there->protocol);
}

static void tell_foreign(struct routes *routes, const struct flc_route *there)
{
	char dst[FLC_PREFIX_STRLEN];

	if (log_due(&routes->foreign_trouble, "foreign"))
		log_notice("the route to %s already exists with proto %u: using it, but it was not set by the agent and will stay when its node leaves (there may be more of these)",
			   flc_prefix_text(&there->dst, dst), there->protocol);
}

/* A route to the destination of @wanted exists. */
static int give_way(struct routes *routes, struct wanted *wanted,
		    struct flc_error *err)
{
	const struct flc_route *there;
	int ret;

	ret = find_in_the_way(routes, &wanted->route, &there, err);
	if (ret)
		return ret;
	if (there && there->protocol != ROUTES_PROTOCOL) {
		if (!same(&wanted->route, there))
			return refuse(&wanted->route, there, err);
		wanted->foreign = true;
		tell_foreign(routes, there);
		return 0;
	}
	if (there && same(&wanted->route, there))
		return 0;
	/* One of ours, from a run before this one. */
	if (there)
		remove_route(routes, there);
	return flc_route_add(routes->rtnl, &wanted->route, err);
}

static void note_failure(struct routes *routes, struct wanted *wanted)
{
	routes->failing += !wanted->failures++;
	wanted->due_ms = loop_now() + backoff_pause(&wanted->pause);
}

static void note_success(struct routes *routes, struct wanted *wanted)
{
	char buf[FLC_PREFIX_STRLEN];

	if (wanted->failures) {
		routes->failing--;
		log_notice("the route to %s is installed now",
			   flc_prefix_text(&wanted->route.dst, buf));
	}
	wanted->failures = 0;
	backoff_reset(&wanted->pause);
}

static int install(struct routes *routes, struct wanted *wanted,
		   struct flc_error *err)
{
	struct flc_error why = { 0 };
	int ret;

	wanted->foreign = false;
	ret = flc_route_add(routes->rtnl, &wanted->route, &why);
	if (ret == -EEXIST) {
		why = (struct flc_error){ 0 };
		ret = give_way(routes, wanted, &why);
	}
	if (!ret) {
		note_success(routes, wanted);
		return 0;
	}
	note_failure(routes, wanted);
	if (err)
		*err = why;
	return ret;
}

static struct wanted *add_wanted(struct routes *routes,
				 const struct flc_prefix *dst)
{
	struct wanted *wanted = xcalloc(1, sizeof(*wanted));

	wanted->route.dst = *dst;
	wanted->pause = BACKOFF(1000, 60000);
	tsearch(wanted, &routes->tree, compare);
	routes->count++;
	return wanted;
}

int routes_want(struct routes *routes, const struct flc_route *route,
		enum routes_kind kind, struct flc_error *err)
{
	struct wanted *wanted = find(routes, &route->dst);
	struct flc_route ours = *route;

	ours.protocol = ROUTES_PROTOCOL;
	if (wanted && same(&ours, &wanted->route)) {
		/* If it is gone, routes_check() restores it. */
		wanted->kind = kind;
		if (!wanted->failures || loop_now() < wanted->due_ms)
			return 0;
	} else if (wanted) {
		remove_route(routes, &wanted->route);
	} else {
		wanted = add_wanted(routes, &route->dst);
	}
	wanted->route = ours;
	wanted->kind = kind;
	return install(routes, wanted, err);
}

void routes_unwant(struct routes *routes, const struct flc_prefix *dst)
{
	struct wanted *wanted = find(routes, dst);

	if (!wanted)
		return;
	tdelete(wanted, &routes->tree, compare);
	routes->count--;
	routes->failing -= !!wanted->failures;
	remove_route(routes, &wanted->route);
	free(wanted);
}

struct forget {
	bool (*goes)(void *ctx, int ifindex);
	void *ctx;
	struct wanted **found;
	size_t n;
};

static void collect_going(const void *node, VISIT which, void *closure)
{
	struct wanted *wanted = *(struct wanted *const *)node;
	struct forget *forget = closure;

	if ((which == postorder || which == leaf) && wanted->route.oif &&
	    forget->goes(forget->ctx, wanted->route.oif))
		forget->found[forget->n++] = wanted;
}

void routes_forget(struct routes *routes, bool (*goes)(void *ctx, int ifindex),
		   void *ctx)
{
	struct forget forget = { .goes = goes, .ctx = ctx };
	struct wanted *wanted;

	forget.found = xcalloc(routes->count, sizeof(*forget.found));
	twalk_r(routes->tree, collect_going, &forget);
	while (forget.n) {
		wanted = forget.found[--forget.n];
		tdelete(wanted, &routes->tree, compare);
		routes->count--;
		routes->failing -= !!wanted->failures;
		free(wanted);
	}
	free(forget.found);
}

static void mark_absent(const void *node, VISIT which, void *closure)
{
	if (which == postorder || which == leaf)
		(*(struct wanted *const *)node)->present = false;
}

struct repair {
	struct routes *routes;
	struct flc_error *err;
	int missing;
	int failed;		/* of the node's own */
};

static void repair_one(const void *node, VISIT which, void *closure)
{
	struct repair *repair = closure;
	struct flc_error why = { 0 };
	struct wanted *wanted;
	int ret;

	if (which != postorder && which != leaf)
		return;
	wanted = *(struct wanted *const *)node;
	if (wanted->present ||
	    (wanted->kind == ROUTES_PEER && loop_now() < wanted->due_ms))
		return;
	ret = install(repair->routes, wanted, &why);
	if (!ret && !wanted->foreign)
		repair->missing++;
	if (!ret || wanted->kind == ROUTES_PEER)
		return;
	repair->failed = ret;
	if (repair->err)
		*repair->err = why;
}

/* One of several routes to a destination may match. */
static void inspect(struct routes *routes, const struct flc_route *found,
		    bool purge)
{
	struct wanted *wanted = find(routes, &found->dst);
	char buf[FLC_PREFIX_STRLEN];

	if (found->protocol != ROUTES_PROTOCOL)
		return;
	if (wanted && same(&wanted->route, found)) {
		wanted->present = true;
		return;
	}
	if (purge) {
		log_info("removing the unneeded route to %s",
			 flc_prefix_text(&found->dst, buf));
		remove_route(routes, found);
	}
}

int routes_check(struct routes *routes, bool purge, struct flc_error *err)
{
	struct flc_route filter = {
		.table = RT_TABLE_MAIN, .protocol = ROUTES_PROTOCOL,
	};
	struct repair repair = { .routes = routes, .err = err };
	struct flc_route_list list = { 0 };
	size_t i;
	int ret;

	ret = flc_route_dump(routes->rtnl, &filter, &list, err);
	if (ret)
		return ret;
	twalk_r(routes->tree, mark_absent, NULL);
	for (i = 0; i < list.n; i++)
		inspect(routes, &list.items[i], purge);
	flc_route_list_free(&list);
	twalk_r(routes->tree, repair_one, &repair);
	return repair.failed ? repair.failed : repair.missing;
}

void routes_lost(struct routes *routes, const struct flc_prefix *dst)
{
	struct wanted *wanted = find(routes, dst);

	if (wanted)
		wanted->due_ms = 0;
	/* The conflicting route may be gone. */
	flc_route_list_free(&routes->snapshot);
}

bool routes_concerned(const struct routes *routes,
		      const struct flc_route *route)
{
	return find(routes, &route->dst);
}

int routes_remove_all(struct flc_rtnl *rtnl, struct flc_error *err)
{
	struct routes *none = routes_new(rtnl);
	int ret = routes_check(none, true, err);

	routes_free(none);
	return ret;
}

int routes_give_away(struct flc_rtnl *rtnl,
		     bool (*keep)(void *ctx, const struct flc_prefix *dst),
		     void *ctx, struct flc_error *err)
{
	struct flc_route filter = {
		.table = RT_TABLE_MAIN, .protocol = ROUTES_PROTOCOL,
	};
	struct flc_route_list list = { 0 };
	int ret;
	size_t i;

	ret = flc_route_dump(rtnl, &filter, &list, err);
	for (i = 0; i < list.n && !ret; i++) {
		if (list.items[i].type == RTN_UNICAST &&
		    keep(ctx, &list.items[i].dst)) {
			/* The protocol of routes created without one. */
			list.items[i].protocol = RTPROT_BOOT;
			ret = flc_route_replace(rtnl, &list.items[i], err);
		} else {
			ret = flc_route_del(rtnl, &list.items[i], err);
		}
		/* With its device a route goes by itself. */
		if (ret == -ESRCH || ret == -ENODEV)
			ret = 0;
	}
	flc_route_list_free(&list);
	return ret;
}

size_t routes_count(const struct routes *routes)
{
	return routes->count;
}

size_t routes_failing(const struct routes *routes)
{
	return routes->failing;
}
