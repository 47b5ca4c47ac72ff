/* SPDX-License-Identifier: GPL-2.0 */
/* The routes that the agent maintains: installs, and restores when lost. */
#ifndef AGENT_ROUTES_H
#define AGENT_ROUTES_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/route.h"
#include "lib/rtnl.h"

/*
 * "proto 70" in `ip route`: marks our routes, so that obsolete routes of an earlier
 * run are found.
 */
#define ROUTES_PROTOCOL 70

struct routes;

struct routes *routes_new(struct flc_rtnl *rtnl);

/* Forget the routes; they stay in the kernel. */
void routes_free(struct routes *routes);

/* Who needs a route. */
enum routes_kind {
	ROUTES_NODE,		/* without it this node is not set up */
	ROUTES_PEER,		/* the others do without it */
};

/*
 * routes_want - install a route, or change the one to the same destination
 * @route: route; the protocol is filled in
 * @kind: whether the node depends on it
 * @err: why it could not be installed
 *
 * It is wanted even if it cannot be installed now: see routes_check(). A route
 * of another protocol that is there stays; if it leads the same way that is
 * enough, if not it is an error.
 *
 * Return: 0 or a negative errno.
 */
int routes_want(struct routes *routes, const struct flc_route *route,
		enum routes_kind kind, struct flc_error *err);

/* Remove the route to @dst, if it is a wanted one. */
void routes_unwant(struct routes *routes, const struct flc_prefix *dst);

/*
 * routes_forget - want no route any more that leads to some device
 * @goes: whether that is the device of this index
 * @ctx: for @goes
 *
 * They stay in the kernel, for as long as the device does and is up.
 */
void routes_forget(struct routes *routes, bool (*goes)(void *ctx, int ifindex),
		   void *ctx);

/* The wanted route to @dst, or NULL. */
const struct flc_route *routes_find(const struct routes *routes,
				    const struct flc_prefix *dst);

/*
 * routes_check - put back what is missing
 * @purge: remove also what bears our protocol and is not wanted
 * @err: what is wrong with a route of the node's own
 *
 * One of a peer that cannot be installed is tried again later, at longer and
 * longer intervals, and is no error.
 *
 * Return: number of routes that were missing, or a negative errno.
 */
int routes_check(struct routes *routes, bool purge, struct flc_error *err);

/* Whether the loss of this route concerns us. */
bool routes_concerned(const struct routes *routes, const struct flc_route *route);

/* A route to @dst, ours or not, is gone: retry ours immediately. */
void routes_lost(struct routes *routes, const struct flc_prefix *dst);

/* Remove all routes with our protocol in the main table. */
int routes_remove_all(struct flc_rtnl *rtnl, struct flc_error *err);

/**
 * routes_give_away - make all of ours flanneld's
 * @rtnl: connection
 * @keep: whether flanneld has a route there, too; the others are removed
 * @ctx: for @keep
 * @err: why it could not be done
 *
 * Return: 0 or a negative errno.
 */
int routes_give_away(struct flc_rtnl *rtnl,
		     bool (*keep)(void *ctx, const struct flc_prefix *dst),
		     void *ctx, struct flc_error *err);

size_t routes_count(const struct routes *routes);

/* Wanted routes that could not be installed. */
size_t routes_failing(const struct routes *routes);

#endif
