/* SPDX-License-Identifier: GPL-2.0 */
/* Words to options. */
#ifndef FLANNEL_IPROUTE2_PARSE_H
#define FLANNEL_IPROUTE2_PARSE_H

#include "lib/link_options.h"

/**
 * flc_parse_options - read words
 * @argc: number of words
 * @argv: words
 * @options: all zero; what the words say
 *
 * Ends the program with a message if the value of a word is wrong.
 *
 * Return: NULL, or the word that is no option.
 */
const char *flc_parse_options(int argc, char **argv,
			      struct flc_link_options *options);

#endif
