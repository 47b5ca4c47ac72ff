/* SPDX-License-Identifier: GPL-2.0 */
/* The MTU of the overlay. */
#ifndef AGENT_MTU_H
#define AGENT_MTU_H

#include "dataplane/dataplane.h"

/* Warn if the network config sets a larger MTU than possible. */
void mtu_tell(const struct dataplane_env *env);

/**
 * mtu_of_device - the MTU of a device of the overlay
 * @env: network config and underlay
 * @overhead: bytes that an outer packet has more than an inner one
 * @mtu: result, bytes
 * @err: that it would be none
 *
 * Return: 0 or a negative errno.
 */
int mtu_of_device(const struct dataplane_env *env, unsigned int overhead,
		  unsigned int *mtu, struct flc_error *err);

#endif
