/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments to options. */
#ifndef FLANNEL_IPROUTE2_PARSE_H
#define FLANNEL_IPROUTE2_PARSE_H

#include "lib/link_options.h"

/**
 * flc_parse_options - read arguments
 * @argc: number of arguments
 * @argv: arguments
 * @options: zeroed; the result
 *
 * Exits with a message if a value is invalid.
 *
 * Return: NULL, or the argument that is not an option.
 */
const char *flc_parse_options(int argc, char **argv,
			      struct flc_link_options *options);

#endif
