/* SPDX-License-Identifier: GPL-2.0 */
/* Options to text and JSON. */
#ifndef FLANNEL_IPROUTE2_PRINT_H
#define FLANNEL_IPROUTE2_PRINT_H

#include "lib/link_options.h"

/* Show the options that are set. */
void flc_print_options(const struct flc_link_options *options);

#endif
