// SPDX-License-Identifier: GPL-2.0
/*
 * From the peers into the kernel. Changes are collected for a moment and sent in as
 * few messages as possible, with the state that each subnet has by then: the cost
 * of a burst depends only on the number of changes.
 */
#include "dataplane/sync.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/util.h"
#include "dataplane/path.h"
#include "dataplane/troubles.h"
#include "dataplane/usable.h"
#include "kernel/guard.h"
#include "lib/collect.h"

#define GATHER_MS	10
/*
 * If a lease is deleted or revoked by mistake, its node acquires it again within a
 * few milliseconds: keep it in the kernel until then.
 */
#define LINGER_MS	200

struct subnet_list {
	struct flc_prefix *items;
	size_t count, size;
};

/* Subnets whose lease was removed, in chronological order. */
struct leaving {
	struct flc_prefix subnet;
	uint64_t until_ms;
};

/* A direct route that we installed. */
struct direct {
	struct flc_prefix subnet;
	unsigned int round;
};

struct sync {
	const struct dataplane_env *env;
	struct dataplane *dp;
	const struct peers *peers;
	struct subnets own;
	bool started;

	struct subnet_list dirty;
	struct leaving *leaving;
	size_t leaving_count, leaving_size;
	struct loop_timer gather, linger, retry, retry_all;
	struct log_trouble trouble;
	struct backoff pause;		/* after all leases failed at once */
	struct troubles *troubles;	/* of single leases */

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
	sync->troubles = troubles_new();
	sync->pause = BACKOFF(1000, 60000);
	return sync;
}

void sync_free(struct sync *sync)
{
	if (!sync)
		return;
	loop_timer_cancel(sync->env->loop, &sync->gather);
	loop_timer_cancel(sync->env->loop, &sync->linger);
	loop_timer_cancel(sync->env->loop, &sync->retry);
	loop_timer_cancel(sync->env->loop, &sync->retry_all);
	troubles_free(sync->troubles);
	tdestroy(sync->directs, free);
	free(sync->dirty.items);
	free(sync->leaving);
	free(sync);
}

void sync_start(struct sync *sync, const struct subnets *own)
{
	sync->own = *own;
	sync->started = true;
}

void sync_use(struct sync *sync, struct dataplane *dp)
{
	sync->dp = dp;
}

/* Direct routes */

static int compare_directs(const void *a, const void *b)
{
	return flc_prefix_cmp(&((const struct direct *)a)->subnet,
			      &((const struct direct *)b)->subnet);
}

static struct direct *find_direct(struct sync *sync,
				  const struct flc_prefix *subnet)
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

/* A peer is adjacent if the route to it has no gateway. */
static bool is_neighbour(struct sync *sync, const struct flc_addr *addr)
{
	struct flc_route route;

	return !flc_route_lookup(sync->env->rtnl, addr, NULL, 0, &route,
				 NULL) &&
	       route.type == RTN_UNICAST && !flc_addr_is_set(&route.via) &&
	       route.oif == sync->env->underlay->ifindex;
}

/*
 * The gateway has the family of the routed subnet. A peer that is not adjacent is
 * reached through the overlay; host-gw has none.
 */
static enum unusable choose_gateway(struct sync *sync, struct path *path)
{
	const struct flc_addr *remote =
		path->subnet.addr.family == AF_INET ? &path->remote4 :
						      &path->remote6;
	const struct netconf *conf = sync->env->conf;
	bool host_gw = conf->backend == BACKEND_HOST_GW;

	if (!host_gw && !conf->direct_routing)
		return USABLE;
	if (flc_addr_is_set(remote) && is_neighbour(sync, remote))
		path->gateway = *remote;
	else if (host_gw)
		return UNUSABLE_OFF_LINK;
	return USABLE;
}

static void route_directly(struct sync *sync, const struct path *path)
{
	struct flc_route route = {
		.dst = path->subnet, .via = path->gateway,
		.oif = sync->env->underlay->ifindex,
	};
	struct direct *direct = find_direct(sync, &path->subnet);
	const struct flc_route *old;
	struct flc_error err = { 0 };

	if (!direct) {
		direct = xcalloc(1, sizeof(*direct));
		direct->subnet = path->subnet;
		tsearch(direct, &sync->directs, compare_directs);
		sync->direct_count++;
	}
	direct->round = sync->round;

	old = routes_find(sync->env->routes, &path->subnet);
	if (old && flc_addr_equal(&old->via, &route.via) &&
	    old->oif == route.oif)
		return;
	if (routes_want(sync->env->routes, &route, ROUTES_PEER, &err))
		troubles_failed(sync->troubles, &path->subnet, &err);
}

