/* SPDX-License-Identifier: GPL-2.0 */
/* Internal: requests to the family "flannel". */
#ifndef LIBFLANNEL_GENL_PRIV_H
#define LIBFLANNEL_GENL_PRIV_H

#include <linux/flannel.h>
#include <linux/genetlink.h>
#include <net/if.h>

#include "lib/collect.h"
#include "lib/genl.h"
#include "lib/nl.h"

/**
 * struct flc_genl_family - the kernel's description of the family
 * @id: type of its messages
 * @miss: multicast group of misses
 * @change: multicast group of changes
 */
struct flc_genl_family {
	uint16_t id;
	uint32_t miss;
	uint32_t change;
};

struct flc_genl {
	struct flc_nl nl;
	struct flc_genl_family family;
};

/* What the connection has learned about the family. */
const struct flc_genl_family *flc_genl_family(const struct flc_genl *genl);

/* Read the kernel's description of the family; see flc_nl_fn. */
int flc_genl_family_decode(const struct nlmsghdr *nlh, void *family,
			   struct flc_error *err);

/* Name the attribute of a request; see flc_nl_locate_fn. */
void flc_genl_locate(const struct nlmsghdr *sent, uint32_t offset,
		     uint16_t missing, char *buf, size_t size);

/**
 * flc_genl_begin - begin a request
 * @genl: connection
 * @cmd: FLANNEL_CMD_*
 * @flags: NLM_F_* of the header, NLM_F_DUMP or 0
 * @ifindex: device, or 0
 *
 * Return: the request; attributes can be appended.
 */
struct nlmsghdr *flc_genl_begin(struct flc_genl *genl, uint8_t cmd,
				uint16_t flags, int ifindex);

/**
 * struct flc_genl_batch - how a batch of entries is sent
 * @cmd: FLANNEL_CMD_*
 * @nest: FLANNEL_A_*: type of an entry
 * @flags: NLM_F_* for FLANNEL_A_FLAGS
 * @ifindex: device
 * @generation: of the leases, or NULL
 * @size: of an entry in memory
 * @put: put the attributes of an entry, FLC_GENL_ENTRY_MAX bytes at most
 * @name: describe the entry, in @buf of FLC_GENL_NAME
 */
struct flc_genl_batch {
	uint8_t cmd;
	uint16_t nest;
	uint16_t flags;
	int ifindex;
	const uint32_t *generation;
	size_t size;
	void (*put)(struct nlmsghdr *nlh, const void *entry);
	void (*name)(const void *entry, char *buf);
};

#define FLC_GENL_ENTRY_MAX	160
#define FLC_GENL_NAME		64

/**
 * flc_genl_send_batch - send entries in as few messages as they fit into
 * @genl: connection
 * @batch: how
 * @entries: entries
 * @n: how many
 * @err: error; its index is that of the entry that was refused
 *
 * Return: 0 or a negative errno.
 */
int flc_genl_send_batch(struct flc_genl *genl,
			const struct flc_genl_batch *batch, const void *entries,
			size_t n, struct flc_error *err);

/**
 * flc_genl_dump - dump a table
 * @genl: connection
 * @cmd: FLANNEL_CMD_*
 * @ifindex: device, or 0 for all
 * @fn: called for each message, with @found as context
 * @found: the result; empty on failure
 * @interrupted: whether the table changed during the last attempt, too
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_genl_dump(struct flc_genl *genl, uint8_t cmd, int ifindex,
		  flc_nl_fn *fn, struct flc_collect *found, bool *interrupted,
		  struct flc_error *err);

/**
 * struct flc_genl_msg - a message of the family
 * @cmd: FLANNEL_CMD_*
 * @ifindex: device
 * @name: its name, empty if the message lacks it
 * @attrs: attributes
 * @len: their length in bytes
 */
struct flc_genl_msg {
	uint8_t cmd;
	int ifindex;
	char name[IF_NAMESIZE];
	const void *attrs;
	size_t len;
};

/**
 * flc_genl_decode - decode a message of the family
 * @nlh: message
 * @msg: result
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_genl_decode(const struct nlmsghdr *nlh, struct flc_genl_msg *msg,
		    struct flc_error *err);

/**
 * flc_genl_each - call a function for each nest of a type in a message
 * @msg: message
 * @nest: FLANNEL_A_*
 * @fn: called; returns 0 or a negative errno, which ends the walk
 * @ctx: for @fn
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_genl_each(const struct flc_genl_msg *msg, uint16_t nest,
		  int (*fn)(const struct flc_genl_msg *msg,
			    const struct nlattr *nest, void *ctx,
			    struct flc_error *err),
		  void *ctx, struct flc_error *err);

/* Set the error for a malformed message; returns -EBADMSG. */
int flc_genl_malformed(struct flc_error *err, const char *what);

/* Put "dev NAME" in front of an error. */
void flc_genl_prepend_dev(struct flc_error *err, int ifindex);

#endif
