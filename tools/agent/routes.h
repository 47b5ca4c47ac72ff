/* SPDX-License-Identifier: GPL-2.0 */
/* The routes that the agent wants: installed, and put back when lost. */
#ifndef AGENT_ROUTES_H
#define AGENT_ROUTES_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/route.h"
#include "lib/rtnl.h"

/*
 * "proto 70" in `ip route`: marks our routes, so that those of an earlier run
 * that nobody wants any more are found.
 */
#define ROUTES_PROTOCOL 70

struct routes;

struct routes *routes_new(struct fl_rtnl *rtnl);

/* Forget the routes; they stay in the kernel. */
void routes_free(struct routes *routes);

/**
 * routes_want - install a route, or change the one to the same destination
 * @route: route; the protocol is filled in
 *
 * It is wanted even if it cannot be installed now: see routes_check().
 *
 * Return: 0 or a negative errno.
 */
int routes_want(struct routes *routes, const struct fl_route *route,
		struct fl_error *err);

/* Remove the route to @dst, if it is a wanted one. */
void routes_unwant(struct routes *routes, const struct fl_prefix *dst);

/* The wanted route to @dst, or NULL. */
const struct fl_route *routes_find(const struct routes *routes,
				   const struct fl_prefix *dst);

/**
 * routes_check - put back what is missing
 * @purge: remove also what bears our protocol and is not wanted
 *
 * Return: number of routes that were missing, or a negative errno.
 */
int routes_check(struct routes *routes, bool purge, struct fl_error *err);

/* Whether the loss of this route is our concern. */
bool routes_concerned(const struct routes *routes, const struct fl_route *route);

/* Remove all routes with our protocol in the main table. */
int routes_remove_all(struct fl_rtnl *rtnl, struct fl_error *err);

size_t routes_count(const struct routes *routes);

#endif
