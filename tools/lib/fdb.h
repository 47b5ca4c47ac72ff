/* SPDX-License-Identifier: GPL-2.0 */
/* The L2 table of a flannel device: MAC to VTEP, and the flood list. */
#ifndef LIBFLANNEL_FDB_H
#define LIBFLANNEL_FDB_H

#include <linux/flannel.h>
#include <linux/neighbour.h>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/genl.h"

/**
 * struct fl_fdb - one destination of a MAC
 * @ifindex: device; set by dumps and events, ignored elsewhere
 * @mac: MAC; all zero is the flood list
 * @remote: outer address
 * @port: UDP port in host byte order, 0 for the device's
 * @has_vni: @vni is not the device's
 * @vni: VNI there
 * @lower: ifindex of the lower device, 0 for the route's
 * @state: NUD_*; 0 in a request for NUD_PERMANENT
 * @flags: NTF_*
 * @has_times: @idle_ms and @age_ms are known; only read
 * @idle_ms: milliseconds since last use
 * @age_ms: milliseconds since last change
 */
struct fl_fdb {
	int ifindex;
	struct fl_mac mac;
	struct fl_addr remote;
	uint16_t port;
	bool has_vni;
	uint32_t vni;
	int lower;
	uint16_t state;
	uint8_t flags;
	bool has_times;
	uint64_t idle_ms;
	uint64_t age_ms;
};

/**
 * struct fl_fdb_list - what a dump found
 * @items: entries, in no order
 * @n: how many
 * @interrupted: the table kept changing: something may be missing or be there
 *	twice
 */
struct fl_fdb_list {
	struct fl_fdb *items;
	size_t n;
	bool interrupted;
};

/* What shall happen to an entry that is there already, or is not. */
enum fl_fdb_mode {
	FL_FDB_SET,		/* unicast MAC: put in its place, or install;
				 * flood list: one more destination
				 */
	FL_FDB_ADD,		/* install; EEXIST if there is one */
	FL_FDB_REPLACE,		/* put in its place; ENOENT if there is none */
	FL_FDB_APPEND,		/* one more destination, or install */
};

/**
 * fl_fdb_set - install FDB entries
 * @genl: connection
 * @ifindex: device
 * @entries: entries
 * @n: how many; any number, sent in as few messages as they fit into
 * @mode: what happens to one that is there already
 * @err: error; its index is that of the entry in @entries that was refused,
 *	those before it are installed
 *
 * Return: 0 or a negative errno.
 */
int fl_fdb_set(struct fl_genl *genl, int ifindex, const struct fl_fdb *entries,
	       size_t n, enum fl_fdb_mode mode, struct fl_error *err);

/**
 * fl_fdb_del - remove FDB entries
 * @genl: connection
 * @ifindex: device
 * @entries: MAC; with a remote only that destination of the MAC
 * @n: how many
 * @err: error, as of fl_fdb_set(); ENOENT if there is no such entry
 *
 * Return: 0 or a negative errno.
 */
int fl_fdb_del(struct fl_genl *genl, int ifindex, const struct fl_fdb *entries,
	       size_t n, struct fl_error *err);

/**
 * fl_fdb_lookup - where a MAC is
 * @genl: connection
 * @ifindex: device
 * @mac: MAC
 * @list: result: its destinations; to be freed with fl_fdb_list_free()
 * @err: error; ENOENT if there is none
 *
 * Return: 0 or a negative errno.
 */
int fl_fdb_lookup(struct fl_genl *genl, int ifindex, const struct fl_mac *mac,
		  struct fl_fdb_list *list, struct fl_error *err);

/**
 * fl_fdb_dump - all FDB entries
 * @genl: connection
 * @ifindex: device, or 0 for those of all devices
 * @list: result; to be freed with fl_fdb_list_free()
 * @err: error
 *
 * Begins again when the table changed meanwhile, a few times.
 *
 * Return: 0 or a negative errno.
 */
int fl_fdb_dump(struct fl_genl *genl, int ifindex, struct fl_fdb_list *list,
		struct fl_error *err);

/**
 * fl_fdb_list_free - free what fl_fdb_dump() or fl_fdb_lookup() found
 * @list: result, empty afterwards
 */
void fl_fdb_list_free(struct fl_fdb_list *list);

/**
 * fl_fdb_flush - remove all FDB entries
 * @genl: connection
 * @ifindex: device
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int fl_fdb_flush(struct fl_genl *genl, int ifindex, struct fl_error *err);

#endif
