/* SPDX-License-Identifier: GPL-2.0 */
/* Events of the family "flannel": misses, and changes of the tables. */
#ifndef LIBFLANNEL_EVENT_H
#define LIBFLANNEL_EVENT_H

#include <net/if.h>

#include "lib/error.h"
#include "lib/fdb.h"
#include "lib/lease.h"
#include "lib/miss.h"

struct flc_events;

/* What to listen to; may be or-ed. */
#define FLC_EVENTS_MISS		(1U << 0)
#define FLC_EVENTS_CHANGE	(1U << 1)

enum flc_event_type {
	FLC_EVENT_MISS,		/* something is missing */
	FLC_EVENT_LEASE_SET,	/* a lease was installed or replaced */
	FLC_EVENT_LEASE_DEL,	/* a lease was withdrawn */
	FLC_EVENT_FDB_SET,	/* an FDB entry was installed or replaced */
	FLC_EVENT_FDB_DEL,	/* an FDB entry was removed */
	FLC_EVENT_LOST,		/* events were lost: dump and compare */
};

/**
 * struct flc_event - an event
 * @type: which
 * @ifindex: device, 0 if events were lost
 * @name: name of the device
 * @miss: of FLC_EVENT_MISS
 * @lease: of FLC_EVENT_LEASE_*
 * @fdb: of FLC_EVENT_FDB_*
 */
struct flc_event {
	enum flc_event_type type;
	int ifindex;
	char name[IF_NAMESIZE];
	union {
		struct flc_miss miss;
		struct flc_lease lease;
		struct flc_fdb fdb;
	};
};

/* Called for each event, in order. Must not close the connection. */
typedef void flc_event_fn(const struct flc_event *event, void *ctx);

/**
 * flc_events_open - listen to events
 * @what: FLC_EVENTS_*
 * @rcvbuf: bytes of receive buffer, 0 for a large default; exceeding the
 *	administrator's limit needs CAP_NET_ADMIN
 * @err: error; EPERM without CAP_NET_ADMIN
 *
 * Return: connection, or NULL.
 */
struct flc_events *flc_events_open(unsigned int what, size_t rcvbuf,
				   struct flc_error *err);

/**
 * flc_events_close - stop listening
 * @events: connection, may be NULL
 */
void flc_events_close(struct flc_events *events);

/* The file descriptor, non-blocking: readable when there is an event. */
int flc_events_fd(const struct flc_events *events);

/**
 * flc_events_process - report received events
 * @events: connection
 * @fn: called for each event
 * @ctx: passed to @fn
 * @err: error
 *
 * Never blocks. Returns after a limited number of messages even if more are
 * available: the file descriptor is still readable then. After an overflow
 * @fn gets FLC_EVENT_LOST, which is not an error.
 *
 * Return: number of events, or a negative errno.
 */
int flc_events_process(struct flc_events *events, flc_event_fn *fn, void *ctx,
		       struct flc_error *err);

#endif
