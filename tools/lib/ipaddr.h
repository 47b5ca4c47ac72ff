/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses of network devices, as ip-address(8) shows them. */
#ifndef LIBFLANNEL_IPADDR_H
#define LIBFLANNEL_IPADDR_H

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/rtnl.h"

/**
 * struct flc_ipaddr - an address of a device
 * @ifindex: device
 * @addr: address, and the length of its subnet
 * @peer: address of the other end, or none
 * @scope: RT_SCOPE_*
 * @flags: IFA_F_*
 */
struct flc_ipaddr {
	int ifindex;
	struct flc_prefix addr;
	struct flc_addr peer;
	uint8_t scope;
	uint32_t flags;
};

/**
 * struct flc_ipaddr_list - what a dump found
 * @items: addresses, in the kernel's order: the primary one first
 * @n: how many
 * @interrupted: addresses kept changing meanwhile
 */
struct flc_ipaddr_list {
	struct flc_ipaddr *items;
	size_t n;
	bool interrupted;
};

/**
 * flc_ipaddr_add - give a device an address
 * @rtnl: connection
 * @ipaddr: address, with an infinite lifetime; IPv6 without duplicate address
 *	detection if @flags has IFA_F_NODAD
 * @err: error; EEXIST if the device has it already
 *
 * Return: 0 or a negative errno.
 */
int flc_ipaddr_add(struct flc_rtnl *rtnl, const struct flc_ipaddr *ipaddr,
		   struct flc_error *err);

/**
 * flc_ipaddr_del - remove an address from a device
 * @rtnl: connection
 * @ipaddr: address; only device, address and length are used
 * @err: error; EADDRNOTAVAIL if the device does not have it
 *
 * Return: 0 or a negative errno.
 */
int flc_ipaddr_del(struct flc_rtnl *rtnl, const struct flc_ipaddr *ipaddr,
		   struct flc_error *err);

/**
 * flc_ipaddr_dump - the addresses of devices
 * @rtnl: connection
 * @ifindex: device, or 0 for all
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for both
 * @list: result; to be freed with flc_ipaddr_list_free()
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_ipaddr_dump(struct flc_rtnl *rtnl, int ifindex, int family,
		    struct flc_ipaddr_list *list, struct flc_error *err);

/**
 * flc_ipaddr_list_free - free what flc_ipaddr_dump() found
 * @list: result, empty afterwards
 */
void flc_ipaddr_list_free(struct flc_ipaddr_list *list);

#endif
