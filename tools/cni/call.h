/* SPDX-License-Identifier: GPL-2.0 */
/* What the runtime asks for: CNI_COMMAND and the variables beside it. */
#ifndef CNI_CALL_H
#define CNI_CALL_H

#include <stdbool.h>

#include "error.h"

enum command {
	COMMAND_ADD,
	COMMAND_DEL,
	COMMAND_CHECK,
	COMMAND_STATUS,
	COMMAND_GC,
	COMMAND_VERSION,
};

/**
 * struct call - one call of a plug-in
 * @command: what is to be done
 * @id: of the container; NULL if the command is about none
 * @ifname: name of the interface in it; likewise
 * @netns: path of its network namespace; NULL if it is gone, or there is none
 * @path: folders in which plug-ins are, separated by colons
 */
struct call {
	enum command command;
	const char *id;
	const char *ifname;
	const char *netns;
	const char *path;
};

/* The word that stands for a command in the environment. */
const char *call_word(enum command command);

/* A word of letters, digits and "_.-" that begins with one of the first two. */
bool call_is_name(const char *text);

/**
 * call_read - take the environment
 * @call: where to; its strings are the environment's
 * @err: what is wrong with it
 *
 * Return: 0 or -1.
 */
int call_read(struct call *call, struct cni_error *err);

#endif
