// SPDX-License-Identifier: GPL-2.0
/* Arguments to options. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iproute2.h"
#include "lib/names.h"
#include "parse.h"

/* The remaining arguments, and the options read so far. */
struct flc_parse {
	int argc;
	char **argv;
	struct flc_link_options *options;
};

static const struct {
	const char *alias;
	const char *word;
} flc_aliases[] = {
	{ "vni", "id" },
	{ "hoplimit", "ttl" },
	{ "dsfield", "tos" },
	{ "label", "flowlabel" },
	{ "maxaddr", "maxaddress" },
};

static const char *flc_next(struct flc_parse *parse)
{
	const char *word = *parse->argv;

	parse->argc--;
	parse->argv++;
	return word;
}

static const char *flc_value(struct flc_parse *parse, const char *word)
{
	if (!parse->argc)
		missarg(word);
	return flc_next(parse);
}

/* An unsigned number in any base. */
static bool flc_number(const char *text, uint32_t max, uint32_t *value)
{
	unsigned long long number;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || *end || number > max)
		return false;
	*value = number;
	return true;
}

/* A number that fits into @bits. */
static void flc_need_number(const char *word, const char *text,
			    unsigned int bits, uint32_t *value)
{
	char msg[80];

	if (flc_number(text, UINT32_MAX >> (32 - bits), value))
		return;
	snprintf(msg, sizeof(msg), "%s must be a number of %u bits", word, bits);
	invarg(msg, text);
}

static void flc_once(struct flc_parse *parse, unsigned int attr,
		     const char *word, const char *value)
{
	if (parse->options->has[attr])
		duparg(word, value);
	parse->options->has[attr] = true;
}

static void flc_store(struct flc_link_options *options, unsigned int attr,
		      uint32_t value)
{
	void *field = (char *)options + flc_options[attr].offset;

	switch (flc_options[attr].type) {
	case FLC_OPTION_FLAG:
	case FLC_OPTION_BOOL:
		*(bool *)field = value;
		break;
	case FLC_OPTION_U8:
		*(uint8_t *)field = value;
		break;
	case FLC_OPTION_BE16:
		*(uint16_t *)field = value;
		break;
	default:
		*(uint32_t *)field = value;
	}
}

static unsigned int flc_bits(unsigned int attr)
{
	switch (flc_options[attr].type) {
	case FLC_OPTION_U8:
		return 8;
	case FLC_OPTION_BE16:
		return 16;
	default:
		return 32;
	}
}

/* "off, loose or strict" */
static void flc_choices(const struct flc_names *names, char *buf, size_t size)
{
	unsigned int i;
	int used = 0;

	for (i = 0; i < names->n && (size_t)used < size; i++)
		used += snprintf(buf + used, size - used, "%s%s",
				 i == 0 ? "" :
				 i + 1 < names->n ? ", " : " or ",
				 names->name[i]);
}

static uint32_t flc_name_value(const struct flc_names *names, const char *text)
{
	char choices[64], msg[96];
	int value = flc_name_find(names, text);

	if (value >= 0)
		return value;
	flc_choices(names, choices, sizeof(choices));
	snprintf(msg, sizeof(msg), "%s must be %s", names->what, choices);
	invarg(msg, text);
}

static void flc_parse_word(struct flc_parse *parse, unsigned int attr,
			   const char *word)
{
	const struct flc_option *option = &flc_options[attr];
	const char *text = flc_value(parse, word);
	uint32_t value = 0;

	flc_once(parse, attr, word, text);
	/* The kernel reports limits: its message names the option. */
	if (option->form == FLC_FORM_NAME)
		value = flc_name_value(option->names, text);
	else if (!(option->form == FLC_FORM_SECONDS && !strcmp(text, "none")) &&
		 !(option->form == FLC_FORM_COUNT && !strcmp(text, "unlimited")))
		flc_need_number(word, text, flc_bits(attr), &value);
	flc_store(parse->options, attr, value);
}

/* An address of one of the families, or "any" for none. */
static void flc_parse_addr(struct flc_parse *parse, const char *word,
			   unsigned int attr4, unsigned int attr6,
			   bool any_is_both)
{
	const char *text = flc_value(parse, word);
	struct flc_link_options *options = parse->options;
	static const uint8_t zero[16];
	struct flc_addr addr;
	bool any = !strcmp(text, "any");

	if (any)
		addr = flc_addr_make(preferred_family == AF_INET6 ? AF_INET6 :
								   AF_INET,
				     zero);
	else if (!flc_addr_parse(&addr, text))
		invarg("an IPv4 or IPv6 address is expected", text);
	if (addr.family == AF_INET || (any && any_is_both)) {
		flc_once(parse, attr4, word, text);
		*(struct flc_addr *)((char *)options +
				     flc_options[attr4].offset) =
			addr.family == AF_INET ? addr :
						 flc_addr_make(AF_INET, zero);
	}
	if (addr.family == AF_INET6 || (any && any_is_both)) {
		flc_once(parse, attr6, word, text);
		*(struct flc_addr *)((char *)options +
				     flc_options[attr6].offset) =
			addr.family == AF_INET6 ? addr :
						  flc_addr_make(AF_INET6, zero);
	}
}