/* Paths */

/* This node's own subnets are never in the device's table. */
static bool is_own(const struct sync *sync, const struct flc_prefix *subnet)
{
	return !flc_prefix_cmp(subnet, subnet->addr.family == AF_INET ?
				      &sync->own.v4 : &sync->own.v6);
}

/* Leases that are not for us, which flannel ignores, too. */
static bool concerns_us(const struct sync *sync, const struct peer *peer,
			int family)
{
	const struct netconf *conf = sync->env->conf;

	return flc_prefix_is_set(family == AF_INET ? &conf->v4.network :
						    &conf->v6.network) &&
	       !strcmp(peer->value.type, backend_type_name(conf->backend));
}

/* @why: the text of the reason if it is UNUSABLE_PATH */
static enum unusable find_path(struct sync *sync, const struct peer *peer,
			       int family, struct path *path, const char **why)
{
	struct usable_env env = {
		.conf = sync->env->conf, .own = &sync->own,
		.underlay = sync->env->underlay, .peers = sync->peers,
	};
	enum unusable reason;

	if (!concerns_us(sync, peer, family))
		return UNUSABLE_FAMILY;
	env.near = guard_near(sync->env->guard, &env.near_count);
	reason = usable_check(&env, peer, family);
	if (reason)
		return reason;
	if (!path_make(path, peer, family, sync->env->conf->backend,
		       sync->env->underlay, why))
		return UNUSABLE_PATH;
	if (!guard_keep(sync->env->guard, &path->remote4) ||
	    !guard_keep(sync->env->guard, &path->remote6))
		return UNUSABLE_NO_WAY;
	return choose_gateway(sync, path);
}

/* The path to @subnet by the lease of @peer; a problem with it is logged once. */
static bool use_path(struct sync *sync, const struct peer *peer,
		     const struct flc_prefix *subnet, struct path *path)
{
	const char *why = NULL;
	enum unusable reason;

	reason = find_path(sync, peer, subnet->addr.family, path, &why);
	if (reason == UNUSABLE_FAMILY)
		troubles_forget(sync->troubles, subnet);
	else if (reason)
		troubles_unusable(sync->troubles, subnet, peer->name, reason,
				  why ? why : usable_text(reason));
	else
		troubles_usable(sync->troubles, subnet);
	return !reason;
}

static void add_path(struct sync *sync, const struct peer *peer, int family,
		     struct path *paths, size_t *n)
{
	const struct flc_prefix *subnet =
		family == AF_INET ? &peer->subnets.v4 : &peer->subnets.v6;

	/* If a subnet has two leases, the one that peers.c prefers. */
	if (!flc_prefix_is_set(subnet) || is_own(sync, subnet) ||
	    peers_find_subnet(sync->peers, subnet) != peer ||
	    !use_path(sync, peer, subnet, &paths[*n]))
		return;
	if (flc_addr_is_set(&paths[*n].gateway))
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

struct path *sync_paths(void *ctx, size_t *count)
{
	struct sync *sync = ctx;
	struct path *paths = xcalloc(2 * peers_count(sync->peers),
				     sizeof(*paths));
	const struct peer *peer;

