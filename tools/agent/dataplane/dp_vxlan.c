// SPDX-License-Identifier: GPL-2.0
/*
 * The data plane for kernels without the flannel link type: vxlan, set up like
 * flannel does. One device per address family of the underlay, and a route, a
 * neighbour and an FDB entry per subnet of a peer.
 */
#include "dataplane/dp_vxlan.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "dataplane/mtu.h"
#include "kernel/device.h"
#include "lib/neigh.h"

#define DEFAULT_PORT 8472

/* The entries installed for a subnet. */
struct installed {
	struct flc_prefix subnet;
	struct flc_mac mac;
	struct flc_addr remote;
	unsigned int round;
};

/* The remote of a MAC, and the number of subnets that use it. */
struct fdb_remote {
	struct flc_addr addr;
	unsigned int users;
	struct fdb_remote *next;
};

/*
 * A MAC in the FDB of a device, which has one remote for it. Several subnets of a
 * peer share it; if two peers have the same MAC, they differ in the remote.
 */
struct fdb_mac {
	struct flc_mac mac;
	int family;		/* of the underlay, and so of the device */
	struct fdb_remote *remotes;
};

struct dp_vxlan {
	struct dataplane dp;
	/* By family of the underlay; without a name: not needed. */
	struct device dev4, dev6;
	char flannel_name[IF_NAMESIZE];	/* of our own device, for both */
	bool active;
	void *tree;		/* struct installed */
	void *fdb;		/* struct fdb_mac */
	size_t count;
	unsigned int round;
};

static struct dp_vxlan *to_dp(struct dataplane *dp)
{
	return container_of(dp, struct dp_vxlan, dp);
}

static struct device *device_of(struct dp_vxlan *v, const struct flc_addr *remote)
{
	return remote->family == AF_INET ? &v->dev4 : &v->dev6;
}

static bool used(const struct device *device)
{
	return *device->name;
}

static int describe_device(struct dp_vxlan *v, struct device *device,
			   const char *name, const struct flc_addr *local,
			   unsigned int overhead, struct flc_error *err)
{
	const struct dataplane_env *env = v->dp.env;
	const struct netconf *conf = env->conf;
	struct flc_link_options *o = &device->options;

	device->name[0] = '\0';
	if (!flc_addr_is_set(local))
		return 0;
	snprintf(device->name, sizeof(device->name), "%s.%u", name, conf->vni);
	device->rtnl = env->rtnl;
	device->kind = "vxlan";

	memset(o, 0, sizeof(*o));
	FLC_OPTION(o, ID, id, conf->vni);
	FLC_OPTION(o, PORT, port, conf->port ? conf->port : DEFAULT_PORT);
	FLC_OPTION(o, LINK, link, env->underlay->ifindex);
	FLC_OPTION(o, LEARNING, learning, conf->learning);
	if (local->family == AF_INET)
		FLC_OPTION(o, LOCAL, local, *local);
	else
		FLC_OPTION(o, LOCAL6, local6, *local);
	if (conf->gbp)
		FLC_OPTION(o, GBP, gbp, true);
	return mtu_of_device(env, overhead, &device->mtu, err);
}

static int describe_devices(struct dp_vxlan *v, struct flc_error *err)
{
	const struct underlay *underlay = v->dp.env->underlay;
	int ret;

	ret = describe_device(v, &v->dev4, "flannel", &underlay->local4, 50,
			      err);
	if (!ret)
		ret = describe_device(v, &v->dev6, "flannel-v6",
				      &underlay->local6, 70, err);
	/* If both are used, the IPv4 device replaces it. */
	v->dev6.replaces[0] = used(&v->dev4) ? NULL : v->flannel_name;
	return ret;
}

static int dp_vxlan_prepare(struct dataplane *dp,
			    const struct lease_value *last,
			    struct flc_error *err)
{
	struct dp_vxlan *v = to_dp(dp);
	int ret = describe_devices(v, err);

	if (!ret && used(&v->dev4))
		ret = device_prepare(&v->dev4, last && last->vtep4.has_mac ?
					       &last->vtep4.mac : NULL, err);
	if (ret || !used(&v->dev6))
		return ret;
	ret = device_prepare(&v->dev6, last && last->vtep6.has_mac ?
				       &last->vtep6.mac : NULL, err);
	if (ret && used(&v->dev4))
		device_abandon(&v->dev4);
	return ret;
}

static void dp_vxlan_abandon(struct dataplane *dp)
{
	struct dp_vxlan *v = to_dp(dp);

	device_abandon(&v->dev4);
	device_abandon(&v->dev6);
}

