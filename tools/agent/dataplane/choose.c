// SPDX-License-Identifier: GPL-2.0
/* Select the data plane by network config, flags and kernel. */
#include "dataplane/choose.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "dataplane/dp_flannel.h"
#include "dataplane/dp_plain.h"
#include "dataplane/dp_vxlan.h"

struct dataplane *dataplane_choose(const struct dataplane_env *env,
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
	log_warning("the kernel has no link type \"flannel\" (%s): using vxlan instead, with three entries per peer and without misses; load the module flannel.ko and restart",
		    why.text);
	return dp_vxlan_new(env, err);
}
