/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes of the tables, as they are read: those that follow each other and
 * are of one kind are sent together.
 */
#ifndef FLANNELCTL_CHANGE_H
#define FLANNELCTL_CHANGE_H

#include "args.h"
#include "lib/genl.h"

struct change;

/**
 * struct changes - a list of them
 * @items: changes, in their order
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
 * @args: what follows object and verb
 * @object: "lease" or "fdb"
 * @verb: "add"
 * @line: where it comes from, for changes_apply()
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int changes_read(struct changes *changes, struct args *args,
		 const char *object, const char *verb, unsigned int line,
		 struct flc_error *err);

/**
 * changes_apply - make the changes, in their order, up to the first that is
 *	refused
 * @changes: list
 * @genl: connection
 * @line: where the one that was refused comes from, 0 if that is not known
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int changes_apply(const struct changes *changes, struct flc_genl *genl,
		  unsigned int *line, struct flc_error *err);

void changes_free(struct changes *changes);

#endif
