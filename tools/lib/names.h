/* SPDX-License-Identifier: GPL-2.0 */
/* Names of the ABI's numbers: modes, states, counters, attributes. */
#ifndef LIBFLANNEL_NAMES_H
#define LIBFLANNEL_NAMES_H

#include <linux/flannel.h>

/**
 * struct flc_names - names of an enumeration
 * @what: what is named, singular, for messages
 * @n: one more than the highest number
 * @name: by number; NULL if it has no name
 */
struct flc_names {
	const char *what;
	unsigned int n;
	const char *const *name;
};

extern const struct flc_names flc_mode_names;		/* enum flannel_mode */
extern const struct flc_names flc_rpf_names;		/* enum flannel_rpf */
extern const struct flc_names flc_fastpath_names; /* enum flannel_fastpath */
extern const struct flc_names flc_df_names;		/* enum flannel_df */
extern const struct flc_names flc_miss_kind_names;	/* enum flannel_miss_kind */
extern const struct flc_names flc_miss_state_names;	/* enum flannel_miss_state */
extern const struct flc_names flc_stats_names;		/* enum flannel_stats_attr */
extern const struct flc_names flc_cmd_names;		/* enum flannel_cmd */
extern const struct flc_names flc_attr_names;		/* enum flannel_attr */
extern const struct flc_names flc_lease_attr_names;	/* enum flannel_lease_attr */
extern const struct flc_names flc_fdb_attr_names; /* enum flannel_fdb_attr */
extern const struct flc_names flc_miss_attr_names;	/* enum flannel_miss_attr */
extern const struct flc_names flc_dev_attr_names; /* enum flannel_dev_attr */

/**
 * flc_name - the name of a number
 * @names: enumeration
 * @value: number
 *
 * Return: name, or NULL if the library does not know it.
 */
const char *flc_name(const struct flc_names *names, unsigned int value);

/**
 * flc_name_find - the number of a name
 * @names: enumeration
 * @name: name
 *
 * Return: number, or -1 if there is no such name.
 */
int flc_name_find(const struct flc_names *names, const char *name);

#endif
