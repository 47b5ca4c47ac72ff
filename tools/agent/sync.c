// SPDX-License-Identifier: GPL-2.0
/*
 * From the mirror into the kernel. Changes are gathered for a moment and go in
 * as few messages as they fit into, each subnet as it is by then: a thousand
 * changes a second cost no more than their number.
 */
#include "sync.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "metrics.h"
#include "path.h"
#include "util.h"

#define GATHER_MS	10
#define RETRY_MS	1000

/* A direct route that we made. */
struct direct {
	struct fl_prefix subnet;
	unsigned int round;
};

struct sync {
	const struct dataplane_env *env;
	struct dataplane *dp;
	const struct peers *peers;
	struct subnets own;
	bool started;

	struct fl_prefix *dirty;
	size_t dirty_count, dirty_size;
	struct loop_timer gather, retry;
	struct log_trouble trouble;

	void *directs;		/* struct direct */
	unsigned int round;
	size_t direct_count;

	unsigned long batches, sets, dels, wholes;
};

struct sync *sync_new(const struct dataplane_env *env, struct dataplane *dp,
		      const struct peers *peers)
{
	struct sync *sync = xcalloc(1, sizeof(*sync));

	sync->env = env;
	sync->dp = dp;
	sync->peers = peers;
	return sync;
}

void sync_free(struct sync *sync)
{
	if (!sync)
		return;
	loop_timer_cancel(sync->env->loop, &sync->gather);
	loop_timer_cancel(sync->env->loop, &sync->retry);
	tdestroy(sync->directs, free);
	free(sync->dirty);
	free(sync);
}

void sync_start(struct sync *sync, const struct subnets *own)
{
	sync->own = *own;
	sync->started = true;
}

/* Direct routes */

static int compare_directs(const void *a, const void *b)
{
	return fl_prefix_cmp(&((const struct direct *)a)->subnet,
			     &((const struct direct *)b)->subnet);
}

static struct direct *find_direct(struct sync *sync,
				  const struct fl_prefix *subnet)
{
	struct direct key = { .subnet = *subnet };
	void *node = tfind(&key, &sync->directs, compare_directs);

	return node ? *(struct direct **)node : NULL;
}

static void forget_direct(struct sync *sync, struct direct *direct)
{
	tdelete(direct, &sync->directs, compare_directs);
	routes_unwant(sync->env->routes, &direct->subnet);
	sync->direct_count--;
	free(direct);
}

/* A peer is next to us if the route to it has no gateway. */
static bool is_neighbour(struct sync *sync, const struct fl_addr *addr)
{
	struct fl_route route;

	return !fl_route_lookup(sync->env->rtnl, addr, NULL, 0, &route, NULL) &&
	       route.type == RTN_UNICAST && !fl_addr_is_set(&route.via) &&
	       route.oif == sync->env->underlay->ifindex;
}

/* A gateway is of the family of the subnet that is routed. */
static void choose_gateway(struct sync *sync, struct path *path)
{
	const struct fl_addr *remote =
		path->subnet.addr.family == AF_INET ? &path->remote4 :
						      &path->remote6;
	const struct netconf *conf = sync->env->conf;

	if (!fl_addr_is_set(remote))
		return;
	if (conf->backend == BACKEND_HOST_GW ||
	    (conf->direct_routing && is_neighbour(sync, remote)))
		path->gateway = *remote;
}

static void route_directly(struct sync *sync, const struct path *path)
{
	struct fl_route route = {
		.dst = path->subnet, .via = path->gateway,
		.oif = sync->env->underlay->ifindex,
	};
	struct direct *direct = find_direct(sync, &path->subnet);
	const struct fl_route *old;
	char buf[FL_PREFIX_STRLEN];
	struct fl_error err = { 0 };

	if (!direct) {
		direct = xcalloc(1, sizeof(*direct));
		direct->subnet = path->subnet;
		tsearch(direct, &sync->directs, compare_directs);
		sync->direct_count++;
	}
	direct->round = sync->round;

	old = routes_find(sync->env->routes, &path->subnet);
	if (old && fl_addr_equal(&old->via, &route.via) &&
	    old->oif == route.oif)
		return;
	if (routes_want(sync->env->routes, &route, &err))
		log_error("no direct route to %s: %s",
			  fl_prefix_text(&path->subnet, buf), err.text);
}

