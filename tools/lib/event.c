// SPDX-License-Identifier: GPL-2.0
/* Events of the family "flannel": misses, and changes of the tables. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/entry.h"
#include "lib/event.h"
#include "lib/event_priv.h"
#include "lib/genl_priv.h"
#include "lib/listen.h"

struct fl_events {
	struct fl_listen listen;
	uint16_t family;
};

static int fl_event_entry(const struct fl_genl_msg *msg,
			  const struct nlattr *nest, void *ctx,
			  struct fl_error *err)
{
	struct fl_event_sink *sink = ctx;
	struct fl_event event = { .ifindex = msg->ifindex };
	int ret;

	switch (msg->cmd) {
	case FLANNEL_CMD_MISS_NTF:
		event.type = FL_EVENT_MISS;
		event.miss.ifindex = msg->ifindex;
		ret = fl_miss_decode(nest, &event.miss, err);
		break;
	case FLANNEL_CMD_LEASE_SET_NTF:
	case FLANNEL_CMD_LEASE_DEL_NTF:
		event.type = msg->cmd == FLANNEL_CMD_LEASE_SET_NTF ?
			     FL_EVENT_LEASE_SET : FL_EVENT_LEASE_DEL;
		event.lease.ifindex = msg->ifindex;
		ret = fl_lease_decode(nest, &event.lease, err);
		break;
	default:
		event.type = msg->cmd == FLANNEL_CMD_FDB_SET_NTF ?
			     FL_EVENT_FDB_SET : FL_EVENT_FDB_DEL;
		event.fdb.ifindex = msg->ifindex;
		ret = fl_fdb_decode(nest, &event.fdb, err);
	}
	if (ret)
		return ret;
	memcpy(event.name, msg->name, sizeof(event.name));
	sink->fn(&event, sink->ctx);
	sink->n++;
	return 0;
}

static int fl_event_message(const struct nlmsghdr *nlh, void *ctx,
			    struct fl_error *err)
{
	struct fl_event_sink *sink = ctx;
	struct fl_genl_msg msg;
	uint16_t nest;
	int ret;

	if (nlh->nlmsg_type != sink->family)
		return 0;
	ret = fl_genl_decode(nlh, &msg, err);
	if (ret)
		return ret;
	switch (msg.cmd) {
	case FLANNEL_CMD_MISS_NTF:
		nest = FLANNEL_A_MISS;
		break;
	case FLANNEL_CMD_LEASE_SET_NTF:
	case FLANNEL_CMD_LEASE_DEL_NTF:
		nest = FLANNEL_A_LEASE;
		break;
	case FLANNEL_CMD_FDB_SET_NTF:
	case FLANNEL_CMD_FDB_DEL_NTF:
		nest = FLANNEL_A_FDB;
		break;
	default:
		return 0;	/* of a newer module */
	}
	sink->n = 0;
	ret = fl_genl_each(&msg, nest, fl_event_entry, sink, err);
	return ret ? ret : sink->n;
}

static void fl_event_lost(void *ctx)
{
	struct fl_event_sink *sink = ctx;
	struct fl_event event = { .type = FL_EVENT_LOST };

	sink->fn(&event, sink->ctx);
}

const struct fl_listen_ops fl_event_ops = {
	.message	= fl_event_message,
	.lost		= fl_event_lost,
};

static int fl_events_join(struct fl_events *events, unsigned int what,
			  const struct fl_genl_family *family,
			  struct fl_error *err)
{
	int ret = 0;

	if ((what & FL_EVENTS_MISS && !family->miss) ||
	    (what & FL_EVENTS_CHANGE && !family->change))
		return fl_genl_malformed(err, "list of multicast groups");
	if (what & FL_EVENTS_MISS)
		ret = fl_listen_join(&events->listen, family->miss,
				     FLANNEL_GENL_MCGRP_MISS, err);
	if (!ret && what & FL_EVENTS_CHANGE)
		ret = fl_listen_join(&events->listen, family->change,
				     FLANNEL_GENL_MCGRP_CHANGE, err);
	return ret;
}

struct fl_events *fl_events_open(unsigned int what, size_t rcvbuf,
				 struct fl_error *err)
{
	struct fl_genl *genl = fl_genl_open(err);
	struct fl_events *events;
	int ret;

	if (!genl)
		return NULL;
	events = calloc(1, sizeof(*events));
	if (!events) {
		fl_error_set(err, ENOMEM, "no memory for a connection");
		fl_genl_close(genl);
		return NULL;
	}
	events->family = fl_genl_family(genl)->id;
	ret = fl_listen_open(&events->listen, NETLINK_GENERIC, rcvbuf, err);
	if (!ret)
		ret = fl_events_join(events, what, fl_genl_family(genl), err);
	fl_genl_close(genl);
	if (ret) {
		fl_events_close(events);
		return NULL;
	}
	return events;
}

void fl_events_close(struct fl_events *events)
{
	if (!events)
		return;
	fl_listen_close(&events->listen);
	free(events);
}

int fl_events_fd(const struct fl_events *events)
{
	return mnl_socket_get_fd(events->listen.sock);
}

int fl_events_process(struct fl_events *events, fl_event_fn *fn, void *ctx,
		      struct fl_error *err)
{
	struct fl_event_sink sink = {
		.family	= events->family,
		.fn	= fn,
		.ctx	= ctx,
	};

	return fl_listen_process(&events->listen, &fl_event_ops, &sink, err);
}
