// SPDX-License-Identifier: GPL-2.0
/* Words to options. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iproute2.h"
#include "lib/names.h"
#include "parse.h"

/* The words that are left, and what is read so far. */
struct fl_parse {
	int argc;
	char **argv;
	struct fl_link_options *options;
};

/* How the value of an option is written. */
enum fl_form {
	FL_FORM_NONE,
	FL_FORM_NUMBER,
	FL_FORM_SECONDS,	/* or "none" */
	FL_FORM_COUNT,		/* or "unlimited" */
	FL_FORM_NAME,
};

/**
 * struct fl_word - an option that is a word and a value
 * @form: how the value is written
 * @min: lowest number
 * @max: highest number
 * @names: of FL_FORM_NAME
 */
struct fl_word {
	enum fl_form form;
	uint32_t min;
	uint32_t max;
	const struct fl_names *names;
};

#define FL_NUMBER(_min, _max)	{ FL_FORM_NUMBER, (_min), (_max), NULL }
#define FL_SECONDS		{ FL_FORM_SECONDS, 0, 20 * 24 * 60 * 60, NULL }
#define FL_CHOICE(names)	{ FL_FORM_NAME, 0, 0, &(names) }

/* The limits are those of the kernel, whose message names no option. */
static const struct fl_word fl_words[IFLA_FLANNEL_MAX + 1] = {
	[IFLA_FLANNEL_ID]		= FL_NUMBER(0, (1 << 24) - 1),
	[IFLA_FLANNEL_LABEL]		= FL_NUMBER(0, (1 << 20) - 1),
	[IFLA_FLANNEL_AGEING]		= FL_SECONDS,
	[IFLA_FLANNEL_LIMIT]		= { FL_FORM_COUNT, 0, UINT32_MAX, NULL },
	[IFLA_FLANNEL_PORT]		= FL_NUMBER(1, UINT16_MAX),
	[IFLA_FLANNEL_DF]		= FL_CHOICE(fl_df_names),
	[IFLA_FLANNEL_MODE]		= FL_CHOICE(fl_mode_names),
	[IFLA_FLANNEL_RPF]		= FL_CHOICE(fl_rpf_names),
	[IFLA_FLANNEL_FASTPATH]		= FL_CHOICE(fl_fastpath_names),
	[IFLA_FLANNEL_SUBNET_LEN]	= FL_NUMBER(0, 32),
	[IFLA_FLANNEL_SUBNET_LEN6]	= FL_NUMBER(0, 128),
	[IFLA_FLANNEL_MISS_ENTRIES]	= FL_NUMBER(1, INT32_MAX),
	[IFLA_FLANNEL_MISS_BYTES]	= FL_NUMBER(1, INT32_MAX),
	[IFLA_FLANNEL_MISS_ENTRY_BYTES]	= FL_NUMBER(1, INT32_MAX),
	[IFLA_FLANNEL_MISS_RETRY]	= FL_NUMBER(1, 60 * 1000),
	[IFLA_FLANNEL_MISS_TRIES]	= FL_NUMBER(1, 8),
	[IFLA_FLANNEL_MISS_NEGATIVE]	= FL_NUMBER(0, 60 * 60 * 1000),
	[IFLA_FLANNEL_LEASE_IDLE]	= FL_SECONDS,
	[IFLA_FLANNEL_RPF_ENTRIES]	= FL_NUMBER(1, INT32_MAX),
	[IFLA_FLANNEL_RPF_RATE]		= FL_NUMBER(0, 1000 * 1000),
};

static const struct {
	const char *alias;
	const char *word;
} fl_aliases[] = {
	{ "vni", "id" },
	{ "hoplimit", "ttl" },
	{ "dsfield", "tos" },
	{ "label", "flowlabel" },
	{ "maxaddr", "maxaddress" },
};

static const char *fl_next(struct fl_parse *parse)
{
	const char *word = *parse->argv;

	parse->argc--;
	parse->argv++;
	return word;
}

static const char *fl_value(struct fl_parse *parse, const char *word)
{
	if (!parse->argc)
		missarg(word);
	return fl_next(parse);
}

/* A number of any base, without sign. */
static bool fl_number(const char *text, uint32_t min, uint32_t max,
		      uint32_t *value)
{
	unsigned long long number;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || *end || number < min || number > max)
		return false;
	*value = number;
	return true;
}

