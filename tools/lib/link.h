/* SPDX-License-Identifier: GPL-2.0 */
/* Network devices: what ip-link(8) shows of all kinds, and all of flannel. */
#ifndef LIBFLANNEL_LINK_H
#define LIBFLANNEL_LINK_H

#include <net/if.h>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/link_options.h"
#include "lib/rtnl.h"

#define FLC_KIND_STRLEN	32

/**
 * struct flc_link - a device
 * @ifindex: interface index
 * @name: interface name
 * @kind: "flannel", "vxlan", "bridge"; empty for hardware and loopback
 * @type: ARPHRD_*
 * @flags: IFF_*
 * @operstate: IF_OPER_*
 * @mtu: MTU
 * @mac: MAC; zero if it has none
 * @master: ifindex of the bridge, bond or VRF it is in, or 0
 * @lower: ifindex of the lower device, or 0
 * @options: options of a flannel or vxlan device
 */
struct flc_link {
	int ifindex;
	char name[IF_NAMESIZE];
	char kind[FLC_KIND_STRLEN];
	uint16_t type;
	uint32_t flags;
	uint8_t operstate;
	uint32_t mtu;
	struct flc_mac mac;
	int master;
	int lower;
	struct flc_link_options options;
};

/**
 * struct flc_link_list - what a dump found
 * @items: devices, by ifindex
 * @n: how many
 * @interrupted: devices kept changing meanwhile
 */
struct flc_link_list {
	struct flc_link *items;
	size_t n;
	bool interrupted;
};

/**
 * struct flc_link_config - the desired state of a device
 * @name: name of a new device
 * @kind: "flannel", "vxlan", "dummy"; needed for a new device, and whenever
 *	@options are given
 * @options: options of a flannel or vxlan device, or NULL
 * @mac: MAC, or NULL to leave it
 * @mtu: MTU, or 0 to leave it
 * @set_up: whether to change the administrative state, to @up
 * @up: administrative state
 * @set_master: whether to change the master, to @master
 * @master: ifindex of the master, 0 for none
 * @no_addrgen: the kernel creates no IPv6 link-local address
 */
struct flc_link_config {
	const char *name;
	const char *kind;
	const struct flc_link_options *options;
	const struct flc_mac *mac;
	uint32_t mtu;
	bool set_up;
	bool up;
	bool set_master;
	int master;
	bool no_addrgen;
};

/**
 * flc_link_add - create a device
 * @rtnl: connection
 * @config: its desired state
 * @ifindex: its index, may be NULL
 * @err: error; EEXIST if the name is taken, EOPNOTSUPP if the kernel does not
 *	know the kind (for flannel: the module is missing)
 *
 * Return: 0 or a negative errno.
 */
int flc_link_add(struct flc_rtnl *rtnl, const struct flc_link_config *config,
		 int *ifindex, struct flc_error *err);

/**
 * flc_link_set - change a device
 * @rtnl: connection
 * @ifindex: device
 * @config: what to change; @name renames the device
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_link_set(struct flc_rtnl *rtnl, int ifindex,
		 const struct flc_link_config *config, struct flc_error *err);

/**
 * flc_link_set_up - bring a device up or down
 * @rtnl: connection
 * @ifindex: device
 * @up: which
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_link_set_up(struct flc_rtnl *rtnl, int ifindex, bool up,
		    struct flc_error *err);

/**
 * flc_link_set_mtu - change the MTU of a device
 * @rtnl: connection
 * @ifindex: device
 * @mtu: MTU
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_link_set_mtu(struct flc_rtnl *rtnl, int ifindex, uint32_t mtu,
		     struct flc_error *err);

/**
 * flc_link_del - delete a device
 * @rtnl: connection
 * @ifindex: device
 * @err: error; ENODEV if there is none
 *
 * Return: 0 or a negative errno.
 */
int flc_link_del(struct flc_rtnl *rtnl, int ifindex, struct flc_error *err);

/**
 * flc_link_get - read a device
 * @rtnl: connection
 * @ifindex: device
 * @link: result
 * @err: error; ENODEV if there is none
 *
 * Return: 0 or a negative errno.
 */
int flc_link_get(struct flc_rtnl *rtnl, int ifindex, struct flc_link *link,
		 struct flc_error *err);

/**
 * flc_link_find - read a device by its name
 * @rtnl: connection
 * @name: name or alternative name
 * @link: result
 * @err: error; ENODEV if there is none
 *
 * Return: 0 or a negative errno.
 */
int flc_link_find(struct flc_rtnl *rtnl, const char *name,
		  struct flc_link *link, struct flc_error *err);

/**
 * flc_link_dump - all devices of the namespace
 * @rtnl: connection
 * @kind: only those of this kind, or NULL
 * @list: result; to be freed with flc_link_list_free()
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_link_dump(struct flc_rtnl *rtnl, const char *kind,
		  struct flc_link_list *list, struct flc_error *err);

/**
 * flc_link_list_free - free what flc_link_dump() found
 * @list: result, empty afterwards
 */
void flc_link_list_free(struct flc_link_list *list);

#endif