/* Paths */

static bool is_own(const struct sync *sync, const struct peer *peer)
{
	return subnets_equal(&peer->subnets, &sync->own);
}

static bool find_path(struct sync *sync, const struct peer *peer, int family,
		      struct path *path)
{
	const char *why;

	if (is_own(sync, peer) ||
	    !path_make(path, peer, family, sync->env->conf->backend,
		       sync->env->underlay, &why))
		return false;
	choose_gateway(sync, path);
	return true;
}

static void add_path(struct sync *sync, const struct peer *peer, int family,
		     struct path *paths, size_t *n)
{
	const struct fl_prefix *subnet = family == AF_INET ? &peer->subnets.v4 :
							     &peer->subnets.v6;

	/* Of two leases of one subnet, the one that the mirror prefers. */
	if (!fl_prefix_is_set(subnet) ||
	    peers_find_subnet(sync->peers, subnet) != peer ||
	    !find_path(sync, peer, family, &paths[*n]))
		return;
	if (fl_addr_is_set(&paths[*n].gateway))
		route_directly(sync, &paths[*n]);
	++*n;
}

struct stale_walk {
	struct sync *sync;
	struct direct **stale;
	size_t n;
};

static void collect_stale(const void *node, VISIT which, void *closure)
{
	struct stale_walk *walk = closure;
	struct direct *direct = *(struct direct *const *)node;

	if ((which == postorder || which == leaf) &&
	    direct->round != walk->sync->round)
		walk->stale[walk->n++] = direct;
}

static void forget_stale_directs(struct sync *sync)
{
	struct stale_walk walk = { .sync = sync };

	walk.stale = xcalloc(sync->direct_count, sizeof(*walk.stale));
	twalk_r(sync->directs, collect_stale, &walk);
	while (walk.n)
		forget_direct(sync, walk.stale[--walk.n]);
	free(walk.stale);
}

struct path *sync_paths(struct sync *sync, size_t *count)
{
	struct path *paths = xcalloc(2 * peers_count(sync->peers),
				     sizeof(*paths));
	const struct peer *peer;

	sync->round++;
	*count = 0;
	for (peer = peers_first(sync->peers); peer; peer = peers_next(peer)) {
		add_path(sync, peer, AF_INET, paths, count);
		add_path(sync, peer, AF_INET6, paths, count);
	}
	forget_stale_directs(sync);
	return paths;
}

static void retry(void *ctx)
{
	sync_all(ctx);
}

static void failed(struct sync *sync, const struct fl_error *err)
{
	if (log_due(&sync->trouble, err->text))
		log_error("the kernel does not take the leases: %s (trying again)",
			  err->text);
	loop_timer_set(sync->env->loop, &sync->retry, RETRY_MS, retry, sync);
}

void sync_all(struct sync *sync)
{
	struct fl_error err = { 0 };
	struct path *paths;
	size_t count;
	int ret;

	if (!sync->started)
		return;
	loop_timer_cancel(sync->env->loop, &sync->gather);
	loop_timer_cancel(sync->env->loop, &sync->retry);
	sync->dirty_count = 0;
	paths = sync_paths(sync, &count);
	ret = sync->dp->ops->replace(sync->dp, paths, count, &err);
	free(paths);
	sync->wholes++;
	if (ret) {
		failed(sync, &err);
		return;
	}
	if (log_over(&sync->trouble))
		log_notice("the kernel has all leases again");
	log_debug("%zu leases are in the kernel", count);
}

/* Changes */