static void fl_need_number(const char *word, const char *text, uint32_t min,
			   uint32_t max, uint32_t *value)
{
	char msg[80];

	if (fl_number(text, min, max, value))
		return;
	snprintf(msg, sizeof(msg), "%s is a number from %u to %u", word, min,
		 max);
	invarg(msg, text);
}

static void fl_once(struct fl_parse *parse, unsigned int attr,
		    const char *word, const char *value)
{
	if (parse->options->has[attr])
		duparg(word, value);
	parse->options->has[attr] = true;
}

static void fl_store(struct fl_link_options *options, unsigned int attr,
		     uint32_t value)
{
	void *field = (char *)options + fl_options[attr].offset;

	switch (fl_options[attr].type) {
	case FL_OPTION_FLAG:
	case FL_OPTION_BOOL:
		*(bool *)field = value;
		break;
	case FL_OPTION_U8:
		*(uint8_t *)field = value;
		break;
	case FL_OPTION_BE16:
		*(uint16_t *)field = value;
		break;
	default:
		*(uint32_t *)field = value;
	}
}

/* "off, loose or strict" */
static void fl_choices(const struct fl_names *names, char *buf, size_t size)
{
	unsigned int i;
	int used = 0;

	for (i = 0; i < names->n && (size_t)used < size; i++)
		used += snprintf(buf + used, size - used, "%s%s",
				 i == 0 ? "" :
				 i + 1 < names->n ? ", " : " or ",
				 names->name[i]);
}

static uint32_t fl_name_value(const struct fl_names *names, const char *text)
{
	char choices[64], msg[96];
	int value = fl_name_find(names, text);

	if (value >= 0)
		return value;
	fl_choices(names, choices, sizeof(choices));
	snprintf(msg, sizeof(msg), "%s is %s", names->what, choices);
	invarg(msg, text);
}

static void fl_parse_word(struct fl_parse *parse, unsigned int attr,
			  const char *word)
{
	const struct fl_word *form = &fl_words[attr];
	const char *text = fl_value(parse, word);
	uint32_t value = 0;

	fl_once(parse, attr, word, text);
	if (form->form == FL_FORM_NAME)
		value = fl_name_value(form->names, text);
	else if (!(form->form == FL_FORM_SECONDS && !strcmp(text, "none")) &&
		 !(form->form == FL_FORM_COUNT && !strcmp(text, "unlimited")))
		fl_need_number(word, text, form->min, form->max, &value);
	fl_store(parse->options, attr, value);
}

/* One of an address of each family, and "any" to have none. */
static void fl_parse_addr(struct fl_parse *parse, const char *word,
			  unsigned int attr4, unsigned int attr6,
			  bool any_is_both)
{
	const char *text = fl_value(parse, word);
	struct fl_link_options *options = parse->options;
	static const uint8_t zero[16];
	struct fl_addr addr;
	bool any = !strcmp(text, "any");

	if (any)
		addr = fl_addr_make(preferred_family == AF_INET6 ? AF_INET6 :
								   AF_INET,
				    zero);
	else if (!fl_addr_parse(&addr, text))
		invarg("an IPv4 or IPv6 address is expected", text);
	if (addr.family == AF_INET || (any && any_is_both)) {
		fl_once(parse, attr4, word, text);
		*(struct fl_addr *)((char *)options +
				    fl_options[attr4].offset) =
			addr.family == AF_INET ? addr :
						 fl_addr_make(AF_INET, zero);
	}
	if (addr.family == AF_INET6 || (any && any_is_both)) {
		fl_once(parse, attr6, word, text);
		*(struct fl_addr *)((char *)options +
				    fl_options[attr6].offset) =
			addr.family == AF_INET6 ? addr :
						  fl_addr_make(AF_INET6, zero);
	}
}

static void fl_parse_dev(struct fl_parse *parse, const char *word)
{
	const char *text = fl_value(parse, word);

	fl_once(parse, IFLA_FLANNEL_LINK, word, text);
	parse->options->link = ll_name_to_index(text);
	if (!parse->options->link)
		invarg("there is no such device", text);
}

static void fl_parse_ttl(struct fl_parse *parse, const char *word)
{
	const char *text = fl_value(parse, word);
	uint32_t ttl = 0;

	if (!strcmp(text, "inherit")) {
		fl_once(parse, IFLA_FLANNEL_TTL_INHERIT, word, text);
		parse->options->ttl_inherit = true;
		return;
	}
	fl_once(parse, IFLA_FLANNEL_TTL, word, text);
	if (strcmp(text, "auto") && !fl_number(text, 0, UINT8_MAX, &ttl))
		invarg("ttl is a number up to 255, auto or inherit", text);
	parse->options->ttl = ttl;
}