	sync->round++;
	*count = 0;
	troubles_begin(sync->troubles, true);
	for (peer = peers_first(sync->peers); peer; peer = peers_next(peer)) {
		add_path(sync, peer, AF_INET, paths, count);
		add_path(sync, peer, AF_INET6, paths, count);
	}
	forget_stale_directs(sync);
	return paths;
}

static void retry_all(void *ctx)
{
	sync_all(ctx);
}

static void failed(struct sync *sync, const struct flc_error *err)
{
	if (log_due(&sync->trouble, err->text))
		log_error("the kernel refuses the leases: %s (will keep retrying)",
			  err->text);
	loop_timer_set(sync->env->loop, &sync->retry_all,
		       backoff_pause(&sync->pause), retry_all, sync);
}

static void worked(struct sync *sync)
{
	backoff_reset(&sync->pause);
	if (log_over(&sync->trouble))
		log_notice("the kernel has all leases again");
}

static void retry(void *ctx);

/* Leases that failed on their own are retried on their own. */
static void retry_in_time(struct sync *sync)
{
	uint64_t due = troubles_due(sync->troubles), now = loop_now();

	if (!due)
		loop_timer_cancel(sync->env->loop, &sync->retry);
	else
		loop_timer_set(sync->env->loop, &sync->retry,
			       due > now ? due - now : 0, retry, sync);
}

void sync_refused(void *ctx, const struct flc_prefix *subnet,
		  const struct flc_error *err)
{
	struct sync *sync = ctx;

	if (!subnet) {
		failed(sync, err);
		return;
	}
	troubles_failed(sync->troubles, subnet, err);
	retry_in_time(sync);
}

bool sync_concerned(const struct sync *sync, const struct flc_prefix *dst)
{
	const struct lease_value *value;
	const struct peer *peer;

	for (peer = peers_first(sync->peers); peer; peer = peers_next(peer)) {
		value = &peer->value;
		if ((flc_addr_is_set(&value->public4) &&
		     flc_prefix_contains(dst, &value->public4)) ||
		    (flc_addr_is_set(&value->public6) &&
		     flc_prefix_contains(dst, &value->public6)))
			return true;
	}
	return false;
}

void sync_all(struct sync *sync)
{
	struct flc_error err = { 0 };
	struct path *paths;
	size_t count;
	int ret;

	if (!sync->started)
		return;
	loop_timer_cancel(sync->env->loop, &sync->gather);
	loop_timer_cancel(sync->env->loop, &sync->linger);
	loop_timer_cancel(sync->env->loop, &sync->retry_all);
	sync->dirty.count = 0;
	sync->leaving_count = 0;
	paths = sync_paths(sync, &count);
	ret = sync->dp->ops->replace(sync->dp, paths, count, &err);
	free(paths);
	sync->wholes++;
	if (ret) {
		failed(sync, &err);
		return;
	}
	worked(sync);
	troubles_end(sync->troubles);
	retry_in_time(sync);
	log_debug("%zu leases are in the kernel", count);
}

/* Changes */

static int compare_prefixes(const void *a, const void *b)
{
	return flc_prefix_cmp(a, b);
}

static void sort_subnets(struct subnet_list *list)
{
	size_t i, n = 0;

	flc_sort(list->items, list->count, sizeof(*list->items),
		 compare_prefixes);
	for (i = 0; i < list->count; i++)
		if (!n || flc_prefix_cmp(&list->items[i], &list->items[n - 1]))
			list->items[n++] = list->items[i];
	list->count = n;
}

/* The change needed for one subnet. */
static void sort_out(struct sync *sync, const struct flc_prefix *subnet,
		     struct path *paths, size_t *sets, struct flc_prefix *gone,
		     size_t *dels)
{
	struct direct *direct = find_direct(sync, subnet);
	const struct peer *peer = peers_find_subnet(sync->peers, subnet);
	struct path *path = &paths[*sets];

	if (!peer)
		troubles_forget(sync->troubles, subnet);
	if (!peer || !use_path(sync, peer, subnet, path)) {
		gone[(*dels)++] = *subnet;
	} else {
		++*sets;
		if (flc_addr_is_set(&path->gateway)) {
			route_directly(sync, path);
			return;
		}
	}
	if (direct)
		forget_direct(sync, direct);
}

static void send_changes(struct sync *sync, const struct path *paths,
			 size_t sets, const struct flc_prefix *gone,
			 size_t dels)
{
	struct flc_error err = { 0 };
	int ret;

	ret = sync->dp->ops->del(sync->dp, gone, dels, &err);
	if (!ret)
		ret = sync->dp->ops->set(sync->dp, paths, sets, &err);
	if (ret)
		failed(sync, &err);
	sync->batches++;
	sync->sets += sets;
	sync->dels += dels;
	log_debug("%zu leases set in the kernel, %zu withdrawn", sets, dels);
}

/* Bring each of @list up to date: install its lease in the kernel, or remove it. */
static void apply(struct sync *sync, struct subnet_list *list)
{
	size_t sets = 0, dels = 0, i;
	struct flc_prefix *gone;
	struct path *paths;

	if (!list->count)
		return;
	paths = xcalloc(list->count, sizeof(*paths));
	gone = xcalloc(list->count, sizeof(*gone));
	troubles_begin(sync->troubles, false);
	for (i = 0; i < list->count; i++)
		if (!is_own(sync, &list->items[i]))
			sort_out(sync, &list->items[i], paths, &sets, gone,
				 &dels);
	if (sets || dels)
		send_changes(sync, paths, sets, gone, dels);
	troubles_end(sync->troubles);
	retry_in_time(sync);
	free(paths);
	free(gone);
}

static void add_subnet(struct subnet_list *list,
		       const struct flc_prefix *subnet)
{
	if (list->count == list->size) {
		list->size = list->size ? 2 * list->size : 64;
		list->items = xrealloc(list->items, list->size,
				       sizeof(*list->items));
	}
	list->items[list->count++] = *subnet;
}

static void retry(void *ctx)
{
	struct subnet_list due = { 0 };
	struct sync *sync = ctx;

	due.items = troubles_take_due(sync->troubles, loop_now(), &due.count);
	apply(sync, &due);
	retry_in_time(sync);
	free(due.items);
}

/* Subnets that were not leased again in time. */
static void withdraw(void *ctx)
{
	struct subnet_list gone = { 0 };
	struct sync *sync = ctx;
	uint64_t now = loop_now();
	size_t i;

	for (i = 0; i < sync->leaving_count &&
	     sync->leaving[i].until_ms <= now; i++)
		if (!peers_find_subnet(sync->peers, &sync->leaving[i].subnet))
			add_subnet(&gone, &sync->leaving[i].subnet);
	sync->leaving_count -= i;
	memmove(sync->leaving, sync->leaving + i,
		sync->leaving_count * sizeof(*sync->leaving));
	if (sync->leaving_count)
		loop_timer_set(sync->env->loop, &sync->linger,
			       sync->leaving[0].until_ms - now, withdraw, sync);
	sort_subnets(&gone);
	apply(sync, &gone);
	free(gone.items);
}

static void leave(struct sync *sync, const struct flc_prefix *subnet)
{
	if (sync->leaving_count == sync->leaving_size) {
		sync->leaving_size = sync->leaving_size ?
				     2 * sync->leaving_size : 64;
		sync->leaving = xrealloc(sync->leaving, sync->leaving_size,
					 sizeof(*sync->leaving));
	}
	sync->leaving[sync->leaving_count++] = (struct leaving){
		.subnet = *subnet, .until_ms = loop_now() + LINGER_MS,
	};
	if (!sync->linger.armed)
		loop_timer_set(sync->env->loop, &sync->linger, LINGER_MS,
			       withdraw, sync);
}

static void flush(void *ctx)
{
	struct sync *sync = ctx;
	size_t i, n = 0;

	loop_timer_cancel(sync->env->loop, &sync->gather);
	sort_subnets(&sync->dirty);
	for (i = 0; i < sync->dirty.count; i++) {
		if (peers_find_subnet(sync->peers, &sync->dirty.items[i]))
			sync->dirty.items[n++] = sync->dirty.items[i];
		else
			leave(sync, &sync->dirty.items[i]);
	}
	sync->dirty.count = n;
	apply(sync, &sync->dirty);
	sync->dirty.count = 0;
}

static void touch(struct sync *sync, const struct flc_prefix *subnet)
{
	if (flc_prefix_is_set(subnet))
		add_subnet(&sync->dirty, subnet);
}

void sync_touch(struct sync *sync, const struct peer *peer)
{
	if (!sync->started)
		return;
	touch(sync, &peer->subnets.v4);
	touch(sync, &peer->subnets.v6);
	/*
	 * Never from within a callback of the peers, which may still be changing.
	 */
	if (!sync->gather.armed)
		loop_timer_set(sync->env->loop, &sync->gather, GATHER_MS,
			       flush, sync);
}

enum resolution sync_resolve(void *ctx, const struct flc_addr *addr,
			     struct path *path)
{
	struct sync *sync = ctx;
	const struct netconf *conf = sync->env->conf;
	struct flc_prefix subnet;
	const struct peer *peer;
	const char *why;

	/* Leases with another prefix length are ignored. */
	subnet.len = addr->family == AF_INET ? conf->v4.subnet_len :
					       conf->v6.subnet_len;
	subnet.addr = flc_addr_masked(addr, subnet.len);
	peer = subnet.len ? peers_find_subnet(sync->peers, &subnet) : NULL;
	if (peer && !is_own(sync, &subnet) &&
	    !find_path(sync, peer, addr->family, path, &why))
		return RESOLVED;
	return peers_complete(sync->peers) ? RESOLVED_NONE : RESOLVED_UNKNOWN;
}

void sync_metrics(const struct sync *sync, struct text *text)
{
	metrics_gauge(text, "flannel_direct_routes", sync->direct_count,
		      "Subnets of peers that are routed directly, without the overlay.");
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
	troubles_metrics(sync->troubles, text);
}
