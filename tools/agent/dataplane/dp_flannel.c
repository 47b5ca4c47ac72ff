// SPDX-License-Identifier: GPL-2.0
/*
 * The data plane of the flannel link type: a single device in L3 mode, a single
 * route for the overlay network, and one lease per peer in the device's table.
 */
#include "dataplane/dp_flannel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/util.h"
#include "dataplane/misses.h"
#include "dataplane/mtu.h"
#include "dataplane/path.h"
#include "kernel/device.h"
#include "lib/dev.h"
#include "lib/genl.h"
#include "lib/lease.h"
#include "lib/names.h"

#define DEFAULT_PORT		8472
/* Lazy: a lease unused for this long is dropped and requested again. */
#define LAZY_IDLE_SECONDS	3600

struct dp_flannel {
	struct dataplane dp;
	struct flc_genl *genl;
	struct misses *misses;
	struct device device;
	char v6_name[IF_NAMESIZE];
	bool active;
	uint32_t generation;
	unsigned long refused;	/* leases */
};

static struct dp_flannel *to_dp(struct dataplane *dp)
{
	return container_of(dp, struct dp_flannel, dp);
}

static bool lazy(const struct dp_flannel *f)
{
	return f->dp.env->opt->populate_mode == POPULATE_LAZY;
}

/* The wanted settings of the device, by network config and underlay. */
static int describe_device(struct dp_flannel *f, struct flc_error *err)
{
	const struct dataplane_env *env = f->dp.env;
	const struct underlay *underlay = env->underlay;
	const struct netconf *conf = env->conf;
	struct flc_link_options *o = &f->device.options;
	struct flc_addr any4 = { .family = AF_INET };
	struct flc_addr any6 = { .family = AF_INET6 };

	memset(o, 0, sizeof(*o));
	FLC_OPTION(o, ID, id, conf->vni);
	FLC_OPTION(o, PORT, port, conf->port ? conf->port : DEFAULT_PORT);
	FLC_OPTION(o, MODE, mode, FLANNEL_MODE_L3);
	FLC_OPTION(o, LINK, link, underlay->ifindex);
	FLC_OPTION(o, LOCAL, local, flc_addr_is_set(&underlay->local4) ?
				   underlay->local4 : any4);
	FLC_OPTION(o, LOCAL6, local6, flc_addr_is_set(&underlay->local6) ?
				     underlay->local6 : any6);
	FLC_OPTION(o, RPF, rpf, flc_name_find(&flc_rpf_names, env->opt->rpf));
	FLC_OPTION(o, FASTPATH, fastpath,
		   flc_name_find(&flc_fastpath_names, env->opt->fastpath));
	FLC_OPTION(o, NOTRACK, notrack, env->opt->notrack);
	FLC_OPTION(o, LEASE_IDLE, lease_idle, lazy(f) ? LAZY_IDLE_SECONDS : 0);
	if (flc_prefix_is_set(&conf->v4.network))
		FLC_OPTION(o, SUBNET_LEN, subnet_len, conf->v4.subnet_len);
	if (flc_prefix_is_set(&conf->v6.network))
		FLC_OPTION(o, SUBNET_LEN6, subnet_len6, conf->v6.subnet_len);
	if (conf->gbp)
		FLC_OPTION(o, GBP, gbp, true);

	f->device.follow_mtu = !conf->mtu;
	return mtu_of_device(env, underlay_overhead(underlay), &f->device.mtu,
			     err);
}

static int dp_flannel_prepare(struct dataplane *dp,
			      const struct lease_value *last,
			      struct flc_error *err)
{
	struct dp_flannel *f = to_dp(dp);
	const struct flc_mac *hint = NULL;
	struct flc_dev dev;
	int ret;

	if (last && last->vtep4.has_mac)
		hint = &last->vtep4.mac;
	else if (last && last->vtep6.has_mac)
		hint = &last->vtep6.mac;
	ret = describe_device(f, err);
	if (!ret)
		ret = device_prepare(&f->device, hint, err);
	if (ret)
		return ret;

	if (dp->env->opt->notrack)
		log_info("outer packets bypass conntrack (--notrack): firewall rules see them in state UNTRACKED");
	/* Continue after the generations of the previous run. */
	f->generation = (uint32_t)loop_now() | 1;
	ret = flc_dev_get(f->genl, f->device.ifindex, &dev, err);
	if (ret)
		device_abandon(&f->device);
	return ret;
}

static void dp_flannel_abandon(struct dataplane *dp)
{
	struct dp_flannel *f = to_dp(dp);

	device_abandon(&f->device);
}

static int dp_flannel_change_mac(struct dataplane *dp, struct flc_error *err)
{
	return device_change_mac(&to_dp(dp)->device, err);
}

static void dp_flannel_describe(const struct dataplane *dp,
				struct lease_value *value)
{
	const struct dp_flannel *f = to_dp((struct dataplane *)dp);
	struct vtep vtep = {
		.vni = dp->env->conf->vni, .has_vni = true,
		.mac = f->device.mac, .has_mac = true,
	};

