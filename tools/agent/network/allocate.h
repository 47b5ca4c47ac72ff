/* SPDX-License-Identifier: GPL-2.0 */
/* Choice of a subnet for a node without a lease. */
#ifndef AGENT_ALLOCATE_H
#define AGENT_ALLOCATE_H

#include "network/netconf.h"
#include "network/peers.h"

/*
 * allocate_subnets - choose free subnets from the ranges of the config
 * @out: filled on success only
 * @error: if there is none, why; 160 bytes
 *
 * One of the first hundred free ones by chance, so that nodes which start
 * together seldom want the same. A subnet that overlaps one in @peers, with or
 * without a time to live, is not free.
 */
bool allocate_subnets(struct subnets *out, const struct netconf *conf,
		      const struct peers *peers, char *error);

/* Whether @subnets could have been leased under @conf. */
bool allocate_fits(const struct subnets *subnets, const struct netconf *conf);

#endif
