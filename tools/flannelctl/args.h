/* SPDX-License-Identifier: GPL-2.0 */
/* The words of a command, one after the other. */
#ifndef FLANNELCTL_ARGS_H
#define FLANNELCTL_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/error.h"

/**
 * struct args - words that are left
 * @n: how many
 * @word: words
 */
struct args {
	int n;
	char **word;
};

/* The next word without taking it; NULL if there is none. */
static inline const char *args_peek(const struct args *args)
{
	return args->n ? args->word[0] : NULL;
}

/* Take the next word; NULL if there is none. */
const char *args_next(struct args *args);

/* Take the next word if it is this one. */
bool args_take(struct args *args, const char *word);

/*
 * Take the value that belongs to @word, which was taken. All of these return 0
 * or -EINVAL with a message that names the word.
 */
int args_value(struct args *args, const char *word, const char **value,
	       struct flc_error *err);
int args_number(struct args *args, const char *word, uint32_t min, uint32_t max,
		uint32_t *value, struct flc_error *err);
int args_addr(struct args *args, const char *word, struct flc_addr *addr,
	      struct flc_error *err);
int args_mac(struct args *args, const char *word, struct flc_mac *mac,
	     struct flc_error *err);

/* The ifindex of a device; its name is looked up once in a row. */
int args_dev(struct args *args, const char *word, int *ifindex,
	     struct flc_error *err);

/* The error for a word that has no meaning where it is. */
int args_unknown(const char *word, const char *expected, struct flc_error *err);

/* There must be nothing left. */
int args_end(const struct args *args, struct flc_error *err);

/* Nothing but "dev NAME", which may be missing: 0 then. */
int args_only_dev(struct args *args, int *ifindex, struct flc_error *err);

#endif
