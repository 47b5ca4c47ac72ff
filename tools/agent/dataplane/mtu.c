// SPDX-License-Identifier: GPL-2.0
/* The MTU of the overlay. */
#include "dataplane/mtu.h"

#include <errno.h>

#include "base/log.h"

/* flanneld passes this on to its pods, and their large packets get lost. */
void mtu_tell(const struct dataplane_env *env)
{
	if (env->conf->backend != BACKEND_ALLOC &&
	    env->conf->mtu > env->underlay->mtu)
		log_warning("Backend.MTU of the network config is %u, but interface %s allows only %u; using that",
			    env->conf->mtu, env->underlay->name,
			    env->underlay->mtu);
}

/* The minimum MTU of IPv4. */
#define LEAST_MTU 68

int mtu_of_device(const struct dataplane_env *env, unsigned int overhead,
		  unsigned int *mtu, struct flc_error *err)
{
	const struct underlay *u = env->underlay;
	unsigned int outer = u->mtu;

	/* The kernel does not accept more than the interface has; see below. */
	if (env->conf->mtu && env->conf->mtu < outer)
		outer = env->conf->mtu;
	if (outer < overhead + LEAST_MTU)
		return flc_error_set(err, EINVAL,
				     "an MTU of %u on interface %s is too small for the overlay, which takes %u bytes of each packet: set it to 1280 or more",
				     outer, u->name, overhead);
	*mtu = outer - overhead;
	return 0;
}
