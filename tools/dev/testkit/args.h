/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments of a command: "NAME VALUE" pairs, as ip(8) takes them. */
#ifndef TESTKIT_ARGS_H
#define TESTKIT_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

/**
 * struct args - what follows a command
 * @argc: how many words
 * @argv: words
 * @used: words that somebody asked for, a bit each
 */
struct args {
	int argc;
	char **argv;
	uint64_t used;
};

/* The value of a name, or @none. */
const char *arg_text(struct args *args, const char *name, const char *none);
/* Of a name that must be there. */
const char *arg_needed(struct args *args, const char *name);
unsigned long arg_number(struct args *args, const char *name,
			 unsigned long none);
/* Is a word there that stands alone? */
bool arg_flag(struct args *args, const char *name);
/* "none" if it is not there */
struct flc_addr arg_addr(struct args *args, const char *name);
struct flc_prefix arg_prefix(struct args *args, const char *name);
struct flc_mac arg_mac(struct args *args, const char *name, const char *none);
/* The ifindex of the device that "dev" names. */
int arg_dev(struct args *args);
/* Ends the program if there is a word that nobody asked for. */
void args_end(const struct args *args);

#endif
