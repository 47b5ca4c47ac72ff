/* SPDX-License-Identifier: GPL-2.0 */
/* Routes, as ip-route(8) shows them. */
#ifndef LIBFLANNEL_ROUTE_H
#define LIBFLANNEL_ROUTE_H

#include <linux/rtnetlink.h>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/rtnl.h"

/**
 * struct flc_route - a route
 * @dst: destination; its family is the route's
 * @via: gateway, of either family, or none
 * @oif: ifindex of the device, or 0
 * @src: preferred source address, or none
 * @table: routing table; 0 in a request for the main table
 * @protocol: RTPROT_*; 0 in a request for RTPROT_STATIC
 * @scope: RT_SCOPE_* of an IPv4 route that is read; in a request the other
 *	fields determine it
 * @type: RTN_*; 0 in a request for RTN_UNICAST. RTN_BLACKHOLE has no device
 * @metric: priority; 0 in a request for the kernel's default
 * @mtu: MTU of the path, 0 for the device's
 * @onlink: the gateway is on the link regardless of its address
 * @hops: number of next hops of a route that is read; if there are several,
 *	@via and @oif are those of the first
 */
struct flc_route {
	struct flc_prefix dst;
	struct flc_addr via;
	int oif;
	struct flc_addr src;
	uint32_t table;
	uint8_t protocol;
	uint8_t scope;
	uint8_t type;
	uint32_t metric;
	uint32_t mtu;
	bool onlink;
	unsigned int hops;
};

/**
 * struct flc_route_list - what a dump found
 * @items: routes
 * @n: how many
 * @interrupted: routes kept changing meanwhile
 */
struct flc_route_list {
	struct flc_route *items;
	size_t n;
	bool interrupted;
};

/**
 * flc_route_add - add a route
 * @rtnl: connection
 * @route: route
 * @err: error; EEXIST if there is one to the destination with this metric
 *
 * Return: 0 or a negative errno.
 */
int flc_route_add(struct flc_rtnl *rtnl, const struct flc_route *route,
		  struct flc_error *err);

/**
 * flc_route_replace - add a route, or replace the one with the same destination
 *	and metric
 * @rtnl: connection
 * @route: route
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_route_replace(struct flc_rtnl *rtnl, const struct flc_route *route,
		      struct flc_error *err);

/**
 * flc_route_del - remove a route
 * @rtnl: connection
 * @route: route; unset fields are not compared
 * @err: error; ESRCH if there is none
 *
 * Return: 0 or a negative errno.
 */
int flc_route_del(struct flc_rtnl *rtnl, const struct flc_route *route,
		  struct flc_error *err);

/**
 * flc_route_dump - routes of the forwarding tables
 * @rtnl: connection
 * @filter: family (of @dst, AF_UNSPEC for both), table, protocol, oif and type
 *	are compared if set; NULL for all
 * @list: result; to be freed with flc_route_list_free()
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_route_dump(struct flc_rtnl *rtnl, const struct flc_route *filter,
		   struct flc_route_list *list, struct flc_error *err);

/**
 * flc_route_list_free - free what flc_route_dump() found
 * @list: result, empty afterwards
 */
void flc_route_list_free(struct flc_route_list *list);

/**
 * flc_route_lookup - the route that a packet would take (`ip route get`)
 * @rtnl: connection
 * @dst: destination of the packet
 * @src: source of the packet, or NULL
 * @oif: device that the packet is bound to, or 0
 * @route: result: @via, @oif, @src and @type describe the path
 * @err: error; ENETUNREACH or EHOSTUNREACH if there is no route
 *
 * Return: 0 or a negative errno.
 */
int flc_route_lookup(struct flc_rtnl *rtnl, const struct flc_addr *dst,
		     const struct flc_addr *src, int oif,
		     struct flc_route *route, struct flc_error *err);

#endif
