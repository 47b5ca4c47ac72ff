/* SPDX-License-Identifier: GPL-2.0 */
/* Internal: the entries of the tables in messages, for whoever meets them. */
#ifndef LIBFLANNEL_ENTRY_H
#define LIBFLANNEL_ENTRY_H

#include <libmnl/libmnl.h>

#include "lib/fdb.h"
#include "lib/lease.h"
#include "lib/miss.h"

/*
 * Put the attributes of an entry, and say in @buf of FL_GENL_NAME which one it
 * is; see struct fl_genl_batch.
 */
void fl_lease_put(struct nlmsghdr *nlh, const void *lease);
void fl_lease_name(const void *lease, char *buf);
void fl_fdb_put(struct nlmsghdr *nlh, const void *fdb);
void fl_fdb_name(const void *fdb, char *buf);

/* Is each of the entries one that can be sent? If not, -EINVAL. */
int fl_lease_check(const struct fl_lease *leases, size_t n,
		   struct fl_error *err);
int fl_fdb_check(const struct fl_fdb *entries, size_t n, struct fl_error *err);

/* Read the nest of an entry into a structure that is all zero. */
int fl_lease_decode(const struct nlattr *nest, struct fl_lease *lease,
		    struct fl_error *err);
int fl_fdb_decode(const struct nlattr *nest, struct fl_fdb *fdb,
		  struct fl_error *err);
int fl_miss_decode(const struct nlattr *nest, struct fl_miss *miss,
		   struct fl_error *err);

#endif
