/* SPDX-License-Identifier: GPL-2.0 */
/* Internal: table entries in messages, for all readers of messages. */
#ifndef LIBFLANNEL_ENTRY_H
#define LIBFLANNEL_ENTRY_H

#include <libmnl/libmnl.h>

#include "lib/fdb.h"
#include "lib/lease.h"
#include "lib/miss.h"

/*
 * Put the attributes of an entry; describe the entry in @buf of FLC_GENL_NAME.
 * See struct flc_genl_batch.
 */
void flc_lease_put(struct nlmsghdr *nlh, const void *lease);
void flc_lease_name(const void *lease, char *buf);
void flc_fdb_put(struct nlmsghdr *nlh, const void *fdb);
void flc_fdb_name(const void *fdb, char *buf);

/* Check that each entry can be sent. If not, -EINVAL. */
int flc_lease_check(const struct flc_lease *leases, size_t n,
		    struct flc_error *err);
int flc_fdb_check(const struct flc_fdb *entries, size_t n,
		  struct flc_error *err);

/* Read the nest of an entry into a zeroed structure. */
int flc_lease_decode(const struct nlattr *nest, struct flc_lease *lease,
		     struct flc_error *err);
int flc_fdb_decode(const struct nlattr *nest, struct flc_fdb *fdb,
		   struct flc_error *err);
int flc_miss_decode(const struct nlattr *nest, struct flc_miss *miss,
		    struct flc_error *err);

#endif
