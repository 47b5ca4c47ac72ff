/* SPDX-License-Identifier: GPL-2.0 */
/* Leases, FDB entries and misses: as arguments, as text and as JSON. */
#ifndef FLANNELCTL_ENTRY_H
#define FLANNELCTL_ENTRY_H

#include <jansson.h>

#include "args.h"
#include "lib/fdb.h"
#include "lib/lease.h"
#include "lib/miss.h"

/**
 * entry_subnet - read the subnet of a lease
 * @text: "ADDRESS/LENGTH"
 * @subnet: result
 * @err: error
 *
 * Return: 0 or -EINVAL.
 */
int entry_subnet(const char *text, struct flc_prefix *subnet,
		 struct flc_error *err);

/*
 * Take one keyword of a lease or an FDB entry, and its value. Return 1; 0 for
 * another argument (then nothing is taken); -EINVAL, -ENODEV.
 */
int entry_lease_word(struct args *args, struct flc_lease *lease,
		     struct flc_error *err);
int entry_fdb_word(struct args *args, struct flc_fdb *fdb,
		   struct flc_error *err);

/* With the keywords that set them, followed by the read-only values. */
void entry_lease_print(const struct flc_lease *lease, const char *dev);
void entry_fdb_print(const struct flc_fdb *fdb, const char *dev);
void entry_miss_print(const struct flc_miss *miss, const char *dev);

json_t *entry_lease_json(const struct flc_lease *lease, const char *dev);
json_t *entry_fdb_json(const struct flc_fdb *fdb, const char *dev);
json_t *entry_miss_json(const struct flc_miss *miss, const char *dev);

#endif