static int compare_prefixes(const void *a, const void *b)
{
	return fl_prefix_cmp(a, b);
}

static void flush(void *ctx)
{
	struct sync *sync = ctx;
	struct fl_prefix *subnets = sync->dirty, *gone;
	size_t n = sync->dirty_count, sets = 0, dels = 0, i;
	const struct peer *peer;
	struct fl_error err = { 0 };
	struct direct *direct;
	struct path *paths;
	int ret;

	loop_timer_cancel(sync->env->loop, &sync->gather);
	if (!n)
		return;
	qsort(subnets, n, sizeof(*subnets), compare_prefixes);
	paths = xcalloc(n, sizeof(*paths));
	gone = xcalloc(n, sizeof(*gone));

	for (i = 0; i < n; i++) {
		if (i && !fl_prefix_cmp(&subnets[i], &subnets[i - 1]))
			continue;
		direct = find_direct(sync, &subnets[i]);
		peer = peers_find_subnet(sync->peers, &subnets[i]);
		if (!peer || !find_path(sync, peer, subnets[i].addr.family,
					&paths[sets]))
			gone[dels++] = subnets[i];
		else if (fl_addr_is_set(&paths[sets++].gateway)) {
			route_directly(sync, &paths[sets - 1]);
			direct = NULL;
		}
		if (direct)
			forget_direct(sync, direct);
	}
	sync->dirty_count = 0;
	sync->batches++;
	sync->sets += sets;
	sync->dels += dels;

	ret = sync->dp->ops->del(sync->dp, gone, dels, &err);
	if (!ret)
		ret = sync->dp->ops->set(sync->dp, paths, sets, &err);
	free(paths);
	free(gone);
	if (ret)
		failed(sync, &err);
	log_debug("%zu leases set in the kernel, %zu withdrawn", sets, dels);
}

static void touch(struct sync *sync, const struct fl_prefix *subnet)
{
	if (!fl_prefix_is_set(subnet))
		return;
	if (sync->dirty_count == sync->dirty_size) {
		sync->dirty_size = sync->dirty_size ? 2 * sync->dirty_size : 64;
		sync->dirty = xrealloc(sync->dirty, sync->dirty_size,
				       sizeof(*sync->dirty));
	}
	sync->dirty[sync->dirty_count++] = *subnet;
}

void sync_touch(struct sync *sync, const struct peer *peer)
{
	if (!sync->started)
		return;
	touch(sync, &peer->subnets.v4);
	touch(sync, &peer->subnets.v6);
	/* The mirror may still be about to change: never from within. */
	if (!sync->gather.armed)
		loop_timer_set(sync->env->loop, &sync->gather, GATHER_MS,
			       flush, sync);
}

enum resolution sync_resolve(void *ctx, const struct fl_addr *addr,
			     struct path *path)
{
	struct sync *sync = ctx;
	const struct peer *peer = peers_find_address(sync->peers, addr);

	if (peer && find_path(sync, peer, addr->family, path))
		return RESOLVED;
	return peers_complete(sync->peers) ? RESOLVED_NONE : RESOLVED_UNKNOWN;
}

void sync_metrics(const struct sync *sync, struct text *text)
{
	metrics_gauge(text, "flannel_direct_routes", sync->direct_count,
		      "Subnets of peers that are routed without the overlay.");
	metrics_counter(text, "flannel_lease_batches_total", sync->batches,
			"Batches of lease changes sent to the kernel.");
	metrics_head(text, "flannel_lease_changes_total", "counter",
		     "Lease changes sent to the kernel.");
	text_add(text,
		 "flannel_lease_changes_total{change=\"set\"} %lu\n"
		 "flannel_lease_changes_total{change=\"withdrawn\"} %lu\n",
		 sync->sets, sync->dels);
	metrics_counter(text, "flannel_lease_resyncs_total", sync->wholes,
			"Times that all leases were sent to the kernel.");
}
