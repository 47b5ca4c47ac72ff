/* SPDX-License-Identifier: GPL-2.0 */
/* The arguments of a command, one after the other. */
#ifndef FLANNELCTL_ARGS_H
#define FLANNELCTL_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/error.h"

/**
 * struct args - remaining arguments
 * @n: their number
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
 * Take the value of @word, which was taken before. All of these return 0 or
 * -EINVAL with a message that names the word.
 */
int args_value(struct args *args, const char *word, const char **value,
	       struct flc_error *err);
int args_number(struct args *args, const char *word, uint32_t min, uint32_t max,
		uint32_t *value, struct flc_error *err);
int args_addr(struct args *args, const char *word, struct flc_addr *addr,
	      struct flc_error *err);
int args_mac(struct args *args, const char *word, struct flc_mac *mac,
	     struct flc_error *err);

/* The ifindex of a device; repeated names are looked up once. */
int args_dev(struct args *args, const char *word, int *ifindex,
	     struct flc_error *err);

/* Set the error for an unexpected argument. */
int args_unknown(const char *word, const char *expected, struct flc_error *err);

/* Check that no argument is left. */
int args_end(const struct args *args, struct flc_error *err);

/* Accept only an optional "dev NAME"; 0 without it. */
int args_only_dev(struct args *args, int *ifindex, struct flc_error *err);

#endif
