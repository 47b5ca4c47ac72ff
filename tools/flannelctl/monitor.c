// SPDX-License-Identifier: GPL-2.0
/* flannelctl monitor: misses and changes as they happen. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "entry.h"
#include "lib/event.h"
#include "output.h"

static const char *const monitor_names[] = {
	[FLC_EVENT_MISS]	= "miss",
	[FLC_EVENT_LEASE_SET]	= "lease set",
	[FLC_EVENT_LEASE_DEL]	= "lease del",
	[FLC_EVENT_FDB_SET]	= "fdb set",
	[FLC_EVENT_FDB_DEL]	= "fdb del",
	[FLC_EVENT_LOST]	= "lost",
};

static void monitor_time(char *buf, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	used = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + used, size - used, ".%06ldZ", now.tv_nsec / 1000);
}

static void monitor_print(const struct flc_event *event)
{
	char now[40];

	if (output.timestamp) {
		monitor_time(now, sizeof(now));
		printf("[%s] ", now);
	}
	printf("%s ", monitor_names[event->type]);
	switch (event->type) {
	case FLC_EVENT_MISS:
		entry_miss_print(&event->miss, event->name);
		break;
	case FLC_EVENT_LEASE_SET:
	case FLC_EVENT_LEASE_DEL:
		entry_lease_print(&event->lease, event->name);
		break;
	case FLC_EVENT_FDB_SET:
	case FLC_EVENT_FDB_DEL:
		entry_fdb_print(&event->fdb, event->name);
		break;
	case FLC_EVENT_LOST:
		puts("events: they arrived faster than they could be shown");
		break;
	}
	fflush(stdout);
}

static void monitor_json(const struct flc_event *event)
{
	json_t *object = NULL;
	char now[40];

	switch (event->type) {
	case FLC_EVENT_MISS:
		object = entry_miss_json(&event->miss, event->name);
		break;
	case FLC_EVENT_LEASE_SET:
	case FLC_EVENT_LEASE_DEL:
		object = entry_lease_json(&event->lease, event->name);
		break;
	case FLC_EVENT_FDB_SET:
	case FLC_EVENT_FDB_DEL:
		object = entry_fdb_json(&event->fdb, event->name);
		break;
	case FLC_EVENT_LOST:
		object = json_object();
		break;
	}
	json_object_set_new(object, "event",
			    json_string(monitor_names[event->type]));
	if (output.timestamp) {
		monitor_time(now, sizeof(now));
		json_object_set_new(object, "time", json_string(now));
	}
	output_event(object);
}

/* The context is the ifindex of the requested device, or 0. */
static void monitor_event(const struct flc_event *event, void *ctx)
{
	const int *wanted = ctx;

	if (*wanted && event->ifindex && event->ifindex != *wanted)
		return;
	if (output.json)
		monitor_json(event);
	else
		monitor_print(event);
}

static int monitor_loop(struct flc_events *events, int ifindex,
			struct flc_error *err)
{
	struct pollfd poll_fds[] = {
		{ .fd = flc_events_fd(events), .events = POLLIN },
		/* The reader of our output may have exited. */
		{ .fd = STDOUT_FILENO },
	};
	int ret;

	while (!ferror(stdout)) {
		ret = poll(poll_fds, 2, -1);
		if (ret < 0 && errno != EINTR)
			return flc_error_set(err, errno, "cannot wait for events: %s",
					     strerror(errno));
		if (poll_fds[1].revents & (POLLERR | POLLHUP))
			break;
		ret = flc_events_process(events, monitor_event, &ifindex, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int command_monitor(struct args *args, struct flc_error *err)
{
	struct flc_events *events;
	unsigned int what = 0;
	int ifindex = 0, ret = 0;

	while (args->n && !ret) {
		if (args_take(args, "dev"))
			ret = args_dev(args, "dev", &ifindex, err);
		else if (args_take(args, "miss"))
			what |= FLC_EVENTS_MISS;
		else if (args_take(args, "change"))
			what |= FLC_EVENTS_CHANGE;
		else
			ret = args_unknown(args_peek(args),
					   "expected: dev NAME, miss or change",
					   err);
	}
	if (ret)
		return ret;
	events = flc_events_open(what ? what :
				 FLC_EVENTS_MISS | FLC_EVENTS_CHANGE, 0, err);
	if (!events)
		return -err->code;
	ret = monitor_loop(events, ifindex, err);
	flc_events_close(events);
	return ret;
}
