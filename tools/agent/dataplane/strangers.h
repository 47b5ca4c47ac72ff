/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses and routes that others added to the overlay's devices, for instance a
 * DHCP client that takes them for network cards. They are logged once and left
 * alone.
 */
#ifndef AGENT_STRANGERS_H
#define AGENT_STRANGERS_H

#include "dataplane/dataplane.h"
#include "lib/ipaddr.h"
#include "lib/route.h"

struct strangers;

/* @dp: whose devices; outlives it. */
struct strangers *strangers_new(const struct dataplane *dp);
void strangers_free(struct strangers *strangers);

/* These are the addresses of the host now; @own are those of the devices. */
void strangers_see(struct strangers *strangers,
		   const struct flc_ipaddr_list *list, const struct subnets *own);

/* Check this route. */
void strangers_see_route(struct strangers *strangers,
			 const struct flc_route *route);

/* The same of what the kernel has; @routes_too: also of all routes. */
void strangers_look(struct strangers *strangers, const struct subnets *own,
		    bool routes_too);

#endif
