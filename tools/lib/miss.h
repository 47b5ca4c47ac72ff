/* SPDX-License-Identifier: GPL-2.0 */
/* Misses: what a flannel device asks for, and the answers to it. */
#ifndef LIBFLANNEL_MISS_H
#define LIBFLANNEL_MISS_H

#include <linux/flannel.h>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/fdb.h"
#include "lib/genl.h"
#include "lib/lease.h"

/**
 * struct flc_miss - a question
 * @ifindex: device; set by dumps and events, ignored elsewhere
 * @kind: what is missing
 * @state: asked for, or remembered as missing
 * @subnet: inner subnet, of an L3 or SOURCE miss
 * @mac: MAC, of an L2 miss
 * @target: address that raised it, if known
 * @remote: outer source, of a SOURCE miss
 * @seq: number of the event; a gap in the numbers of a device means lost events
 * @attempt: 1 for the first event of this miss
 * @packets: packets that wait for the answer
 * @bytes: memory that these packets use
 * @age_ms: milliseconds since it was raised
 */
struct flc_miss {
	int ifindex;
	enum flannel_miss_kind kind;
	enum flannel_miss_state state;
	struct flc_prefix subnet;
	struct flc_mac mac;
	struct flc_addr target;
	struct flc_addr remote;
	uint32_t seq;
	uint8_t attempt;
	uint32_t packets;
	uint32_t bytes;
	uint64_t age_ms;
};

/**
 * struct flc_miss_list - what a dump found
 * @items: misses, in no order
 * @n: how many
 * @interrupted: the table kept changing: entries may be missing or present
 *	twice
 */
struct flc_miss_list {
	struct flc_miss *items;
	size_t n;
	bool interrupted;
};

/**
 * struct flc_answer - answers to misses, any number of each kind
 * @leases: found: they are installed, and packets that wait for them are sent
 * @n_leases: how many
 * @generation: of the leases
 * @fdb: found: they are installed, and packets that wait for them are sent
 * @n_fdb: how many
 * @none: not found: kind, and subnet or MAC, are read; packets that wait for
 *	them are refused
 * @n_none: how many
 */
struct flc_answer {
	const struct flc_lease *leases;
	size_t n_leases;
	uint32_t generation;
	const struct flc_fdb *fdb;
	size_t n_fdb;
	const struct flc_miss *none;
	size_t n_none;
};

/**
 * flc_miss_dump - all misses
 * @genl: connection
 * @ifindex: device, or 0 for those of all devices
 * @list: result; to be freed with flc_miss_list_free()
 * @err: error
 *
 * If the table changed meanwhile, the dump is repeated a few times.
 *
 * Return: 0 or a negative errno.
 */
int flc_miss_dump(struct flc_genl *genl, int ifindex,
		  struct flc_miss_list *list, struct flc_error *err);

/**
 * flc_miss_list_free - free what flc_miss_dump() found
 * @list: result, empty afterwards
 */
void flc_miss_list_free(struct flc_miss_list *list);

/**
 * flc_miss_answer - answer misses
 * @genl: connection
 * @ifindex: device
 * @answer: answers; sent in as few messages as they fit into
 * @err: error; its index is that of the lease, FDB entry or miss
 *
 * Return: 0 or a negative errno.
 */
int flc_miss_answer(struct flc_genl *genl, int ifindex,
		    const struct flc_answer *answer, struct flc_error *err);

/**
 * flc_miss_answer_none - answer one miss: not found
 * @genl: connection
 * @ifindex: device
 * @miss: kind, and subnet or MAC, are read
 * @err: error; it is not an error if no packet waits for it any more
 *
 * Return: 0 or a negative errno.
 */
int flc_miss_answer_none(struct flc_genl *genl, int ifindex,
			 const struct flc_miss *miss, struct flc_error *err);

#endif
