/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes of the tables, as they are read: consecutive changes of one kind are
 * sent together.
 */
#ifndef FLANNELCTL_CHANGE_H
#define FLANNELCTL_CHANGE_H

#include "args.h"
#include "lib/genl.h"

struct change;

/**
 * struct changes - a list of changes
 * @items: changes, in order
 * @n: how many
 */
struct changes {
	struct change *items;
	size_t n;
};

/* Is "@object @verb" a change? */
bool change_is(const char *object, const char *verb);

/**
 * changes_read - read a change, and append it
 * @changes: list
 * @args: the arguments after object and verb
 * @object: "lease" or "fdb"
 * @verb: "add"
 * @line: its source line, for changes_apply()
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int changes_read(struct changes *changes, struct args *args,
		 const char *object, const char *verb, unsigned int line,
		 struct flc_error *err);

/**
 * changes_apply - apply the changes in order, up to the first refused one
 * @changes: list
 * @genl: connection
 * @line: source line of the refused one, 0 if unknown
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int changes_apply(const struct changes *changes, struct flc_genl *genl,
		  unsigned int *line, struct flc_error *err);

void changes_free(struct changes *changes);

#endif
