/* SPDX-License-Identifier: GPL-2.0 */
/* The data plane with vxlan devices of the kernel. */
#ifndef AGENT_DP_VXLAN_H
#define AGENT_DP_VXLAN_H

#include "dataplane/dataplane.h"

/* @env outlives it. Return: the data plane, or NULL. */
struct dataplane *dp_vxlan_new(const struct dataplane_env *env,
			       struct flc_error *err);

#endif
