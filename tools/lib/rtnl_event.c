// SPDX-License-Identifier: GPL-2.0
/* Events of rtnetlink: links, addresses, routes and neighbours that change. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "lib/listen.h"
#include "lib/rtnl_event.h"
#include "lib/rtnl_priv.h"

struct flc_rtnl_events {
	struct flc_listen listen;
};

struct flc_rtnl_sink {
	flc_rtnl_event_fn *fn;
	void *ctx;
};

static int flc_rtnl_event_message(const struct nlmsghdr *nlh, void *ctx,
				  struct flc_error *err)
{
	struct flc_rtnl_sink *sink = ctx;
	struct flc_rtnl_event event = { 0 };
	int ret;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		event.type = FLC_RTNL_EVENT_LINK;
		event.gone = nlh->nlmsg_type == RTM_DELLINK;
		ret = flc_link_decode(nlh, &event.link, err);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		event.type = FLC_RTNL_EVENT_IPADDR;
		event.gone = nlh->nlmsg_type == RTM_DELADDR;
		ret = flc_ipaddr_decode(nlh, &event.ipaddr, err);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		event.type = FLC_RTNL_EVENT_ROUTE;
		event.gone = nlh->nlmsg_type == RTM_DELROUTE;
		ret = flc_route_decode(nlh, &event.route, err);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		event.type = FLC_RTNL_EVENT_NEIGH;
		event.gone = nlh->nlmsg_type == RTM_DELNEIGH;
		ret = flc_neigh_decode(nlh, &event.neigh, err);
		break;
	default:
		return 0;
	}
	if (ret == 1)
		sink->fn(&event, sink->ctx);
	return ret;
}

static void flc_rtnl_event_lost(void *ctx)
{
	struct flc_rtnl_sink *sink = ctx;
	struct flc_rtnl_event event = { .type = FLC_RTNL_EVENT_LOST };

	sink->fn(&event, sink->ctx);
}

static const struct flc_listen_ops flc_rtnl_event_ops = {
	.message	= flc_rtnl_event_message,
	.lost		= flc_rtnl_event_lost,
};

static int flc_rtnl_events_join(struct flc_rtnl_events *events,
				unsigned int what, struct flc_error *err)
{
	static const struct {
		unsigned int what;
		unsigned int group;
		const char *name;
	} groups[] = {
		{ FLC_RTNL_LINK, RTNLGRP_LINK, "links" },
		{ FLC_RTNL_IPADDR, RTNLGRP_IPV4_IFADDR, "IPv4 addresses" },
		{ FLC_RTNL_IPADDR, RTNLGRP_IPV6_IFADDR, "IPv6 addresses" },
		{ FLC_RTNL_ROUTE, RTNLGRP_IPV4_ROUTE, "IPv4 routes" },
		{ FLC_RTNL_ROUTE, RTNLGRP_IPV6_ROUTE, "IPv6 routes" },
		{ FLC_RTNL_NEIGH, RTNLGRP_NEIGH, "neighbours" },
	};
	size_t i;
	int ret;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (!(what & groups[i].what))
			continue;
		ret = flc_listen_join(&events->listen, groups[i].group,
				      groups[i].name, err);
		if (ret)
			return ret;
	}
	return 0;
}

struct flc_rtnl_events *flc_rtnl_events_open(unsigned int what, size_t rcvbuf,
					     struct flc_error *err)
{
	struct flc_rtnl_events *events = calloc(1, sizeof(*events));

	if (!events) {
		flc_error_set(err, ENOMEM, "no memory for a connection");
		return NULL;
	}
	if (flc_listen_open(&events->listen, NETLINK_ROUTE, rcvbuf, err) ||
	    flc_rtnl_events_join(events, what, err)) {
		flc_rtnl_events_close(events);
		return NULL;
	}
	return events;
}

void flc_rtnl_events_close(struct flc_rtnl_events *events)
{
	if (!events)
		return;
	flc_listen_close(&events->listen);
	free(events);
}

int flc_rtnl_events_fd(const struct flc_rtnl_events *events)
{
	return mnl_socket_get_fd(events->listen.sock);
}

int flc_rtnl_events_process(struct flc_rtnl_events *events,
			    flc_rtnl_event_fn *fn, void *ctx,
			    struct flc_error *err)
{
	struct flc_rtnl_sink sink = { .fn = fn, .ctx = ctx };

	return flc_listen_process(&events->listen, &flc_rtnl_event_ops, &sink,
				  err);
}
