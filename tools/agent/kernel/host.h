/* SPDX-License-Identifier: GPL-2.0 */
/* The devices and addresses of this host, as they are at one moment. */
#ifndef AGENT_HOST_H
#define AGENT_HOST_H

#include "lib/ipaddr.h"
#include "lib/link.h"
#include "lib/rtnl.h"

/**
 * struct host - what is known of the host
 * @rtnl: to ask for routes; NULL: there are none
 * @links: its devices
 * @addrs: their addresses
 */
struct host {
	struct flc_rtnl *rtnl;
	struct flc_link_list links;
	struct flc_ipaddr_list addrs;
};

/**
 * host_read - take a look
 * @host: result; to be freed with host_free()
 * @rtnl: connection
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int host_read(struct host *host, struct flc_rtnl *rtnl, struct flc_error *err);
void host_free(struct host *host);

/* The device of that index or name, or NULL. */
const struct flc_link *host_link(const struct host *host, int ifindex);
const struct flc_link *host_link_named(const struct host *host, const char *name);

/*
 * Whether packets cannot leave through it: a loopback or dummy device, whose
 * addresses are announced by a routing daemon.
 */
bool host_is_inner(const struct flc_link *link);

/* 127.0.0.1, ::1: every host has these, and they lead to no other node. */
bool host_is_loopback(const struct flc_addr *addr);

/* Preference of an address; negative: unusable. */
int host_rank(const struct flc_ipaddr *addr);

/* The best address of a family on the device, or none. */
struct flc_addr host_best(const struct host *host, int ifindex, int family);

/*
 * host_owner - the device that has an address
 * @addr: address; one that is set
 * @prefer: index of the device that is preferred if several have it
 *
 * An address that somebody else on the link has, too (IFA_F_DADFAILED) is none.
 *
 * Return: the device, or NULL.
 */
const struct flc_link *host_owner(const struct host *host,
				  const struct flc_addr *addr, int prefer);

/*
 * host_way_out - the device of a default route
 * @family: of the route
 * @prefer: index of the device that is preferred if it has one
 *
 * Return: the device, of the best route if @prefer has none, or NULL.
 */
const struct flc_link *host_way_out(const struct host *host, int family,
				    int prefer);

#endif
