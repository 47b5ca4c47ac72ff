// SPDX-License-Identifier: GPL-2.0
/* The group "change", printed line by line. */
#include <poll.h>
#include <stdio.h>

#include "kit.h"
#include "lib/event.h"

static void on_change(const struct flc_event *event, void *ctx)
{
	char what[FLC_PREFIX_STRLEN], remote[FLC_ADDR_STRLEN];
	unsigned long *n = ctx;

	(*n)++;
	switch (event->type) {
	case FLC_EVENT_LEASE_SET:
	case FLC_EVENT_LEASE_DEL:
		printf("%s %s remote %s dev %s\n",
		       event->type == FLC_EVENT_LEASE_SET ? "lease-set" :
							   "lease-del",
		       flc_prefix_text(&event->lease.subnet, what),
		       flc_addr_text(&event->lease.remote4, remote),
		       event->name);
		break;
	case FLC_EVENT_FDB_SET:
	case FLC_EVENT_FDB_DEL:
		printf("%s %s remote %s dev %s\n",
		       event->type == FLC_EVENT_FDB_SET ? "fdb-set" : "fdb-del",
		       flc_mac_text(&event->fdb.mac, what),
		       flc_addr_text(&event->fdb.remote, remote), event->name);
		break;
	case FLC_EVENT_LOST:
		puts("lost");
		break;
	case FLC_EVENT_MISS:
		break;
	}
	fflush(stdout);
}

int cmd_changes(struct args *args)
{
	unsigned long span = arg_number(args, "for", 60000);
	unsigned long most = arg_number(args, "count", 0), n = 0;
	struct flc_error err = {};
	struct flc_events *events;
	uint64_t begin = kit_ms();
	struct pollfd fd;

	args_end(args);
	events = flc_events_open(FLC_EVENTS_CHANGE, 0, &err);
	if (!events)
		die("%s", err.text);
	puts("listening");
	fflush(stdout);
	fd = (struct pollfd){ .fd = flc_events_fd(events), .events = POLLIN };
	while (kit_ms() - begin < span && (!most || n < most)) {
		poll(&fd, 1, 20);
		if (flc_events_process(events, on_change, &n, &err) < 0)
			die("%s", err.text);
	}
	flc_events_close(events);
	return 0;
}
