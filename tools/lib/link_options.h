/* SPDX-License-Identifier: GPL-2.0 */
/* The options of `ip link add ... type flannel`. */
#ifndef LIBFLANNEL_LINK_OPTIONS_H
#define LIBFLANNEL_LINK_OPTIONS_H

#include <linux/flannel.h>

#include "lib/link_options_gen.h"
#include "lib/names.h"

/*
 * struct flc_link_options, which is generated, has options of a flannel (or vxlan) device:
 * @has: by IFLA_FLANNEL_*: the option is there. A request changes only these.
 *
 * The other fields have the names of the attributes IFLA_FLANNEL_*; ports are in
 * host byte order. Options with the numbers of vxlan can be used with a device
 * of kind "vxlan", too.
 */
/*
 * FLC_OPTION - set one option
 *
 *	FLC_OPTION(&options, ID, id, 1);
 */
#define FLC_OPTION(options, attr, field, value)				\
	do {								\
		(options)->field = (value);				\
		(options)->has[IFLA_FLANNEL_##attr] = true;		\
	} while (0)

enum flc_option_type {
	FLC_OPTION_FLAG,	/* no payload: the attribute is the value */
	FLC_OPTION_BOOL,	/* u8, 0 or 1 */
	FLC_OPTION_U8,
	FLC_OPTION_U32,
	FLC_OPTION_BE16,
	FLC_OPTION_BE32,
	FLC_OPTION_ADDR4,
	FLC_OPTION_ADDR6,
	FLC_OPTION_PORT_RANGE,	/* struct ifla_vxlan_port_range */
};

/* The text form of an option's value. */
enum flc_option_form {
	FLC_FORM_NONE,		/* no value, or a form that no other option has */
	FLC_FORM_NUMBER,
	FLC_FORM_SECONDS,	/* a number, or "none" */
	FLC_FORM_COUNT,		/* a number, or "unlimited" */
	FLC_FORM_NAME,
};

/**
 * struct flc_option - how an option is sent and shown
 * @word: what a user types, NULL for an unused number
 * @key: name in JSON: the attribute's in lower case
 * @type: type of the attribute
 * @offset: of the field in struct flc_link_options
 * @form: how a user types the value
 * @names: of FLC_FORM_NAME
 */
struct flc_option {
	const char *word;
	const char *key;
	enum flc_option_type type;
	size_t offset;
	enum flc_option_form form;
	const struct flc_names *names;
};

/* By IFLA_FLANNEL_*. */
extern const struct flc_option flc_options[IFLA_FLANNEL_MAX + 1];

/* The options that vxlan does not have, as lines of a help text. */
extern const char flc_own_options_help[];

#endif
