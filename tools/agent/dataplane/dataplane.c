// SPDX-License-Identifier: GPL-2.0
/* Choice of the data plane; and the one that has no device at all. */
#include "dataplane/dataplane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

/* flanneld tells its pods so, and their large packets vanish. */
void dataplane_tell_mtu(const struct dataplane_env *env)
{
	if (env->conf->backend != BACKEND_ALLOC &&
	    env->conf->mtu > env->underlay->mtu)
		log_warning("Backend.MTU of the network config is %u, but that of interface %s is %u, which is the limit",
			    env->conf->mtu, env->underlay->name,
			    env->underlay->mtu);
}

struct dataplane *dataplane_new(const struct dataplane_env *env,
				struct flc_error *err)
{
	struct flc_error why = { 0 };
	struct dataplane *dp;

	if (env->conf->backend != BACKEND_VXLAN)
		return dp_plain_new(env, err);
	if (!strcmp(env->opt->device, "vxlan") || env->opt->hand_over)
		return dp_vxlan_new(env, err);
	dp = dp_flannel_new(env, &why);
	if (dp || why.code != ENOENT || !strcmp(env->opt->device, "flannel")) {
		if (!dp && err)
			*err = why;
		return dp;
	}
	log_warning("the kernel has no link type \"flannel\" (%s): its vxlan is used instead, with three entries a peer and no questions; load the module flannel.ko and restart",
		    why.text);
	return dp_vxlan_new(env, err);
}

/* The least that IPv4 has to be able to send. */
#define LEAST_MTU 68

int dataplane_mtu(const struct dataplane_env *env, unsigned int overhead,
		  unsigned int *mtu, struct flc_error *err)
{
	const struct underlay *u = env->underlay;
	unsigned int outer = u->mtu;

	/* The kernel takes no more than the interface has; see below. */
	if (env->conf->mtu && env->conf->mtu < outer)
		outer = env->conf->mtu;
	if (outer < overhead + LEAST_MTU)
		return flc_error_set(err, EINVAL,
				     "an MTU of %u on interface %s is too small for the overlay, which takes %u bytes of each packet: set it to 1280 or more",
				     outer, u->name, overhead);
	*mtu = outer - overhead;
	return 0;
}

/* host-gw, whose routes are made elsewhere, and alloc: no device. */

struct dp_plain {
	struct dataplane dp;
	bool active;
};

static struct dp_plain *to_plain(struct dataplane *dp)
{
	return container_of(dp, struct dp_plain, dp);
}

static void plain_free(struct dataplane *dp)
{
	free(to_plain(dp));
}

static int plain_prepare(struct dataplane *dp, const struct lease_value *last,
			 struct flc_error *err)
{
	const struct underlay *u = dp->env->underlay;

	(void)last;
	if (dp->env->conf->backend == BACKEND_HOST_GW &&
	    (!flc_addr_equal(&u->local4, &u->public4) ||
	     !flc_addr_equal(&u->local6, &u->public6)))
		return flc_error_set(err, EINVAL,
				     "your PublicIP differs from interface IP, meaning that probably you're on a NAT, which is not supported by host-gw backend");
	return 0;
}

static void plain_abandon(struct dataplane *dp)
{
	(void)dp;
}

static void plain_describe(const struct dataplane *dp,
			   struct lease_value *value)
{
	(void)dp;
	(void)value;
}

static int plain_activate(struct dataplane *dp, const struct subnets *own,
			  bool *remade, struct flc_error *err)
{
	struct dp_plain *plain = to_plain(dp);
	size_t count;

	(void)own;
	(void)err;
	*remade = false;
	/* The routes of an earlier run are wanted before the rest is removed. */
	if (!plain->active)
		free(dp->env->all_paths(dp->env->sync, &count));
	plain->active = true;
	return 0;
}

static unsigned int plain_mtu(const struct dataplane *dp)
{
	const struct dataplane_env *env = dp->env;

	unsigned int mtu = 0;

	dataplane_mtu(env, 0, &mtu, NULL);
	return mtu;
}

static int plain_paths(struct dataplane *dp, const struct path *paths,
		       size_t count, struct flc_error *err)
{
	(void)dp;
	(void)paths;
	(void)count;
	(void)err;
	return 0;
}

static int plain_del(struct dataplane *dp, const struct flc_prefix *subnets,
		     size_t count, struct flc_error *err)
{
	(void)dp;
	(void)subnets;
	(void)count;
	(void)err;
	return 0;
}

static bool plain_has_link(const struct dataplane *dp, int ifindex)
{
	(void)dp;
	(void)ifindex;
	return false;
}

static int plain_release(struct dataplane *dp, struct flc_error *err)
{
	(void)dp;
	(void)err;
	return 0;
}

static const struct dataplane_ops plain_ops = {
	.kind = "none",
	.free = plain_free,
	.prepare = plain_prepare,
	.abandon = plain_abandon,
	.describe = plain_describe,
	.activate = plain_activate,
	.mtu = plain_mtu,
	.replace = plain_paths,
	.set = plain_paths,
	.del = plain_del,
	.has_link = plain_has_link,
	.release = plain_release,
};

struct dataplane *dp_plain_new(const struct dataplane_env *env,
			       struct flc_error *err)
{
	struct dp_plain *plain = xcalloc(1, sizeof(*plain));

	(void)err;
	plain->dp.ops = &plain_ops;
	plain->dp.env = env;
	return &plain->dp;
}