static void fl_parse_tos(struct fl_parse *parse, const char *word)
{
	const char *text = fl_value(parse, word);
	uint32_t tos = 1;

	fl_once(parse, IFLA_FLANNEL_TOS, word, text);
	if (strcmp(text, "inherit") &&
	    (rtnl_dsfield_a2n(&tos, text) || tos > UINT8_MAX))
		invarg("tos is a hexadecimal number of one byte, a name of it or inherit",
		       text);
	parse->options->tos = tos;
}

static void fl_parse_range(struct fl_parse *parse, const char *word)
{
	const char *low = fl_value(parse, word), *high = fl_value(parse, word);
	uint32_t value;

	fl_once(parse, IFLA_FLANNEL_PORT_RANGE, word, low);
	fl_need_number(word, low, 0, UINT16_MAX, &value);
	parse->options->port_range.low = value;
	fl_need_number(word, high, 0, UINT16_MAX, &value);
	parse->options->port_range.high = value;
}

/* With two numbers it is srcport, as for vxlan; with one it is dstport. */
static void fl_parse_port(struct fl_parse *parse, const char *word)
{
	uint32_t value;

	if (parse->argc >= 2 &&
	    fl_number(parse->argv[1], 0, UINT32_MAX, &value))
		fl_parse_range(parse, word);
	else
		fl_parse_word(parse, IFLA_FLANNEL_PORT, word);
}

static const char *fl_unalias(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(fl_aliases) / sizeof(fl_aliases[0]); i++)
		if (!strcmp(word, fl_aliases[i].alias))
			return fl_aliases[i].word;
	return word;
}

/* The options whose value is not just a number or a name. */
static bool fl_parse_special(struct fl_parse *parse, const char *word)
{
	if (!strcmp(word, "local"))
		fl_parse_addr(parse, word, IFLA_FLANNEL_LOCAL,
			      IFLA_FLANNEL_LOCAL6, true);
	else if (!strcmp(word, "remote"))
		fl_parse_addr(parse, word, IFLA_FLANNEL_REMOTE,
			      IFLA_FLANNEL_REMOTE6, false);
	else if (!strcmp(word, "dev"))
		fl_parse_dev(parse, word);
	else if (!strcmp(word, "ttl"))
		fl_parse_ttl(parse, word);
	else if (!strcmp(word, "tos"))
		fl_parse_tos(parse, word);
	else if (!strcmp(word, "srcport"))
		fl_parse_range(parse, word);
	else if (!strcmp(word, "port"))
		fl_parse_port(parse, word);
	else
		return false;
	return true;
}

/* "learning", "nolearning" */
static bool fl_parse_switch(struct fl_parse *parse, unsigned int attr,
			    const char *word)
{
	const char *name = fl_options[attr].word;
	bool on = !strcmp(word, name);

	if (!on && (strncmp(word, "no", 2) || strcmp(word + 2, name)))
		return false;
	fl_once(parse, attr, word, word);
	fl_store(parse->options, attr, on);
	return true;
}

static bool fl_parse_plain(struct fl_parse *parse, const char *word)
{
	unsigned int i;

	for (i = 0; i <= IFLA_FLANNEL_MAX; i++) {
		if (!fl_options[i].word)
			continue;
		if (fl_options[i].type == FL_OPTION_BOOL &&
		    fl_parse_switch(parse, i, word))
			return true;
		if (strcmp(word, fl_options[i].word))
			continue;
		if (fl_words[i].form != FL_FORM_NONE) {
			fl_parse_word(parse, i, word);
			return true;
		}
		if (fl_options[i].type == FL_OPTION_FLAG) {
			fl_once(parse, i, word, word);
			fl_store(parse->options, i, true);
			return true;
		}
	}
	return false;
}

const char *fl_parse_options(int argc, char **argv,
			     struct fl_link_options *options)
{
	struct fl_parse parse = {
		.argc		= argc,
		.argv		= argv,
		.options	= options,
	};

	while (parse.argc) {
		const char *word = fl_unalias(fl_next(&parse));

		if (!fl_parse_special(&parse, word) &&
		    !fl_parse_plain(&parse, word))
			return word;
	}
	return NULL;
}
