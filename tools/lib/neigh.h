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
 * struct fl_neigh - a neighbour, or an entry of a device's FDB
 * @family: AF_INET or AF_INET6 for a neighbour, AF_BRIDGE for an FDB entry
 * @ifindex: device
 * @addr: address of the neighbour; remote of the FDB entry, or none
 * @has_mac: @mac is known
 * @mac: MAC
 * @state: NUD_*; 0 in a request for NUD_PERMANENT
 * @flags: NTF_*; an FDB entry in a request needs NTF_SELF or NTF_MASTER, 0
 *	stands for NTF_SELF
 * @port: UDP port of an FDB entry in host byte order, 0 for the device's
 * @has_vni: @vni is there
 * @vni: VNI of an FDB entry
 * @master: ifindex of the bridge, or 0; only read
 */
struct fl_neigh {
	int family;
	int ifindex;
	struct fl_addr addr;
	bool has_mac;
	struct fl_mac mac;
	uint16_t state;
	uint8_t flags;
	uint16_t port;
	bool has_vni;
	uint32_t vni;
	int master;
};

/**
 * struct fl_neigh_list - what a dump found
 * @items: entries
 * @n: how many
 * @interrupted: entries kept changing meanwhile
 */
struct fl_neigh_list {
	struct fl_neigh *items;
	size_t n;
	bool interrupted;
};

enum fl_neigh_mode {
	FL_NEIGH_ADD,		/* EEXIST if there is one */
	FL_NEIGH_REPLACE,	/* put in its place, or install */
	FL_NEIGH_APPEND,	/* FDB: one more remote of the MAC */
};

/**
 * fl_neigh_set - add an entry
 * @rtnl: connection
 * @neigh: entry
 * @mode: what happens if there is one
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int fl_neigh_set(struct fl_rtnl *rtnl, const struct fl_neigh *neigh,
		 enum fl_neigh_mode mode, struct fl_error *err);

/**
 * fl_neigh_del - remove an entry
 * @rtnl: connection
 * @neigh: entry
 * @err: error; ENOENT if there is none
 *
 * Return: 0 or a negative errno.
 */
int fl_neigh_del(struct fl_rtnl *rtnl, const struct fl_neigh *neigh,
		 struct fl_error *err);

/**
 * fl_neigh_dump - entries of a device
 * @rtnl: connection
 * @family: AF_INET, AF_INET6 or AF_BRIDGE
 * @ifindex: device, or 0 for all
 * @list: result; to be freed with fl_neigh_list_free()
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int fl_neigh_dump(struct fl_rtnl *rtnl, int family, int ifindex,
		  struct fl_neigh_list *list, struct fl_error *err);

/**
 * fl_neigh_list_free - free what fl_neigh_dump() found
 * @list: result, empty afterwards
 */
void fl_neigh_list_free(struct fl_neigh_list *list);

#endif
