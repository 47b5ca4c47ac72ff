/* SPDX-License-Identifier: GPL-2.0 */
/* Events of the family "flannel": misses, and changes of the tables. */
#ifndef LIBFLANNEL_EVENT_H
#define LIBFLANNEL_EVENT_H

#include <net/if.h>

#include "lib/error.h"
#include "lib/fdb.h"
#include "lib/lease.h"
#include "lib/miss.h"

struct fl_events;

/* What to listen to; may be or-ed. */
#define FL_EVENTS_MISS		(1U << 0)
#define FL_EVENTS_CHANGE	(1U << 1)

enum fl_event_type {
	FL_EVENT_MISS,		/* something is missing */
	FL_EVENT_LEASE_SET,	/* a lease was installed or replaced */
	FL_EVENT_LEASE_DEL,	/* a lease was withdrawn */
	FL_EVENT_FDB_SET,	/* an FDB entry was installed or replaced */
	FL_EVENT_FDB_DEL,	/* an FDB entry was removed */
	FL_EVENT_LOST,		/* events were lost: dump and compare */
};

/**
 * struct fl_event - an event
 * @type: which
 * @ifindex: device, 0 if events were lost
 * @name: name of the device
 * @miss: of FL_EVENT_MISS
 * @lease: of FL_EVENT_LEASE_*
 * @fdb: of FL_EVENT_FDB_*
 */
struct fl_event {
	enum fl_event_type type;
	int ifindex;
	char name[IF_NAMESIZE];
	union {
		struct fl_miss miss;
		struct fl_lease lease;
		struct fl_fdb fdb;
	};
};

/* Called for each event, in order. Must not close the connection. */
typedef void fl_event_fn(const struct fl_event *event, void *ctx);

/**
 * fl_events_open - listen to events
 * @what: FL_EVENTS_*
 * @rcvbuf: bytes of receive buffer, 0 for a large default; more than the
 *	administrator's limit is granted to who has CAP_NET_ADMIN
 * @err: error; EPERM without CAP_NET_ADMIN
 *
 * Return: connection, or NULL.
 */
struct fl_events *fl_events_open(unsigned int what, size_t rcvbuf,
				 struct fl_error *err);

/**
 * fl_events_close - listen no more
 * @events: connection, may be NULL
 */
void fl_events_close(struct fl_events *events);

/* The file descriptor, non-blocking: readable when there is an event. */
int fl_events_fd(const struct fl_events *events);

/**
 * fl_events_process - hand out what has come
 * @events: connection
 * @fn: called for each event
 * @ctx: handed to @fn
 * @err: error
 *
 * Never blocks. Returns after a bounded number of messages even if more are
 * there: the file descriptor is still readable then. When the buffer overflowed
 * @fn gets FL_EVENT_LOST, which is no error.
 *
 * Return: number of events, or a negative errno.
 */
int fl_events_process(struct fl_events *events, fl_event_fn *fn, void *ctx,
		      struct fl_error *err);

#endif
