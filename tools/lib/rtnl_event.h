/* SPDX-License-Identifier: GPL-2.0 */
/* Events of rtnetlink: links, addresses, routes and neighbours that change. */
#ifndef LIBFLANNEL_RTNL_EVENT_H
#define LIBFLANNEL_RTNL_EVENT_H

#include "lib/error.h"
#include "lib/ipaddr.h"
#include "lib/link.h"
#include "lib/neigh.h"
#include "lib/route.h"

struct fl_rtnl_events;

/* What to listen to; may be or-ed. */
#define FL_RTNL_LINK	(1U << 0)
#define FL_RTNL_IPADDR	(1U << 1)
#define FL_RTNL_ROUTE	(1U << 2)
#define FL_RTNL_NEIGH	(1U << 3)	/* neighbours and FDB entries */

enum fl_rtnl_event_type {
	FL_RTNL_EVENT_LINK,
	FL_RTNL_EVENT_IPADDR,
	FL_RTNL_EVENT_ROUTE,
	FL_RTNL_EVENT_NEIGH,
	FL_RTNL_EVENT_LOST,	/* events were lost: dump and compare */
};

/**
 * struct fl_rtnl_event - an event
 * @type: which
 * @gone: it is no more; otherwise it is new or has changed
 * @link: of FL_RTNL_EVENT_LINK
 * @ipaddr: of FL_RTNL_EVENT_IPADDR
 * @route: of FL_RTNL_EVENT_ROUTE
 * @neigh: of FL_RTNL_EVENT_NEIGH
 */
struct fl_rtnl_event {
	enum fl_rtnl_event_type type;
	bool gone;
	union {
		struct fl_link link;
		struct fl_ipaddr ipaddr;
		struct fl_route route;
		struct fl_neigh neigh;
	};
};

/* Called for each event, in order. Must not close the connection. */
typedef void fl_rtnl_event_fn(const struct fl_rtnl_event *event, void *ctx);

/**
 * fl_rtnl_events_open - listen to events
 * @what: FL_RTNL_*
 * @rcvbuf: bytes of receive buffer, 0 for a large default
 * @err: error
 *
 * Return: connection, or NULL.
 */
struct fl_rtnl_events *fl_rtnl_events_open(unsigned int what, size_t rcvbuf,
					   struct fl_error *err);

/**
 * fl_rtnl_events_close - listen no more
 * @events: connection, may be NULL
 */
void fl_rtnl_events_close(struct fl_rtnl_events *events);

/* The file descriptor, non-blocking: readable when there is an event. */
int fl_rtnl_events_fd(const struct fl_rtnl_events *events);

/**
 * fl_rtnl_events_process - hand out what has come
 * @events: connection
 * @fn: called for each event
 * @ctx: handed to @fn
 * @err: error
 *
 * Never blocks. Returns after a bounded number of messages even if more are
 * there: the file descriptor is still readable then. When the buffer overflowed
 * @fn gets FL_RTNL_EVENT_LOST, which is no error.
 *
 * Return: number of events, or a negative errno.
 */
int fl_rtnl_events_process(struct fl_rtnl_events *events, fl_rtnl_event_fn *fn,
			   void *ctx, struct fl_error *err);

#endif
