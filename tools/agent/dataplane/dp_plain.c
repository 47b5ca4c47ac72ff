// SPDX-License-Identifier: GPL-2.0
/*
 * The data plane without a device: host-gw, whose routes sync.c installs, and
 * alloc.
 */
#include "dataplane/dp_plain.h"

#include <errno.h>
#include <stdlib.h>

#include "base/util.h"
#include "dataplane/mtu.h"

struct dp_plain {
	struct dataplane dp;
	bool active;
};

static struct dp_plain *to_plain(struct dataplane *dp)
{
	return container_of(dp, struct dp_plain, dp);
}

static void dp_plain_free(struct dataplane *dp)
{
	free(to_plain(dp));
}

static int dp_plain_prepare(struct dataplane *dp,
			    const struct lease_value *last,
			    struct flc_error *err)
{
	const struct underlay *u = dp->env->underlay;

	if (dp->env->conf->backend == BACKEND_HOST_GW &&
	    (!flc_addr_equal(&u->local4, &u->public4) ||
	     !flc_addr_equal(&u->local6, &u->public6)))
		return flc_error_set(err, EINVAL,
				     "your PublicIP differs from interface IP, meaning that probably you're on a NAT, which is not supported by host-gw backend");
	return 0;
}

static void dp_plain_abandon(struct dataplane *dp)
{
}

static void dp_plain_describe(const struct dataplane *dp,
			      struct lease_value *value)
{
}

static int dp_plain_activate(struct dataplane *dp, const struct subnets *own,
			     bool *remade, struct flc_error *err)
{
	struct dp_plain *plain = to_plain(dp);
	size_t count;

	*remade = false;
	/* Read the routes of an earlier run before the rest is removed. */
	if (!plain->active)
		free(dp->env->all_paths(dp->env->sync, &count));
	plain->active = true;
	return 0;
}

static unsigned int dp_plain_mtu(const struct dataplane *dp)
{
	const struct dataplane_env *env = dp->env;

	unsigned int mtu = 0;

	mtu_of_device(env, 0, &mtu, NULL);
	return mtu;
}

static int dp_plain_paths(struct dataplane *dp, const struct path *paths,
			  size_t count, struct flc_error *err)
{
	return 0;
}

static int dp_plain_del(struct dataplane *dp, const struct flc_prefix *subnets,
			size_t count, struct flc_error *err)
{
	return 0;
}

static bool dp_plain_has_link(const struct dataplane *dp, int ifindex)
{
	return false;
}

static int dp_plain_release(struct dataplane *dp, struct flc_error *err)
{
	return 0;
}

static const struct dataplane_ops dp_plain_ops = {
	.kind = "none",
	.free = dp_plain_free,
	.prepare = dp_plain_prepare,
	.abandon = dp_plain_abandon,
	.describe = dp_plain_describe,
	.activate = dp_plain_activate,
	.mtu = dp_plain_mtu,
	.replace = dp_plain_paths,
	.set = dp_plain_paths,
	.del = dp_plain_del,
	.has_link = dp_plain_has_link,
	.release = dp_plain_release,
};

struct dataplane *dp_plain_new(const struct dataplane_env *env,
			       struct flc_error *err)
{
	struct dp_plain *plain = xcalloc(1, sizeof(*plain));

	plain->dp.ops = &dp_plain_ops;
	plain->dp.env = env;
	return &plain->dp;
}
