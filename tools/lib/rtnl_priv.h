/* SPDX-License-Identifier: GPL-2.0 */
/* Internal: rtnetlink requests, and its messages read. */
#ifndef LIBFLANNEL_RTNL_PRIV_H
#define LIBFLANNEL_RTNL_PRIV_H

#include "lib/collect.h"
#include "lib/ipaddr.h"
#include "lib/link.h"
#include "lib/neigh.h"
#include "lib/nl.h"
#include "lib/route.h"
#include "lib/rtnl.h"

struct fl_rtnl {
	struct fl_nl nl;
};

/**
 * fl_rtnl_dump - dump a table
 * @rtnl: connection; the request has been begun and filled
 * @fn: gets the messages, with @found as context
 * @found: what was found; empty on failure
 * @interrupted: whether the table changed meanwhile, to the last
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int fl_rtnl_dump(struct fl_rtnl *rtnl, fl_nl_fn *fn, struct fl_collect *found,
		 bool *interrupted, struct fl_error *err);

/*
 * Read a message into a structure that is all zero. Return 1; 0 for one that
 * is none of ours (of another family of addresses); -EBADMSG.
 */
int fl_link_decode(const struct nlmsghdr *nlh, struct fl_link *link,
		   struct fl_error *err);
int fl_ipaddr_decode(const struct nlmsghdr *nlh, struct fl_ipaddr *ipaddr,
		     struct fl_error *err);
int fl_route_decode(const struct nlmsghdr *nlh, struct fl_route *route,
		    struct fl_error *err);
int fl_neigh_decode(const struct nlmsghdr *nlh, struct fl_neigh *neigh,
		    struct fl_error *err);

/* Name the attribute of a request; see fl_nl_locate_fn. */
void fl_rtnl_locate(const struct nlmsghdr *sent, uint32_t offset,
		    uint16_t missing, char *buf, size_t size);

/* The error for what cannot be understood; returns -EBADMSG. */
int fl_rtnl_malformed(struct fl_error *err, const char *what);

/* "dev NAME" in front of an error. */
void fl_rtnl_prepend_dev(struct fl_error *err, int ifindex);

#endif
