/* SPDX-License-Identifier: GPL-2.0 */
/* From a peer's lease to the path of one of its subnets. */
#ifndef AGENT_PATH_H
#define AGENT_PATH_H

#include "kernel/underlay.h"
#include "lib/addr.h"
#include "lib/lease.h"
#include "network/netconf.h"
#include "network/peers.h"

/* How to reach a subnet of a peer. */
struct path {
	struct flc_prefix subnet;
	bool tunnel;			/* through the overlay's device */
	struct flc_mac mac;		/* of the peer's VTEP */
	struct flc_addr remote4, remote6; /* outer addresses of the peer */
	struct flc_addr gateway;	/* direct route, or none */
};

/*
 * path_make - how to reach the subnet of a family of a peer
 * @family: AF_INET or AF_INET6
 * @backend: ours
 * @underlay: ours
 * @why: if there is none, the reason; never NULL then
 *
 * Return: whether there is one.
 */
bool path_make(struct path *out, const struct peer *peer, int family,
	       enum backend_type backend, const struct underlay *underlay,
	       const char **why);

/* The same as an entry of a flannel device's table. */
void path_lease(struct flc_lease *lease, const struct path *path);

#endif