static int dp_vxlan_change_mac(struct dataplane *dp, struct flc_error *err)
{
	struct dp_vxlan *v = to_dp(dp);
	int ret = 0;

	if (used(&v->dev4))
		ret = device_change_mac(&v->dev4, err);
	if (!ret && used(&v->dev6))
		ret = device_change_mac(&v->dev6, err);
	return ret;
}

static void dp_vxlan_describe(const struct dataplane *dp,
			      struct lease_value *value)
{
	const struct dp_vxlan *v = to_dp((struct dataplane *)dp);
	struct vtep vtep = {
		.vni = dp->env->conf->vni, .has_vni = true, .has_mac = true,
	};

	if (used(&v->dev4)) {
		vtep.mac = v->dev4.mac;
		value->vtep4 = vtep;
	}
	if (used(&v->dev6)) {
		vtep.mac = v->dev6.mac;
		value->vtep6 = vtep;
	}
}

/* Entries of a peer */

static int compare(const void *a, const void *b)
{
	return flc_prefix_cmp(&((const struct installed *)a)->subnet,
			      &((const struct installed *)b)->subnet);
}

static struct installed *find(struct dp_vxlan *v,
			      const struct flc_prefix *subnet)
{
	struct installed key = { .subnet = *subnet };
	void *node = tfind(&key, &v->tree, compare);

	return node ? *(struct installed **)node : NULL;
}

static struct flc_neigh neighbour(const struct device *device,
				  const struct installed *in)
{
	return (struct flc_neigh){
		.family = in->subnet.addr.family,
		.ifindex = device->ifindex,
		.addr = in->subnet.addr,
		.has_mac = true,
		.mac = in->mac,
	};
}

static struct flc_neigh fdb_entry(const struct device *device,
				  const struct installed *in)
{
	return (struct flc_neigh){
		.family = AF_BRIDGE,
		.ifindex = device->ifindex,
		.addr = in->remote,
		.has_mac = true,
		.mac = in->mac,
		.flags = NTF_SELF,
	};
}

static int compare_macs(const void *a, const void *b)
{
	const struct fdb_mac *x = a, *y = b;
	int order = memcmp(&x->mac, &y->mac, sizeof(x->mac));

	return order ? order : x->family - y->family;
}

static struct fdb_mac *find_mac(struct dp_vxlan *v, const struct flc_mac *mac,
				int family)
{
	struct fdb_mac key = { .mac = *mac, .family = family };
	void *node = tfind(&key, &v->fdb, compare_macs);

	return node ? *(struct fdb_mac **)node : NULL;
}

/* The location of the pointer to it; it points to NULL if @mac is not at @addr. */
static struct fdb_remote **find_remote(struct fdb_mac *mac,
				       const struct flc_addr *addr)
{
	struct fdb_remote **at = &mac->remotes;

	while (*at && !flc_addr_equal(&(*at)->addr, addr))
		at = &(*at)->next;
	return at;
}

static void add_use(struct dp_vxlan *v, const struct installed *in)
{
	struct fdb_mac *mac = find_mac(v, &in->mac, in->remote.family);
	struct fdb_remote **at;

	if (!mac) {
		mac = xcalloc(1, sizeof(*mac));
		mac->mac = in->mac;
		mac->family = in->remote.family;
		tsearch(mac, &v->fdb, compare_macs);
	}
	at = find_remote(mac, &in->remote);
	if (!*at) {
		*at = xcalloc(1, sizeof(**at));
		(*at)->addr = in->remote;
	}
	(*at)->users++;
}

static void free_mac(void *node)
{
	struct fdb_mac *mac = node;
	struct fdb_remote *remote;

	while ((remote = mac->remotes)) {
		mac->remotes = remote->next;
		free(remote);
	}
	free(mac);
}

/*
 * Remove the subnet's FDB entry, unless another subnet of the peer needs it. A MAC
 * that another peer also has now leads to that peer.
 */
static void remove_fdb(struct dp_vxlan *v, const struct installed *in)
{
	struct fdb_mac *mac = find_mac(v, &in->mac, in->remote.family);
	struct flc_neigh fdb = fdb_entry(device_of(v, &in->remote), in);
	struct fdb_remote **at = find_remote(mac, &in->remote);
	struct fdb_remote *remote = *at;

	if (--remote->users)
		return;
	*at = remote->next;
	free(remote);
	if (mac->remotes) {
		fdb.addr = mac->remotes->addr;
		flc_neigh_set(v->dp.env->rtnl, &fdb, FLC_NEIGH_REPLACE, NULL);
		return;
	}
	flc_neigh_del(v->dp.env->rtnl, &fdb, NULL);
	tdelete(mac, &v->fdb, compare_macs);
	free(mac);
}

