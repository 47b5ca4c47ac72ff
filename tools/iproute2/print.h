/* SPDX-License-Identifier: GPL-2.0 */
/* Options to text and JSON. */
#ifndef FLANNEL_IPROUTE2_PRINT_H
#define FLANNEL_IPROUTE2_PRINT_H

#include "lib/link_options.h"

/* Show the options that are there. */
void fl_print_options(const struct fl_link_options *options);

#endif
