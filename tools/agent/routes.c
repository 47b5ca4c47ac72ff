// SPDX-License-Identifier: GPL-2.0
/* The wanted routes, in a tree by destination, compared with the kernel's. */
#include "routes.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>

#include "log.h"
#include "util.h"

struct wanted {
	struct fl_route route;
	bool present;		/* while checking */
};

struct routes {
	struct fl_rtnl *rtnl;
	void *tree;		/* struct wanted */
	size_t count;
};

static int compare(const void *a, const void *b)
{
	return fl_prefix_cmp(&((const struct wanted *)a)->route.dst,
			     &((const struct wanted *)b)->route.dst);
}

struct routes *routes_new(struct fl_rtnl *rtnl)
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
	free(routes);
}

static struct wanted *find(const struct routes *routes,
			   const struct fl_prefix *dst)
{
	struct wanted key = { .route.dst = *dst };
	void *node = tfind(&key, &routes->tree, compare);

	return node ? *(struct wanted **)node : NULL;
}

const struct fl_route *routes_find(const struct routes *routes,
				   const struct fl_prefix *dst)
{
	struct wanted *wanted = find(routes, dst);

	return wanted ? &wanted->route : NULL;
}

static bool same(const struct fl_route *a, const struct fl_route *b)
{
	return fl_prefix_equal(&a->dst, &b->dst) &&
	       fl_addr_equal(&a->via, &b->via) &&
	       (a->oif == b->oif || !a->oif || !b->oif) &&
	       (a->type ? a->type : RTN_UNICAST) ==
	       (b->type ? b->type : RTN_UNICAST) &&
	       a->onlink == b->onlink;
}

/* Delete what was installed for @route. */
static void remove_route(struct routes *routes, const struct fl_route *route)
{
	char buf[FL_PREFIX_STRLEN];
	struct fl_error err = { 0 };
	int ret = fl_route_del(routes->rtnl, route, &err);

	/* With its device a route goes by itself. */
	if (ret && ret != -ESRCH && ret != -ENODEV)
		log_warning("removing the route to %s: %s",
			    fl_prefix_text(&route->dst, buf), err.text);
}

int routes_want(struct routes *routes, const struct fl_route *route,
		struct fl_error *err)
{
	struct wanted *wanted = find(routes, &route->dst);

	if (!wanted) {
		wanted = xcalloc(1, sizeof(*wanted));
		wanted->route.dst = route->dst;
		tsearch(wanted, &routes->tree, compare);
		routes->count++;
	} else if (wanted->route.metric != route->metric ||
		   wanted->route.type != route->type) {
		/* It would stay beside the new one. */
		remove_route(routes, &wanted->route);
	}
	wanted->route = *route;
	wanted->route.protocol = ROUTES_PROTOCOL;
	return fl_route_replace(routes->rtnl, &wanted->route, err);
}

void routes_unwant(struct routes *routes, const struct fl_prefix *dst)
{
	struct wanted *wanted = find(routes, dst);

	if (!wanted)
		return;
	tdelete(wanted, &routes->tree, compare);
	routes->count--;
	remove_route(routes, &wanted->route);
	free(wanted);
}

static void mark_absent(const void *node, VISIT which, void *closure)
{
	(void)closure;
	if (which == postorder || which == leaf)
		(*(struct wanted *const *)node)->present = false;
}

struct repair {
	struct routes *routes;
	struct fl_error *err;
	int missing;
	int failed;
};

static void repair_one(const void *node, VISIT which, void *closure)
{
	struct repair *repair = closure;
	struct wanted *wanted;
	int ret;

	if (which != postorder && which != leaf)
		return;
	wanted = *(struct wanted *const *)node;
	if (wanted->present)
		return;
	repair->missing++;
	ret = fl_route_replace(repair->routes->rtnl, &wanted->route,
			       repair->err);
	if (ret)
		repair->failed = ret;
}

static void inspect(struct routes *routes, const struct fl_route *found,
		    bool purge)
{
	struct wanted *wanted = find(routes, &found->dst);
	char buf[FL_PREFIX_STRLEN];

	if (wanted && same(&wanted->route, found)) {
		wanted->present = true;
		return;
	}
	if (purge && found->protocol == ROUTES_PROTOCOL) {
		log_info("removing a route that is not needed any more, to %s",
			 fl_prefix_text(&found->dst, buf));
		remove_route(routes, found);
	}
}

int routes_check(struct routes *routes, bool purge, struct fl_error *err)
{
	struct fl_route filter = {
		.table = RT_TABLE_MAIN, .protocol = ROUTES_PROTOCOL,
	};
	struct repair repair = { .routes = routes, .err = err };
	struct fl_route_list list = { 0 };
	size_t i;
	int ret;

	ret = fl_route_dump(routes->rtnl, &filter, &list, err);
	if (ret)
		return ret;
	twalk_r(routes->tree, mark_absent, NULL);
	for (i = 0; i < list.n; i++)
		inspect(routes, &list.items[i], purge);
	fl_route_list_free(&list);
	twalk_r(routes->tree, repair_one, &repair);
	return repair.failed ? repair.failed : repair.missing;
}

bool routes_concerned(const struct routes *routes, const struct fl_route *route)
{
	return find(routes, &route->dst);
}

int routes_remove_all(struct fl_rtnl *rtnl, struct fl_error *err)
{
	struct routes *none = routes_new(rtnl);
	int ret = routes_check(none, true, err);

	routes_free(none);
	return ret;
}

size_t routes_count(const struct routes *routes)
{
	return routes->count;
}
