// SPDX-License-Identifier: GPL-2.0
/* The arguments of a command, one after the other. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"

const char *args_next(struct args *args)
{
	if (!args->n)
		return NULL;
	args->n--;
	return *args->word++;
}

bool args_take(struct args *args, const char *word)
{
	if (!args->n || strcmp(args->word[0], word))
		return false;
	args_next(args);
	return true;
}

int args_value(struct args *args, const char *word, const char **value,
	       struct flc_error *err)
{
	*value = args_next(args);
	if (!*value)
		return flc_error_set(err, EINVAL, "\"%s\" needs a value", word);
	return 0;
}

int args_number(struct args *args, const char *word, uint32_t min, uint32_t max,
		uint32_t *value, struct flc_error *err)
{
	unsigned long long number;
	const char *text;
	char *end;
	int ret = args_value(args, word, &text, err);

	if (ret)
		return ret;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || errno || *end || number < min ||
	    number > max)
		return flc_error_set(err, EINVAL,
				     "%s \"%s\" is not a number from %u to %u",
				     word, text, min, max);
	*value = number;
	return 0;
}

int args_addr(struct args *args, const char *word, struct flc_addr *addr,
	      struct flc_error *err)
{
	const char *text;
	int ret = args_value(args, word, &text, err);

	if (ret)
		return ret;
	if (!flc_addr_parse(addr, text))
		return flc_error_set(err, EINVAL,
				     "%s \"%s\" is not an IPv4 or IPv6 address",
				     word, text);
	return 0;
}

int args_mac(struct args *args, const char *word, struct flc_mac *mac,
	     struct flc_error *err)
{
	const char *text;
	int ret = args_value(args, word, &text, err);

	if (ret)
		return ret;
	if (!flc_mac_parse(mac, text))
		return flc_error_set(err, EINVAL,
				     "%s \"%s\" is not a MAC address like 02:00:00:00:00:01",
				     word, text);
	return 0;
}

int args_dev(struct args *args, const char *word, int *ifindex,
	     struct flc_error *err)
{
	static char last[IF_NAMESIZE];
	static int last_index;
	const char *name;
	int ret = args_value(args, word, &name, err);

	if (ret)
		return ret;
	if (!last_index || strcmp(name, last)) {
		last_index = strlen(name) < IF_NAMESIZE ?
			     (int)if_nametoindex(name) : 0;
		if (!last_index)
			return flc_error_set(err, ENODEV,
					     "there is no device \"%s\": \"flannelctl link show\" lists those of type flannel",
					     name);
		strcpy(last, name);
	}
	*ifindex = last_index;
	return 0;
}

int args_unknown(const char *word, const char *expected, struct flc_error *err)
{
	if (!word)
		return flc_error_set(err, EINVAL, "an argument is missing: %s",
				     expected);
	return flc_error_set(err, EINVAL, "\"%s\" is not understood: %s", word,
			     expected);
}

int args_end(const struct args *args, struct flc_error *err)
{
	if (!args->n)
		return 0;
	return flc_error_set(err, EINVAL,
			     "\"%s\" is not understood: no argument is expected here",
			     args->word[0]);
}

int args_only_dev(struct args *args, int *ifindex, struct flc_error *err)
{
	int ret;

	*ifindex = 0;
	if (!args_take(args, "dev"))
		return args_end(args, err);
	ret = args_dev(args, "dev", ifindex, err);
	return ret ? ret : args_end(args, err);
}
