/* SPDX-License-Identifier: GPL-2.0 */
/* Internal: IFLA_INFO_DATA of a flannel (or vxlan) device. */
#ifndef LIBFLANNEL_LINK_OPTIONS_PRIV_H
#define LIBFLANNEL_LINK_OPTIONS_PRIV_H

#include <libmnl/libmnl.h>

#include "lib/link_options.h"

/* Put the options that are set. */
void flc_link_options_put(struct nlmsghdr *nlh,
			  const struct flc_link_options *options);

/**
 * flc_link_options_read - read IFLA_INFO_DATA
 * @nest: attributes; unknown ones are skipped
 * @options: all zero
 *
 * Return: whether the attributes are well-formed.
 */
bool flc_link_options_read(const struct nlattr *nest,
			   struct flc_link_options *options);

/* The same for attributes by type, IFLA_FLANNEL_OWN at most. */
bool flc_link_options_read_table(const struct nlattr **tb,
				 struct flc_link_options *options);

#endif
