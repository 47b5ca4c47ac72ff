/* SPDX-License-Identifier: GPL-2.0 */
/* Select the data plane by network config, flags and kernel. */
#ifndef AGENT_CHOOSE_H
#define AGENT_CHOOSE_H

#include "dataplane/dataplane.h"

/**
 * dataplane_choose - the form that the network config asks for
 * @env: outlives it
 * @err: why there is none
 *
 * Where the kernel has no flannel link type, its vxlan is used instead, with a
 * warning.
 *
 * Return: the data plane, or NULL.
 */
struct dataplane *dataplane_choose(const struct dataplane_env *env,
				   struct flc_error *err);

#endif
