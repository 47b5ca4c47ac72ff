/* SPDX-License-Identifier: GPL-2.0 */
/* Neighbours and FDB entries, as ip-neighbour(8) and bridge(8) show them. */
#ifndef LIBFLANNEL_NEIGH_H
#define LIBFLANNEL_NEIGH_H

#include <linux/neighbour.h>
#include <sys/socket.h>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/rtnl.h"

/**
 * struct flc_neigh - a neighbour, or an entry of a device's FDB
 * @family: AF_INET or AF_INET6 for a neighbour, AF_BRIDGE for an FDB entry
 * @ifindex: device
 * @addr: address of the neighbour; remote of the FDB entry, or none
 * @has_mac: @mac is known
 * @mac: MAC
 * @state: NUD_*; 0 in a request for NUD_PERMANENT
 * @flags: NTF_*; an FDB entry in a request needs NTF_SELF or NTF_MASTER, 0
 *	stands for NTF_SELF
 * @port: UDP port of an FDB entry in host byte order, 0 for the device's
 * @has_vni: @vni is set
 * @vni: VNI of an FDB entry
 * @master: ifindex of the bridge, or 0; only read
 */
struct flc_neigh {
	int family;
	int ifindex;
	struct flc_addr addr;
	bool has_mac;
	struct flc_mac mac;
	uint16_t state;
	uint8_t flags;
	uint16_t port;
	bool has_vni;
	uint32_t vni;
	int master;
};

/**
 * struct flc_neigh_list - what a dump found
 * @items: entries
 * @n: how many
 * @interrupted: entries kept changing meanwhile
 */
struct flc_neigh_list {
	struct flc_neigh *items;
	size_t n;
	bool interrupted;
};

enum flc_neigh_mode {
	FLC_NEIGH_ADD,		/* EEXIST if there is one */
	FLC_NEIGH_REPLACE,	/* replace, or install */
	FLC_NEIGH_APPEND,	/* FDB: one more remote of the MAC */
};

/**
 * flc_neigh_set - add an entry
 * @rtnl: connection
 * @neigh: entry
 * @mode: what to do if it exists
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_neigh_set(struct flc_rtnl *rtnl, const struct flc_neigh *neigh,
		  enum flc_neigh_mode mode, struct flc_error *err);

/**
 * flc_neigh_del - remove an entry
 * @rtnl: connection
 * @neigh: entry
 * @err: error; ENOENT if there is none
 *
 * Return: 0 or a negative errno.
 */
int flc_neigh_del(struct flc_rtnl *rtnl, const struct flc_neigh *neigh,
		  struct flc_error *err);

/**
 * flc_neigh_dump - entries of a device
 * @rtnl: connection
 * @family: AF_INET, AF_INET6 or AF_BRIDGE
 * @ifindex: device, or 0 for all
 * @list: result; to be freed with flc_neigh_list_free()
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_neigh_dump(struct flc_rtnl *rtnl, int family, int ifindex,
		   struct flc_neigh_list *list, struct flc_error *err);

/**
 * flc_neigh_list_free - free what flc_neigh_dump() found
 * @list: result, empty afterwards
 */
void flc_neigh_list_free(struct flc_neigh_list *list);

#endif
