/* SPDX-License-Identifier: GPL-2.0 */
/* Internal: rtnetlink requests, and reading its messages. */
#ifndef LIBFLANNEL_RTNL_PRIV_H
#define LIBFLANNEL_RTNL_PRIV_H

#include "lib/collect.h"
#include "lib/ipaddr.h"
#include "lib/link.h"
#include "lib/neigh.h"
#include "lib/nl.h"
#include "lib/route.h"
#include "lib/rtnl.h"

struct flc_rtnl {
	struct flc_nl nl;
};

/**
 * flc_rtnl_dump - dump a table
 * @rtnl: connection; the request has been begun and filled
 * @fn: called for each message, with @found as context
 * @found: the result; empty on failure
 * @interrupted: whether the table changed during the last attempt, too
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_rtnl_dump(struct flc_rtnl *rtnl, flc_nl_fn *fn,
		  struct flc_collect *found, bool *interrupted,
		  struct flc_error *err);

/*
 * Read a message into a zeroed structure. Return 1; 0 for a message that does
 * not concern us (another address family); -EBADMSG.
 */
int flc_link_decode(const struct nlmsghdr *nlh, struct flc_link *link,
		    struct flc_error *err);
int flc_ipaddr_decode(const struct nlmsghdr *nlh, struct flc_ipaddr *ipaddr,
		      struct flc_error *err);
int flc_route_decode(const struct nlmsghdr *nlh, struct flc_route *route,
		     struct flc_error *err);
int flc_neigh_decode(const struct nlmsghdr *nlh, struct flc_neigh *neigh,
		     struct flc_error *err);

/* Name the attribute of a request; see flc_nl_locate_fn. */
void flc_rtnl_locate(const struct nlmsghdr *sent, uint32_t offset,
		     uint16_t missing, char *buf, size_t size);

/* Set the error for a malformed message; returns -EBADMSG. */
int flc_rtnl_malformed(struct flc_error *err, const char *what);

/* Put "dev NAME" in front of an error. */
void flc_rtnl_prepend_dev(struct flc_error *err, int ifindex);

#endif
