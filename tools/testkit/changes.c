// SPDX-License-Identifier: GPL-2.0
/* The group "change", printed line by line. */
#include <poll.h>
#include <stdio.h>

#include "kit.h"
#include "lib/event.h"

static void on_change(const struct fl_event *event, void *ctx)
{
	char what[FL_PREFIX_STRLEN], remote[FL_ADDR_STRLEN];
	unsigned long *n = ctx;

	(*n)++;
	switch (event->type) {
	case FL_EVENT_LEASE_SET:
	case FL_EVENT_LEASE_DEL:
		printf("%s %s remote %s dev %s\n",
		       event->type == FL_EVENT_LEASE_SET ? "lease-set" :
							   "lease-del",
		       fl_prefix_text(&event->lease.subnet, what),
		       fl_addr_text(&event->lease.remote4, remote),
		       event->name);
		break;
	case FL_EVENT_FDB_SET:
	case FL_EVENT_FDB_DEL:
		printf("%s %s remote %s dev %s\n",
		       event->type == FL_EVENT_FDB_SET ? "fdb-set" : "fdb-del",
		       fl_mac_text(&event->fdb.mac, what),
		       fl_addr_text(&event->fdb.remote, remote), event->name);
		break;
	case FL_EVENT_LOST:
		puts("lost");
		break;
	case FL_EVENT_MISS:
		break;
	}
	fflush(stdout);
}

int cmd_changes(struct args *args)
{
	unsigned long span = arg_number(args, "for", 60000);
	unsigned long most = arg_number(args, "count", 0), n = 0;
	struct fl_error err = {};
	struct fl_events *events;
	uint64_t begin = kit_ms();
	struct pollfd fd;

	args_end(args);
	events = fl_events_open(FL_EVENTS_CHANGE, 0, &err);
	if (!events)
		die("%s", err.text);
	puts("listening");
	fflush(stdout);
	fd = (struct pollfd){ .fd = fl_events_fd(events), .events = POLLIN };
	while (kit_ms() - begin < span && (!most || n < most)) {
		poll(&fd, 1, 20);
		if (fl_events_process(events, on_change, &n, &err) < 0)
			die("%s", err.text);
	}
	fl_events_close(events);
	return 0;
}