static void flc_parse_dev(struct flc_parse *parse, const char *word)
{
	const char *text = flc_value(parse, word);

	flc_once(parse, IFLA_FLANNEL_LINK, word, text);
	parse->options->link = ll_name_to_index(text);
	if (!parse->options->link)
		invarg("there is no such device", text);
}

static void flc_parse_ttl(struct flc_parse *parse, const char *word)
{
	const char *text = flc_value(parse, word);
	uint32_t ttl = 0;

	if (!strcmp(text, "inherit")) {
		flc_once(parse, IFLA_FLANNEL_TTL_INHERIT, word, text);
		parse->options->ttl_inherit = true;
		return;
	}
	flc_once(parse, IFLA_FLANNEL_TTL, word, text);
	if (strcmp(text, "auto") && !flc_number(text, UINT8_MAX, &ttl))
		invarg("ttl must be a number up to 255, auto or inherit", text);
	parse->options->ttl = ttl;
}

static void flc_parse_tos(struct flc_parse *parse, const char *word)
{
	const char *text = flc_value(parse, word);
	uint32_t tos = 1;

	flc_once(parse, IFLA_FLANNEL_TOS, word, text);
	if (strcmp(text, "inherit") &&
	    (rtnl_dsfield_a2n(&tos, text) || tos > UINT8_MAX))
		invarg("tos must be a hexadecimal number of one byte, a known name or inherit",
		       text);
	parse->options->tos = tos;
}

static void flc_parse_range(struct flc_parse *parse, const char *word)
{
	const char *low = flc_value(parse, word);
	const char *high = flc_value(parse, word);
	uint32_t value;

	flc_once(parse, IFLA_FLANNEL_PORT_RANGE, word, low);
	flc_need_number(word, low, 16, &value);
	parse->options->port_range.low = value;
	flc_need_number(word, high, 16, &value);
	parse->options->port_range.high = value;
}

/* With two numbers it is srcport, as for vxlan; with one it is dstport. */
static void flc_parse_port(struct flc_parse *parse, const char *word)
{
	uint32_t value;

	if (parse->argc >= 2 && flc_number(parse->argv[1], UINT32_MAX, &value))
		flc_parse_range(parse, word);
	else
		flc_parse_word(parse, IFLA_FLANNEL_PORT, word);
}

static const char *flc_unalias(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(flc_aliases) / sizeof(flc_aliases[0]); i++)
		if (!strcmp(word, flc_aliases[i].alias))
			return flc_aliases[i].word;
	return word;
}

/* The options with a value other than a number or a name. */
static bool flc_parse_special(struct flc_parse *parse, const char *word)
{
	if (!strcmp(word, "local"))
		flc_parse_addr(parse, word, IFLA_FLANNEL_LOCAL,
			       IFLA_FLANNEL_LOCAL6, true);
	else if (!strcmp(word, "remote"))
		flc_parse_addr(parse, word, IFLA_FLANNEL_REMOTE,
			       IFLA_FLANNEL_REMOTE6, false);
	else if (!strcmp(word, "dev"))
		flc_parse_dev(parse, word);
	else if (!strcmp(word, "ttl"))
		flc_parse_ttl(parse, word);
	else if (!strcmp(word, "tos"))
		flc_parse_tos(parse, word);
	else if (!strcmp(word, "srcport"))
		flc_parse_range(parse, word);
	else if (!strcmp(word, "port"))
		flc_parse_port(parse, word);
	else
		return false;
	return true;
}

/* "learning", "nolearning" */
static bool flc_parse_switch(struct flc_parse *parse, unsigned int attr,
			     const char *word)
{
	const char *name = flc_options[attr].word;
	bool on = !strcmp(word, name);

	if (!on && (strncmp(word, "no", 2) || strcmp(word + 2, name)))
		return false;
	flc_once(parse, attr, word, word);
	flc_store(parse->options, attr, on);
	return true;
}

static bool flc_parse_plain(struct flc_parse *parse, const char *word)
{
	unsigned int i;

	for (i = 0; i <= IFLA_FLANNEL_MAX; i++) {
		if (!flc_options[i].word)
			continue;
		if (flc_options[i].type == FLC_OPTION_BOOL &&
		    flc_parse_switch(parse, i, word))
			return true;
		if (strcmp(word, flc_options[i].word))
			continue;
		if (flc_options[i].form != FLC_FORM_NONE) {
			flc_parse_word(parse, i, word);
			return true;
		}
		if (flc_options[i].type == FLC_OPTION_FLAG) {
			flc_once(parse, i, word, word);
			flc_store(parse->options, i, true);
			return true;
		}
	}
	return false;
}

const char *flc_parse_options(int argc, char **argv,
			      struct flc_link_options *options)
{
	struct flc_parse parse = {
		.argc		= argc,
		.argv		= argv,
		.options	= options,
	};

	while (parse.argc) {
		const char *word = flc_unalias(flc_next(&parse));

		if (!flc_parse_special(&parse, word) &&
		    !flc_parse_plain(&parse, word))
			return word;
	}
	return NULL;
}
