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
 * struct flc_fdb - one destination of a MAC
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
struct flc_fdb {
	int ifindex;
	struct flc_mac mac;
	struct flc_addr remote;
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
 * struct flc_fdb_list - what a dump found
 * @items: entries, in no order
 * @n: how many
 * @interrupted: the table kept changing: entries may be missing or present
 *	twice
 */
struct flc_fdb_list {
	struct flc_fdb *items;
	size_t n;
	bool interrupted;
};

/* What to do with an entry that exists already, or does not. */
enum flc_fdb_mode {
	FLC_FDB_SET,		/* unicast MAC: replace, or install;
				 * flood list: one more destination
				 */
	FLC_FDB_ADD,		/* install; EEXIST if there is one */
	FLC_FDB_REPLACE,	/* replace; ENOENT if there is none */
	FLC_FDB_APPEND,		/* one more destination, or install */
};

/**
 * flc_fdb_set - install FDB entries
 * @genl: connection
 * @ifindex: device
 * @entries: entries
 * @n: how many; any number, sent in as few messages as they fit into
 * @mode: what to do with one that exists
 * @err: error; its index is that of the entry in @entries that was refused,
 *	those before it are installed
 *
 * Return: 0 or a negative errno.
 */
int flc_fdb_set(struct flc_genl *genl, int ifindex,
		const struct flc_fdb *entries, size_t n, enum flc_fdb_mode mode,
		struct flc_error *err);

/**
 * flc_fdb_del - remove FDB entries
 * @genl: connection
 * @ifindex: device
 * @entries: MAC; with a remote only that destination of the MAC
 * @n: how many
 * @err: error, as of flc_fdb_set(); ENOENT if there is no such entry
 *
 * Return: 0 or a negative errno.
 */
int flc_fdb_del(struct flc_genl *genl, int ifindex,
		const struct flc_fdb *entries, size_t n, struct flc_error *err);

/**
 * flc_fdb_lookup - where a MAC is
 * @genl: connection
 * @ifindex: device
 * @mac: MAC
 * @list: result: its destinations; to be freed with flc_fdb_list_free()
 * @err: error; ENOENT if there is none
 *
 * Return: 0 or a negative errno.
 */
int flc_fdb_lookup(struct flc_genl *genl, int ifindex,
		   const struct flc_mac *mac, struct flc_fdb_list *list,
		   struct flc_error *err);

/**
 * flc_fdb_dump - all FDB entries
 * @genl: connection
 * @ifindex: device, or 0 for those of all devices
 * @list: result; to be freed with flc_fdb_list_free()
 * @err: error
 *
 * If the table changed meanwhile, the dump is repeated a few times.
 *
 * Return: 0 or a negative errno.
 */
int flc_fdb_dump(struct flc_genl *genl, int ifindex, struct flc_fdb_list *list,
		 struct flc_error *err);

/**
 * flc_fdb_list_free - free what flc_fdb_dump() or flc_fdb_lookup() found
 * @list: result, empty afterwards
 */
void flc_fdb_list_free(struct flc_fdb_list *list);

/**
 * flc_fdb_flush - remove all FDB entries
 * @genl: connection
 * @ifindex: device
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_fdb_flush(struct flc_genl *genl, int ifindex, struct flc_error *err);

#endif
