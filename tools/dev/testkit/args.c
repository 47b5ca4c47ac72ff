// SPDX-License-Identifier: GPL-2.0
/* Arguments of a command: "NAME VALUE" pairs, as ip(8) takes them. */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "kit.h"

static int arg_find(struct args *args, const char *name, bool value)
{
	int i;

	for (i = 0; i < args->argc; i++) {
		if (args->used & (1ULL << i) || strcmp(args->argv[i], name))
			continue;
		args->used |= 1ULL << i;
		if (!value)
			return i;
		if (++i == args->argc)
			die("%s: the value is missing", name);
		args->used |= 1ULL << i;
		return i;
	}
	return -1;
}

const char *arg_text(struct args *args, const char *name, const char *none)
{
	int i = arg_find(args, name, true);

	return i < 0 ? none : args->argv[i];
}

const char *arg_needed(struct args *args, const char *name)
{
	const char *value = arg_text(args, name, NULL);

	if (!value)
		die("%s is missing", name);
	return value;
}

unsigned long arg_number(struct args *args, const char *name,
			 unsigned long none)
{
	const char *text = arg_text(args, name, NULL);
	unsigned long value;
	char *end;

	if (!text)
		return none;
	value = strtoul(text, &end, 0);
	if (!*text || *end)
		die("%s %s: not a number", name, text);
	return value;
}

bool arg_flag(struct args *args, const char *name)
{
	return arg_find(args, name, false) >= 0;
}

struct flc_addr arg_addr(struct args *args, const char *name)
{
	const char *text = arg_text(args, name, NULL);
	struct flc_addr addr = {};

	if (text && !flc_addr_parse(&addr, text))
		die("%s %s: not an address", name, text);
	return addr;
}

struct flc_prefix arg_prefix(struct args *args, const char *name)
{
	const char *text = arg_needed(args, name);
	struct flc_prefix prefix = {};

	if (!flc_prefix_parse(&prefix, text))
		die("%s %s: not a prefix", name, text);
	return prefix;
}

struct flc_mac arg_mac(struct args *args, const char *name, const char *none)
{
	const char *text = arg_text(args, name, none);
	struct flc_mac mac = {};

	if (!flc_mac_parse(&mac, text))
		die("%s %s: not a MAC address", name, text);
	return mac;
}

int arg_dev(struct args *args)
{
	const char *name = arg_needed(args, "dev");
	int ifindex = if_nametoindex(name);

	if (!ifindex)
		die("dev %s: there is no such device here", name);
	return ifindex;
}

void args_end(const struct args *args)
{
	int i;

	for (i = 0; i < args->argc; i++)
		if (!(args->used & (1ULL << i)))
			die("%s: nothing is known of that", args->argv[i]);
}