static void remove_installed(struct dp_vxlan *v, struct installed *in,
			     bool route_too)
{
	struct device *device = device_of(v, &in->remote);
	struct flc_neigh neigh = neighbour(device, in);
	const struct flc_route *route;

	/* A direct route to the same subnet belongs to sync.c. */
	route = routes_find(v->dp.env->routes, &in->subnet);
	if (route_too && route && route->onlink)
		routes_unwant(v->dp.env->routes, &in->subnet);
	flc_neigh_del(v->dp.env->rtnl, &neigh, NULL);
	remove_fdb(v, in);
	tdelete(in, &v->tree, compare);
	v->count--;
	free(in);
}

static const struct flc_addr *remote_of(const struct path *path)
{
	return flc_addr_is_set(&path->remote4) ? &path->remote4 :
						 &path->remote6;
}

/* Entries that a device also accepts while it is down. */
static int install_entries(struct dp_vxlan *v, const struct path *path,
			   struct flc_error *err)
{
	const struct flc_addr *remote = remote_of(path);
	struct flc_rtnl *rtnl = v->dp.env->rtnl;
	struct device *device = device_of(v, remote);
	struct installed *in = find(v, &path->subnet);
	struct flc_neigh neigh, fdb;
	int ret;

	/* A peer that came back with another MAC or address. */
	if (in && (!flc_mac_equal(&in->mac, &path->mac) ||
		   !flc_addr_equal(&in->remote, remote))) {
		remove_installed(v, in, false);
		in = NULL;
	}
	if (!in) {
		in = xcalloc(1, sizeof(*in));
		in->subnet = path->subnet;
		in->mac = path->mac;
		in->remote = *remote;
		tsearch(in, &v->tree, compare);
		add_use(v, in);
		v->count++;
	}
	in->round = v->round;

	neigh = neighbour(device, in);
	fdb = fdb_entry(device, in);
	ret = flc_neigh_set(rtnl, &neigh, FLC_NEIGH_REPLACE, err);
	if (!ret)
		ret = flc_neigh_set(rtnl, &fdb, FLC_NEIGH_REPLACE, err);
	return ret;
}

static int install_route(struct dp_vxlan *v, const struct path *path,
			 struct flc_error *err)
{
	struct flc_route route = {
		.dst = path->subnet, .via = path->subnet.addr,
		.oif = device_of(v, remote_of(path))->ifindex, .onlink = true,
	};

	if (flc_addr_is_set(&path->gateway))
		return 0;
	return routes_want(v->dp.env->routes, &route, ROUTES_PEER, err);
}

static int install(struct dp_vxlan *v, const struct path *path,
		   struct flc_error *err)
{
	int ret = install_entries(v, path, err);

	return ret ? ret : install_route(v, path, err);
}

static int dp_vxlan_set(struct dataplane *dp, const struct path *paths,
			size_t count, struct flc_error *err)
{
	struct dp_vxlan *v = to_dp(dp);
	struct flc_error why;
	size_t i;

	for (i = 0; i < count; i++) {
		why = (struct flc_error){ 0 };
		if (paths[i].tunnel && install(v, &paths[i], &why))
			dp->env->refused(dp->env->sync, &paths[i].subnet, &why);
	}
	return 0;
}

static int dp_vxlan_del(struct dataplane *dp, const struct flc_prefix *subnets,
			size_t count, struct flc_error *err)
{
	struct dp_vxlan *v = to_dp(dp);
	struct installed *in;
	size_t i;

	for (i = 0; i < count; i++) {
		in = find(v, &subnets[i]);
		if (in)
			remove_installed(v, in, true);
	}
	return 0;
}

/* The whole table */

struct stale_walk {
	struct dp_vxlan *v;
	struct installed **stale;
	size_t n;
};

static void collect_stale(const void *node, VISIT which, void *closure)
{
	struct installed *in = *(struct installed *const *)node;
	struct stale_walk *walk = closure;

	if ((which == postorder || which == leaf) &&
	    in->round != walk->v->round)
		walk->stale[walk->n++] = in;
}

static void remove_stale(struct dp_vxlan *v)
{
	struct stale_walk walk = { .v = v };

	walk.stale = xcalloc(v->count, sizeof(*walk.stale));
	twalk_r(v->tree, collect_stale, &walk);
	while (walk.n)
		remove_installed(v, walk.stale[--walk.n], true);
	free(walk.stale);
}

