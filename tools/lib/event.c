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

struct flc_events {
	struct flc_listen listen;
	uint16_t family;
};

static int flc_event_entry(const struct flc_genl_msg *msg,
			   const struct nlattr *nest, void *ctx,
			   struct flc_error *err)
{
	struct flc_event_sink *sink = ctx;
	struct flc_event event = { .ifindex = msg->ifindex };
	int ret;

	switch (msg->cmd) {
	case FLANNEL_CMD_MISS_NTF:
		event.type = FLC_EVENT_MISS;
		event.miss.ifindex = msg->ifindex;
		ret = flc_miss_decode(nest, &event.miss, err);
		break;
	case FLANNEL_CMD_LEASE_SET_NTF:
	case FLANNEL_CMD_LEASE_DEL_NTF:
		event.type = msg->cmd == FLANNEL_CMD_LEASE_SET_NTF ?
			     FLC_EVENT_LEASE_SET : FLC_EVENT_LEASE_DEL;
		event.lease.ifindex = msg->ifindex;
		ret = flc_lease_decode(nest, &event.lease, err);
		break;
	default:
		event.type = msg->cmd == FLANNEL_CMD_FDB_SET_NTF ?
			     FLC_EVENT_FDB_SET : FLC_EVENT_FDB_DEL;
		event.fdb.ifindex = msg->ifindex;
		ret = flc_fdb_decode(nest, &event.fdb, err);
	}
	if (ret)
		return ret;
	memcpy(event.name, msg->name, sizeof(event.name));
	sink->fn(&event, sink->ctx);
	sink->n++;
	return 0;
}

static int flc_event_message(const struct nlmsghdr *nlh, void *ctx,
			     struct flc_error *err)
{
	struct flc_event_sink *sink = ctx;
	struct flc_genl_msg msg;
	uint16_t nest;
	int ret;

	if (nlh->nlmsg_type != sink->family)
		return 0;
	ret = flc_genl_decode(nlh, &msg, err);
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
		return 0;	/* from a newer module */
	}
	sink->n = 0;
	ret = flc_genl_each(&msg, nest, flc_event_entry, sink, err);
	return ret ? ret : sink->n;
}

static void flc_event_lost(void *ctx)
{
	struct flc_event_sink *sink = ctx;
	struct flc_event event = { .type = FLC_EVENT_LOST };

	sink->fn(&event, sink->ctx);
}

const struct flc_listen_ops flc_event_ops = {
	.message	= flc_event_message,
	.lost		= flc_event_lost,
};

static int flc_events_join(struct flc_events *events, unsigned int what,
			   const struct flc_genl_family *family,
			   struct flc_error *err)
{
	int ret = 0;

	if ((what & FLC_EVENTS_MISS && !family->miss) ||
	    (what & FLC_EVENTS_CHANGE && !family->change))
		return flc_genl_malformed(err, "list of multicast groups");
	if (what & FLC_EVENTS_MISS)
		ret = flc_listen_join(&events->listen, family->miss,
				      FLANNEL_GENL_MCGRP_MISS, err);
	if (!ret && what & FLC_EVENTS_CHANGE)
		ret = flc_listen_join(&events->listen, family->change,
				      FLANNEL_GENL_MCGRP_CHANGE, err);
	return ret;
}

struct flc_events *flc_events_open(unsigned int what, size_t rcvbuf,
				   struct flc_error *err)
{
	struct flc_genl *genl = flc_genl_open(err);
	struct flc_events *events;
	int ret;

	if (!genl)
		return NULL;
	events = calloc(1, sizeof(*events));
	if (!events) {
		flc_error_set(err, ENOMEM, "no memory for a connection");
		flc_genl_close(genl);
		return NULL;
	}
	events->family = flc_genl_family(genl)->id;
	ret = flc_listen_open(&events->listen, NETLINK_GENERIC, rcvbuf, err);
	if (!ret)
		ret = flc_events_join(events, what, flc_genl_family(genl), err);
	flc_genl_close(genl);
	if (ret) {
		flc_events_close(events);
		return NULL;
	}
	return events;
}

void flc_events_close(struct flc_events *events)
{
	if (!events)
		return;
	flc_listen_close(&events->listen);
	free(events);
}

int flc_events_fd(const struct flc_events *events)
{
	return mnl_socket_get_fd(events->listen.sock);
}

int flc_events_process(struct flc_events *events, flc_event_fn *fn, void *ctx,
		       struct flc_error *err)
{
	struct flc_event_sink sink = {
		.family	= events->family,
		.fn	= fn,
		.ctx	= ctx,
	};

	return flc_listen_process(&events->listen, &flc_event_ops, &sink, err);
}
