// SPDX-License-Identifier: GPL-2.0
#include "call.h"

#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The variables that a command needs */
enum {
	NEEDS_CONTAINER	= 1,	/* CNI_CONTAINERID and CNI_IFNAME */
	NEEDS_NETNS	= 2,
	NEEDS_PATH	= 4,
};

static const struct {
	const char *word;
	unsigned int needs;
} commands[] = {
	[COMMAND_ADD]	  = { "ADD", NEEDS_CONTAINER | NEEDS_NETNS | NEEDS_PATH },
	[COMMAND_DEL]	  = { "DEL", NEEDS_CONTAINER | NEEDS_PATH },
	[COMMAND_CHECK]	  = { "CHECK", NEEDS_CONTAINER | NEEDS_NETNS | NEEDS_PATH },
	[COMMAND_STATUS]  = { "STATUS", NEEDS_PATH },
	[COMMAND_GC]	  = { "GC", NEEDS_PATH },
	[COMMAND_VERSION] = { "VERSION", 0 },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const char *call_word(enum command command)
{
	return commands[command].word;
}

bool call_is_name(const char *text)
{
	if (!isalnum((unsigned char)*text))
		return false;
	for (; *text; text++) {
		if (!isalnum((unsigned char)*text) && !strchr("_.-", *text))
			return false;
	}
	return true;
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool is_ifname(const char *name)
{
	if (strlen(name) >= IF_NAMESIZE || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return false;
	for (; *name; name++) {
		if (isspace((unsigned char)*name) || strchr("/:", *name))
			return false;
	}
	return true;
}

static int read_command(struct call *call, struct cni_error *err)
{
	const char *word = variable("CNI_COMMAND");
	size_t i;

	for (i = 0; word && i < COMMANDS; i++) {
		if (!strcmp(word, commands[i].word)) {
			call->command = i;
			return 0;
		}
	}
	return cni_fail(err, CNI_BAD_ENVIRONMENT, "unknown CNI_COMMAND: %.64s",
			word ? word : "it is not set");
}

static int check_missing(const struct call *call, struct cni_error *err)
{
	unsigned int needs = commands[call->command].needs;
	char missing[128] = "";

	if ((needs & NEEDS_CONTAINER) && !call->id)
		strcat(missing, ",CNI_CONTAINERID");
	if ((needs & NEEDS_NETNS) && !call->netns)
		strcat(missing, ",CNI_NETNS");
	if ((needs & NEEDS_CONTAINER) && !call->ifname)
		strcat(missing, ",CNI_IFNAME");
	if ((needs & NEEDS_PATH) && !call->path)
		strcat(missing, ",CNI_PATH");
	if (!*missing)
		return 0;
	return cni_fail(err, CNI_BAD_ENVIRONMENT,
			"required env variables [%s] missing", missing + 1);
}

int call_read(struct call *call, struct cni_error *err)
{
	if (read_command(call, err))
		return -1;
	call->id = variable("CNI_CONTAINERID");
	call->ifname = variable("CNI_IFNAME");
	call->netns = variable("CNI_NETNS");
	call->path = variable("CNI_PATH");
	if (check_missing(call, err))
		return -1;
	if (call->id && !call_is_name(call->id))
		return cni_fail(err, CNI_BAD_ENVIRONMENT,
				"invalid characters in CNI_CONTAINERID \"%.200s\"",
				call->id);
	if (call->ifname && !is_ifname(call->ifname))
		return cni_fail(err, CNI_BAD_ENVIRONMENT,
				"CNI_IFNAME \"%.64s\" is not the name of an interface",
				call->ifname);
	return 0;
}
