/* SPDX-License-Identifier: GPL-2.0 */
/* The L3 table of a flannel device: inner subnet to VTEP. */
#ifndef LIBFLANNEL_LEASE_H
#define LIBFLANNEL_LEASE_H

#include <linux/flannel.h>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/genl.h"

/**
 * struct flc_lease - a lease
 * @ifindex: device; set by dumps and events, ignored elsewhere
 * @subnet: inner subnet, without host bits
 * @mac: MAC of the peer's VTEP
 * @remote4: outer IPv4 address of the peer, or none
 * @remote6: outer IPv6 address of the peer, or none
 * @flags: FLANNEL_LEASE_F_*
 * @generation: generation it was last set with; only read
 * @used: it was ever used, and @idle_ms is known; only read
 * @idle_ms: milliseconds since it was last used; only read
 * @tx_packets: packets sent to it; only read
 * @tx_bytes: inner bytes sent to it; only read
 */
struct flc_lease {
	int ifindex;
	struct flc_prefix subnet;
	struct flc_mac mac;
	struct flc_addr remote4;
	struct flc_addr remote6;
	uint32_t flags;
	uint32_t generation;
	bool used;
	uint64_t idle_ms;
	uint64_t tx_packets;
	uint64_t tx_bytes;
};

/**
 * struct flc_lease_list - what a dump found
 * @items: leases, in no order
 * @n: how many
 * @interrupted: the table kept changing: entries may be missing or present
 *	twice
 */
struct flc_lease_list {
	struct flc_lease *items;
	size_t n;
	bool interrupted;
};

/* What to do with a lease that exists already, or does not. */
enum flc_set_mode {
	FLC_SET,		/* replace, or install */
	FLC_SET_ADD,		/* install; EEXIST if there is one */
	FLC_SET_REPLACE,	/* replace; ENOENT if there is none */
};

/**
 * flc_lease_set - install leases
 * @genl: connection
 * @ifindex: device
 * @leases: leases
 * @n: how many; any number, sent in as few messages as they fit into
 * @mode: what to do with one that exists
 * @generation: of the leases, for flc_lease_flush_others()
 * @err: error; its index is that of the lease in @leases that was refused,
 *	those before it are installed
 *
 * Return: 0 or a negative errno.
 */
int flc_lease_set(struct flc_genl *genl, int ifindex,
		  const struct flc_lease *leases, size_t n,
		  enum flc_set_mode mode, uint32_t generation,
		  struct flc_error *err);

/**
 * flc_lease_del - withdraw leases
 * @genl: connection
 * @ifindex: device
 * @subnets: exact subnets
 * @n: how many
 * @err: error, as of flc_lease_set(); ENOENT if there is no such lease
 *
 * Return: 0 or a negative errno.
 */
int flc_lease_del(struct flc_genl *genl, int ifindex,
		  const struct flc_prefix *subnets, size_t n,
		  struct flc_error *err);

/**
 * flc_lease_lookup - find the lease of an inner address
 * @genl: connection
 * @ifindex: device
 * @addr: inner address; the longest prefix wins
 * @lease: result
 * @err: error; ENOENT if there is none
 *
 * Return: 0 or a negative errno.
 */
int flc_lease_lookup(struct flc_genl *genl, int ifindex,
		     const struct flc_addr *addr, struct flc_lease *lease,
		     struct flc_error *err);

/**
 * flc_lease_dump - all leases
 * @genl: connection
 * @ifindex: device, or 0 for those of all devices
 * @list: result; to be freed with flc_lease_list_free()
 * @err: error
 *
 * If the table changed meanwhile, the dump is repeated a few times.
 *
 * Return: 0 or a negative errno.
 */
int flc_lease_dump(struct flc_genl *genl, int ifindex,
		   struct flc_lease_list *list, struct flc_error *err);

/**
 * flc_lease_list_free - free what flc_lease_dump() found
 * @list: result, empty afterwards
 */
void flc_lease_list_free(struct flc_lease_list *list);

/**
 * flc_lease_flush - withdraw all leases
 * @genl: connection
 * @ifindex: device
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_lease_flush(struct flc_genl *genl, int ifindex, struct flc_error *err);

/**
 * flc_lease_flush_others - withdraw all leases but those of one generation
 * @genl: connection
 * @ifindex: device
 * @generation: generation to keep
 * @err: error
 *
 * To replace the whole table without a gap: set all leases with a new
 * generation, then flush the others.
 *
 * Return: 0 or a negative errno.
 */
int flc_lease_flush_others(struct flc_genl *genl, int ifindex,
			   uint32_t generation, struct flc_error *err);

#endif
