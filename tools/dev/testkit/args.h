/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments of a command: "NAME VALUE" pairs, as ip(8) takes them. */
#ifndef TESTKIT_ARGS_H
#define TESTKIT_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

/**
 * struct args - the arguments of a command
 * @argc: how many words
 * @argv: words
 * @used: words that were read, one bit each
 */
struct args {
	int argc;
	char **argv;
	uint64_t used;
};

/* The value of a name, or @none. */
const char *arg_text(struct args *args, const char *name, const char *none);
/* The value of a mandatory name. */
const char *arg_needed(struct args *args, const char *name);
unsigned long arg_number(struct args *args, const char *name,
			 unsigned long none);
/* Is this word without a value present? */
bool arg_flag(struct args *args, const char *name);
/* "none" if it is missing */
struct flc_addr arg_addr(struct args *args, const char *name);
struct flc_prefix arg_prefix(struct args *args, const char *name);
struct flc_mac arg_mac(struct args *args, const char *name, const char *none);
/* The ifindex of the device that "dev" names. */
int arg_dev(struct args *args);
/* Exits if a word was not read. */
void args_end(const struct args *args);

#endif
