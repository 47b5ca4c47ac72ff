/* SPDX-License-Identifier: GPL-2.0 */
/* Events of rtnetlink: links, addresses, routes and neighbours that change. */
#ifndef LIBFLANNEL_RTNL_EVENT_H
#define LIBFLANNEL_RTNL_EVENT_H

#include "lib/error.h"
#include "lib/ipaddr.h"
#include "lib/link.h"
#include "lib/neigh.h"
#include "lib/route.h"

struct flc_rtnl_events;

/* What to listen to; may be or-ed. */
#define FLC_RTNL_LINK	(1U << 0)
#define FLC_RTNL_IPADDR	(1U << 1)
#define FLC_RTNL_ROUTE	(1U << 2)
#define FLC_RTNL_NEIGH	(1U << 3)	/* neighbours and FDB entries */

enum flc_rtnl_event_type {
	FLC_RTNL_EVENT_LINK,
	FLC_RTNL_EVENT_IPADDR,
	FLC_RTNL_EVENT_ROUTE,
	FLC_RTNL_EVENT_NEIGH,
	FLC_RTNL_EVENT_LOST,	/* events were lost: dump and compare */
};

/**
 * struct flc_rtnl_event - an event
 * @type: which
 * @gone: it was removed; otherwise it is new or has changed
 * @link: of FLC_RTNL_EVENT_LINK
 * @ipaddr: of FLC_RTNL_EVENT_IPADDR
 * @route: of FLC_RTNL_EVENT_ROUTE
 * @neigh: of FLC_RTNL_EVENT_NEIGH
 */
struct flc_rtnl_event {
	enum flc_rtnl_event_type type;
	bool gone;
	union {
		struct flc_link link;
		struct flc_ipaddr ipaddr;
		struct flc_route route;
		struct flc_neigh neigh;
	};
};

/* Called for each event, in order. Must not close the connection. */
typedef void flc_rtnl_event_fn(const struct flc_rtnl_event *event, void *ctx);

/**
 * flc_rtnl_events_open - listen to events
 * @what: FLC_RTNL_*
 * @rcvbuf: bytes of receive buffer, 0 for a large default
 * @err: error
 *
 * Return: connection, or NULL.
 */
struct flc_rtnl_events *flc_rtnl_events_open(unsigned int what, size_t rcvbuf,
					     struct flc_error *err);

/**
 * flc_rtnl_events_close - stop listening
 * @events: connection, may be NULL
 */
void flc_rtnl_events_close(struct flc_rtnl_events *events);

/* The file descriptor, non-blocking: readable when there is an event. */
int flc_rtnl_events_fd(const struct flc_rtnl_events *events);

/**
 * flc_rtnl_events_process - report received events
 * @events: connection
 * @fn: called for each event
 * @ctx: passed to @fn
 * @err: error
 *
 * Never blocks. Returns after a limited number of messages even if more are
 * available: the file descriptor is still readable then. After an overflow
 * @fn gets FLC_RTNL_EVENT_LOST, which is not an error.
 *
 * Return: number of events, or a negative errno.
 */
int flc_rtnl_events_process(struct flc_rtnl_events *events,
			    flc_rtnl_event_fn *fn, void *ctx,
			    struct flc_error *err);

#endif
