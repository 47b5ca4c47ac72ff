/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses in the overlay's range that must not be routed to it: etcd, name
 * servers, gateways and the other nodes themselves.
 */
#ifndef AGENT_GUARD_H
#define AGENT_GUARD_H

#include "base/options.h"
#include "base/text.h"
#include "kernel/routes.h"
#include "kernel/underlay.h"
#include "lib/rtnl.h"
#include "network/netconf.h"
#include "network/peers.h"

struct guard;

/* All of it outlives the guard. */
struct guard_env {
	struct flc_rtnl *rtnl;
	struct routes *routes;
	const struct options *opt;
	const struct netconf *conf;
	const struct underlay *underlay;
	struct peers *peers;
};

struct guard *guard_new(const struct guard_env *env);

/* Its routes stay in the kernel. */
void guard_free(struct guard *guard);

/*
 * guard_refresh - see to all that has to be kept reachable
 * @err: why the addresses of this host cannot be read
 *
 * To be called before anything is routed to the overlay, and now and again. What
 * cannot be kept reachable is logged.
 *
 * Return: 0 or a negative errno.
 */
int guard_refresh(struct guard *guard, struct flc_error *err);

/*
 * guard_keep - a node's PublicIP has to be reached by the underlay
 *
 * Return: whether it is; false if it is in the overlay's range and no other
 * route leads to it.
 */
bool guard_keep(struct guard *guard, const struct flc_addr *addr);

/* An address of the registry has become known, of a name for instance. */
void guard_add_endpoint(struct guard *guard, const struct flc_addr *addr);

/*
 * A route or an address of this host has changed: the next guard_refresh() looks up
 * the paths again. Return: whether this is relevant.
 */
bool guard_disturbed(struct guard *guard, const struct flc_route *route);

/* Addresses of the underlay's interface, with their prefix length. */
const struct flc_prefix *guard_near(const struct guard *guard, size_t *count);

void guard_metrics(const struct guard *guard, struct text *text);

#endif