	/* One device serves both families. */
	if (flc_prefix_is_set(&dp->env->conf->v4.network))
		value->vtep4 = vtep;
	if (flc_prefix_is_set(&dp->env->conf->v6.network))
		value->vtep6 = vtep;
}

/* Install leases; a refused one does not block the others. */
static int set_leases(struct dp_flannel *f, const struct flc_lease *leases,
		      size_t count, enum flc_set_mode mode,
		      struct flc_error *err)
{
	struct flc_error why;
	int ret;

	while (count) {
		why = (struct flc_error){ 0 };
		ret = flc_lease_set(f->genl, f->device.ifindex, leases, count,
				    mode, f->generation, &why);
		if (!ret)
			break;
		if (!why.has_index || why.index >= count) {
			if (err)
				*err = why;
			return ret;
		}
		/* Lazy: it is neither in the table nor requested. */
		if (mode != FLC_SET_REPLACE || ret != -ENOENT) {
			f->refused++;
			f->dp.env->refused(f->dp.env->sync,
					   &leases[why.index].subnet, &why);
		}
		leases += why.index + 1;
		count -= why.index + 1;
	}
	return 0;
}

static struct flc_lease *make_leases(const struct path *paths, size_t count,
				     size_t *n)
{
	struct flc_lease *leases = xcalloc(count, sizeof(*leases));
	size_t i;

	*n = 0;
	for (i = 0; i < count; i++)
		if (paths[i].tunnel)
			path_lease(&leases[(*n)++], &paths[i]);
	return leases;
}

static int dp_flannel_replace(struct dataplane *dp, const struct path *paths,
			      size_t count, struct flc_error *err)
{
	struct dp_flannel *f = to_dp(dp);
	struct flc_lease *leases;
	size_t n;
	int ret;

	f->generation++;
	leases = make_leases(paths, count, &n);
	ret = set_leases(f, leases, n, lazy(f) ? FLC_SET_REPLACE : FLC_SET,
			 err);
	free(leases);
	if (!ret)
		ret = flc_lease_flush_others(f->genl, f->device.ifindex,
					     f->generation, err);
	if (!ret)
		misses_follow(f->misses, f->device.ifindex, f->generation);
	return ret;
}

static int dp_flannel_set(struct dataplane *dp, const struct path *paths,
			  size_t count, struct flc_error *err)
{
	struct dp_flannel *f = to_dp(dp);
	struct flc_lease *leases;
	size_t n;
	int ret;

	leases = make_leases(paths, count, &n);
	ret = set_leases(f, leases, n, lazy(f) ? FLC_SET_REPLACE : FLC_SET,
			 err);
	free(leases);
	return ret;
}

static int dp_flannel_del(struct dataplane *dp,
			  const struct flc_prefix *subnets, size_t count,
			  struct flc_error *err)
{
	struct dp_flannel *f = to_dp(dp);
	struct flc_error why;
	int ret;

	while (count) {
		why = (struct flc_error){ 0 };
		ret = flc_lease_del(f->genl, f->device.ifindex, subnets, count,
				    &why);
		if (!ret)
			break;
		/* Does not exist: continue with the next one. */
		if (ret != -ENOENT || !why.has_index || why.index >= count) {
			if (err)
				*err = why;
			return ret;
		}
		subnets += why.index + 1;
		count -= why.index + 1;
	}
	return 0;
}

static int add_addresses(struct dp_flannel *f, const struct subnets *own,
			 struct flc_error *err)
{
	const struct netconf *conf = f->dp.env->conf;
	int ret = 0;

	if (flc_prefix_is_set(&own->v4))
		ret = device_address(&f->device, &own->v4.addr,
				     &conf->v4.network, err);
	if (ret >= 0 && flc_prefix_is_set(&own->v6))
		ret = device_address(&f->device, &own->v6.addr,
				     &conf->v6.network, err);
	return ret < 0 ? ret : 0;
}

/*
 * For IPv6 the kernel creates a neighbour for each destination behind a device, and
 * all devices share one neighbour table. With a gateway there is only one
 * neighbour. Its address is never resolved, because the device has no neighbour
 * discovery.
 */
static void use_gateway(struct flc_route *route)
{
	if (route->dst.addr.family != AF_INET6)
		return;
	flc_addr_parse(&route->via, "fe80::1");
	route->onlink = true;
}

/*
 * Routes to the range that subnets are leased from, and nothing else: see guard.c.
 */
static int add_routes(struct dp_flannel *f, const struct netconf_family *family,
		      struct flc_error *err)
{
	struct flc_prefix ranges[NETCONF_RANGES];
	size_t n = netconf_ranges(family, ranges), i;
	struct flc_route route;
	int ret = 0;

	for (i = 0; i < n && !ret; i++) {
		route = (struct flc_route){
			.dst = ranges[i], .oif = f->device.ifindex,
		};
		use_gateway(&route);
		ret = routes_want(f->dp.env->routes, &route, ROUTES_NODE, err);
	}
	return ret;
}

