/* SPDX-License-Identifier: GPL-2.0 */
/* The data plane without a device. */
#ifndef AGENT_DP_PLAIN_H
#define AGENT_DP_PLAIN_H

#include "dataplane/dataplane.h"

/* @env outlives it. Return: the data plane, or NULL. */
struct dataplane *dp_plain_new(const struct dataplane_env *env,
			       struct flc_error *err);

#endif
