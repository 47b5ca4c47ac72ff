/* SPDX-License-Identifier: GPL-2.0 */
/* The data plane with a device of the flannel link type. */
#ifndef AGENT_DP_FLANNEL_H
#define AGENT_DP_FLANNEL_H

#include "dataplane/dataplane.h"

/* @env outlives it. Return: the data plane, or NULL. */
struct dataplane *dp_flannel_new(const struct dataplane_env *env,
				 struct flc_error *err);

#endif
