/* SPDX-License-Identifier: GPL-2.0 */
/* The runtime's request: CNI_COMMAND and the other variables. */
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
 * @command: what to do
 * @id: of the container; NULL if the command is about none
 * @ifname: name of the interface in it; NULL likewise
 * @netns: path of its network namespace; NULL if it is deleted or absent
 * @path: folders with plug-ins, separated by colons
 */
struct call {
	enum command command;
	const char *id;
	const char *ifname;
	const char *netns;
	const char *path;
};

/* The name of a command in the environment. */
const char *call_word(enum command command);

/* A word of letters, digits and "_.-" that begins with a letter or digit. */
bool call_is_name(const char *text);

/**
 * call_read - read the environment
 * @call: output; its strings belong to the environment
 * @err: why it is invalid
 *
 * Return: 0 or -1.
 */
int call_read(struct call *call, struct cni_error *err);

#endif