/* This node can be set up without the leases of others. */
static void replace_all(struct dp_flannel *f)
{
	const struct dataplane_env *env = f->dp.env;
	struct flc_error why = { 0 };
	size_t count;
	struct path *paths = env->all_paths(env->sync, &count);

	if (dp_flannel_replace(&f->dp, paths, count, &why))
		env->refused(env->sync, NULL, &why);
	free(paths);
}

static int dp_flannel_activate(struct dataplane *dp, const struct subnets *own,
			       bool *remade, struct flc_error *err)
{
	struct dp_flannel *f = to_dp(dp);
	bool again = false;
	int ret;

	ret = describe_device(f, err);
	if (!ret)
		ret = device_ensure(&f->device, &again, err);
	if (!ret)
		ret = add_addresses(f, own, err);
	if (!ret && (again || !f->active))
		replace_all(f);
	if (!ret)
		ret = device_up(&f->device, err);
	if (ret < 0)
		return ret;
	f->active = true;
	ret = add_routes(f, &dp->env->conf->v4, err);
	if (!ret)
		ret = add_routes(f, &dp->env->conf->v6, err);
	device_finish(&f->device);
	*remade = again;
	return ret;
}

static unsigned int dp_flannel_mtu(const struct dataplane *dp)
{
	return to_dp((struct dataplane *)dp)->device.mtu;
}

static bool dp_flannel_has_link(const struct dataplane *dp, int ifindex)
{
	return to_dp((struct dataplane *)dp)->device.ifindex == ifindex;
}

static int dp_flannel_release(struct dataplane *dp, struct flc_error *err)
{
	struct dp_flannel *f = to_dp(dp);
	struct flc_link link;
	int ret;

	ret = flc_link_find(dp->env->rtnl, f->device.name, &link, err);
	if (ret == -ENODEV)
		return 0;
	if (ret)
		return ret;
	if (strcmp(link.kind, FLANNEL_LINK_KIND))
		return 0;	/* not ours */
	return flc_link_del(dp->env->rtnl, link.ifindex, err);
}

static void dp_flannel_metrics(const struct dataplane *dp, struct text *text)
{
	const struct dp_flannel *f = to_dp((struct dataplane *)dp);
	struct flc_dev dev;
	unsigned int i;

	misses_metrics(f->misses, text);
	metrics_counter(text, "flannel_leases_refused_total", f->refused,
			"Leases that the kernel refused.");
	if (flc_dev_get(f->genl, f->device.ifindex, &dev, NULL))
		return;
	metrics_gauge(text, "flannel_device_leases", dev.leases,
		      "Leases in the table of the device.");
	metrics_gauge(text, "flannel_device_misses", dev.misses,
		      "Misses that wait for an answer.");
	metrics_gauge(text, "flannel_device_parked_packets",
		      dev.parked_packets,
		      "Packets parked until their miss is answered.");
	metrics_head(text, "flannel_device_events_total", "counter",
		     "Counters of the device, named as in ethtool -S.");
	for (i = 0; i <= FLANNEL_A_STATS_MAX; i++)
		if (dev.has_stats[i] && flc_name(&flc_stats_names, i))
			text_add(text, "flannel_device_events_total{event=\"%s\"} %llu\n",
				 flc_name(&flc_stats_names, i),
				 (unsigned long long)dev.stats[i]);
}

static void dp_flannel_free(struct dataplane *dp)
{
	struct dp_flannel *f = to_dp(dp);

	misses_free(f->misses);
	flc_genl_close(f->genl);
	free(f);
}

static const struct dataplane_ops dp_flannel_ops = {
	.kind = FLANNEL_LINK_KIND,
	.free = dp_flannel_free,
	.prepare = dp_flannel_prepare,
	.abandon = dp_flannel_abandon,
	.change_mac = dp_flannel_change_mac,
	.describe = dp_flannel_describe,
	.activate = dp_flannel_activate,
	.mtu = dp_flannel_mtu,
	.replace = dp_flannel_replace,
	.set = dp_flannel_set,
	.del = dp_flannel_del,
	.has_link = dp_flannel_has_link,
	.release = dp_flannel_release,
	.metrics = dp_flannel_metrics,
};

struct dataplane *dp_flannel_new(const struct dataplane_env *env,
				 struct flc_error *err)
{
	struct dp_flannel *f = xcalloc(1, sizeof(*f));

	f->dp.ops = &dp_flannel_ops;
	f->dp.env = env;
	f->genl = flc_genl_open(err);
	if (f->genl)
		f->misses = misses_new(env, f->genl, err);
	if (!f->genl || !f->misses) {
		dp_flannel_free(&f->dp);
		return NULL;
	}
	f->device.rtnl = env->rtnl;
	f->device.kind = FLANNEL_LINK_KIND;
	snprintf(f->device.name, sizeof(f->device.name), "flannel.%u",
		 env->conf->vni);
	snprintf(f->v6_name, sizeof(f->v6_name), "flannel-v6.%u",
		 env->conf->vni);
	f->device.replaces[0] = f->v6_name;
	return &f->dp;
}