/* Whether we installed this entry of the kernel. */
static bool is_known(struct dp_vxlan *v, const struct flc_neigh *neigh)
{
	struct flc_prefix subnet = { .addr = neigh->addr };
	struct installed *in;
	struct fdb_mac *mac;

	if (neigh->family == AF_BRIDGE) {
		mac = find_mac(v, &neigh->mac, neigh->addr.family);
		return mac && *find_remote(mac, &neigh->addr);
	}
	for (subnet.len = flc_family_bits(neigh->family); subnet.len;
	     subnet.len--) {
		in = find(v, &subnet);
		if (in && flc_mac_equal(&in->mac, &neigh->mac))
			return true;
	}
	return false;
}

/* Permanent entries of a device that an earlier run or flanneld left. */
static void remove_strangers(struct dp_vxlan *v, const struct device *device,
			     int family)
{
	struct flc_neigh_list list = { 0 };
	size_t i;

	if (flc_neigh_dump(v->dp.env->rtnl, family, device->ifindex, &list,
			   NULL))
		return;
	for (i = 0; i < list.n; i++) {
		if (!(list.items[i].state & NUD_PERMANENT) ||
		    !list.items[i].has_mac || list.items[i].master)
			continue;
		if (!is_known(v, &list.items[i]))
			flc_neigh_del(v->dp.env->rtnl, &list.items[i], NULL);
	}
	flc_neigh_list_free(&list);
}

static int dp_vxlan_replace(struct dataplane *dp, const struct path *paths,
			    size_t count, struct flc_error *err)
{
	struct device *devices[2];
	struct dp_vxlan *v = to_dp(dp);
	size_t i;
	int ret;

	v->round++;
	ret = dp_vxlan_set(dp, paths, count, err);
	remove_stale(v);
	devices[0] = &v->dev4;
	devices[1] = &v->dev6;
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		if (!used(devices[i]))
			continue;
		remove_strangers(v, devices[i], AF_BRIDGE);
		remove_strangers(v, devices[i], AF_INET);
		remove_strangers(v, devices[i], AF_INET6);
	}
	return ret;
}

/* Devices */

/* @again: it lost its neighbours together with its address. */
static int give_address(const struct device *device, const struct flc_prefix *own,
			const struct flc_prefix *network, bool *again,
			struct flc_error *err)
{
	int ret;

	if (!flc_prefix_is_set(own))
		return 0;
	ret = device_address(device, &own->addr, network, err);
	if (ret < 0)
		return ret;
	if (ret)
		*again = true;
	return 0;
}

/* A family that the underlay gained since the start. */
static int get_later(struct device *device, bool *again, struct flc_error *err)
{
	static const struct flc_mac none;
	struct flc_mac last = device->mac;

	*again = true;
	return device_prepare(device,
			      flc_mac_equal(&last, &none) ? NULL : &last, err);
}

/* A family that it lost: peers are reached over the other one. */
static int let_go(struct dp_vxlan *v, struct device *device, struct flc_error *err)
{
	int ret;

	if (!device->ifindex)
		return 0;
	ret = flc_link_del(v->dp.env->rtnl, device->ifindex, err);
	if (ret && ret != -ENODEV)
		return ret;
	device->ifindex = 0;
	device->made = false;
	return 0;
}

static int bring_up(struct dp_vxlan *v, struct device *device, bool *again,
		    const struct flc_prefix *own,
		    const struct flc_prefix *network, struct flc_error *err)
{
	int ret;

	if (!used(device))
		return let_go(v, device, err);
	ret = device->ifindex ? device_ensure(device, again, err) :
				get_later(device, again, err);
	if (!ret)
		ret = give_address(device, own, network, again, err);
	if (!ret)
		ret = device_up(device, err);
	if (ret < 0)
		return ret;
	if (ret > 0)
		*again = true;
	v->active = true;
	return 0;
}

/* Refused paths are reported later. */
static void install_all(struct dp_vxlan *v, const struct path *paths,
			size_t count,
			int (*install_one)(struct dp_vxlan *v,
					   const struct path *path,
					   struct flc_error *err))
{
	size_t i;

	for (i = 0; i < count; i++)
		if (paths[i].tunnel)
			install_one(v, &paths[i], NULL);
}

/* Set up the devices, with the addresses of this node. */
static int bring_all_up(struct dp_vxlan *v, const struct subnets *own,
			bool *again, struct flc_error *err)
{
	const struct netconf *conf = v->dp.env->conf;
	int ret;

	/* With a single family, its device has both addresses. */
	ret = bring_up(v, &v->dev4, again, &own->v4, &conf->v4.network, err);
	if (!ret && used(&v->dev4) && !used(&v->dev6))
		ret = give_address(&v->dev4, &own->v6, &conf->v6.network,
				   again, err);
	if (!ret)
		ret = bring_up(v, &v->dev6, again, &own->v6,
			       &conf->v6.network, err);
	if (!ret && !used(&v->dev4))
		ret = give_address(&v->dev6, &own->v4, &conf->v4.network,
				   again, err);
	return ret;
}

static int dp_vxlan_activate(struct dataplane *dp, const struct subnets *own,
			     bool *remade, struct flc_error *err)
{
	const struct dataplane_env *env = dp->env;
	struct dp_vxlan *v = to_dp(dp);
	bool first = !v->active, again = false;
	struct path *paths = NULL;
	size_t count = 0;
	int ret;

	ret = describe_devices(v, err);
	if (ret)
		return ret;
	/*
	 * Traffic stalls as soon as the old device goes down: do everything
	 * possible before that.
	 */
	if (first) {
		paths = env->all_paths(env->sync, &count);
		install_all(v, paths, count, install_entries);
	}
	ret = bring_all_up(v, own, &again, err);
	/* A route needs its device up. */
	if (!ret && first)
		install_all(v, paths, count, install_route);
	if (!ret && again && !first)
		paths = env->all_paths(env->sync, &count);
	/* Always 0: refused paths are reported one by one. */
	if (!ret && (first || again))
		dp_vxlan_replace(dp, paths, count, NULL);
	free(paths);
	if (ret)
		return ret;
	device_finish(&v->dev4);
	device_finish(&v->dev6);
	*remade = again;
	return 0;
}

static unsigned int dp_vxlan_mtu(const struct dataplane *dp)
{
	const struct dp_vxlan *v = to_dp((struct dataplane *)dp);

	return used(&v->dev6) ? v->dev6.mtu : v->dev4.mtu;
}

static bool dp_vxlan_has_link(const struct dataplane *dp, int ifindex)
{
	const struct dp_vxlan *v = to_dp((struct dataplane *)dp);

	return (used(&v->dev4) && v->dev4.ifindex == ifindex) ||
	       (used(&v->dev6) && v->dev6.ifindex == ifindex);
}

static int release_one(struct dp_vxlan *v, const char *base,
		       struct flc_error *err)
{
	char name[IF_NAMESIZE];
	struct flc_link link;
	int ret;

	snprintf(name, sizeof(name), "%s.%u", base, v->dp.env->conf->vni);
	ret = flc_link_find(v->dp.env->rtnl, name, &link, err);
	if (ret)
		return ret == -ENODEV ? 0 : ret;
	if (strcmp(link.kind, "vxlan"))
		return 0;
	return flc_link_del(v->dp.env->rtnl, link.ifindex, err);
}

static int dp_vxlan_release(struct dataplane *dp, struct flc_error *err)
{
	struct dp_vxlan *v = to_dp(dp);
	int ret = release_one(v, "flannel", err);

	return ret ? ret : release_one(v, "flannel-v6", err);
}

static void dp_vxlan_free(struct dataplane *dp)
{
	struct dp_vxlan *v = to_dp(dp);

	tdestroy(v->tree, free);
	tdestroy(v->fdb, free_mac);
	free(v);
}

static const struct dataplane_ops dp_vxlan_ops = {
	.kind = "vxlan",
	.free = dp_vxlan_free,
	.prepare = dp_vxlan_prepare,
	.abandon = dp_vxlan_abandon,
	.change_mac = dp_vxlan_change_mac,
	.describe = dp_vxlan_describe,
	.activate = dp_vxlan_activate,
	.mtu = dp_vxlan_mtu,
	.replace = dp_vxlan_replace,
	.set = dp_vxlan_set,
	.del = dp_vxlan_del,
	.has_link = dp_vxlan_has_link,
	.release = dp_vxlan_release,
};

struct dataplane *dp_vxlan_new(const struct dataplane_env *env,
			       struct flc_error *err)
{
	struct dp_vxlan *v = xcalloc(1, sizeof(*v));

	v->dp.ops = &dp_vxlan_ops;
	v->dp.env = env;
	snprintf(v->flannel_name, sizeof(v->flannel_name), "flannel.%u",
		 env->conf->vni);
	return &v->dp;
}
