// SPDX-License-Identifier: GPL-2.0
/* The options of `ip link add ... type flannel`. Their table is in link_options_gen.c. */
#include <linux/if_link.h>

#include "lib/attr.h"
#include "lib/link_options.h"
#include "lib/link_options_priv.h"

static void flc_option_put(struct nlmsghdr *nlh, uint16_t type,
			   const struct flc_link_options *options)
{
	const struct flc_option *option = &flc_options[type];
	const void *field = (const char *)options + option->offset;
	struct ifla_vxlan_port_range range;

	switch (option->type) {
	case FLC_OPTION_FLAG:
		if (*(const bool *)field)
			mnl_attr_put(nlh, type, 0, NULL);
		break;
	case FLC_OPTION_BOOL:
		mnl_attr_put_u8(nlh, type, *(const bool *)field);
		break;
	case FLC_OPTION_U8:
		mnl_attr_put_u8(nlh, type, *(const uint8_t *)field);
		break;
	case FLC_OPTION_U32:
		mnl_attr_put_u32(nlh, type, *(const uint32_t *)field);
		break;
	case FLC_OPTION_BE16:
		mnl_attr_put_u16(nlh, type, htons(*(const uint16_t *)field));
		break;
	case FLC_OPTION_BE32:
		mnl_attr_put_u32(nlh, type, htonl(*(const uint32_t *)field));
		break;
	case FLC_OPTION_ADDR4:
		mnl_attr_put(nlh, type, 4,
			     ((const struct flc_addr *)field)->bytes);
		break;
	case FLC_OPTION_ADDR6:
		mnl_attr_put(nlh, type, 16,
			     ((const struct flc_addr *)field)->bytes);
		break;
	case FLC_OPTION_PORT_RANGE:
		range.low = htons(options->port_range.low);
		range.high = htons(options->port_range.high);
		mnl_attr_put(nlh, type, sizeof(range), &range);
		break;
	}
}

static bool flc_option_given(const struct flc_link_options *options,
			     unsigned int type)
{
	return flc_options[type].word && options->has[type];
}

/* Our own options are in a nest. */
static void flc_options_put_own(struct nlmsghdr *nlh,
				const struct flc_link_options *options)
{
	struct nlattr *nest = NULL;
	unsigned int i;

	for (i = IFLA_FLANNEL_OWN_MIN; i <= IFLA_FLANNEL_MAX; i++) {
		if (!flc_option_given(options, i))
			continue;
		if (!nest)
			nest = mnl_attr_nest_start(nlh, IFLA_FLANNEL_OWN);
		flc_option_put(nlh, i, options);
	}
	if (nest)
		mnl_attr_nest_end(nlh, nest);
}

void flc_link_options_put(struct nlmsghdr *nlh,
			  const struct flc_link_options *options)
{
	unsigned int i;

	for (i = 0; i < IFLA_FLANNEL_OWN; i++)
		if (flc_option_given(options, i))
			flc_option_put(nlh, i, options);
	flc_options_put_own(nlh, options);
}

static bool flc_option_read_range(const struct nlattr *attr,
				  struct flc_link_options *options)
{
	const struct ifla_vxlan_port_range *range = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) != sizeof(*range))
		return false;
	options->port_range.low = ntohs(range->low);
	options->port_range.high = ntohs(range->high);
	return true;
}

static bool flc_option_read(const struct nlattr *attr,
			    const struct flc_option *option,
			    struct flc_link_options *options)
{
	void *field = (char *)options + option->offset;
	uint8_t u8;

	switch (option->type) {
	case FLC_OPTION_FLAG:
		*(bool *)field = true;
		return true;
	case FLC_OPTION_BOOL:
		if (!flc_attr_u8(attr, &u8))
			return false;
		*(bool *)field = u8;
		return true;
	case FLC_OPTION_U8:
		return flc_attr_u8(attr, field);
	case FLC_OPTION_U32:
		return flc_attr_u32(attr, field);
	case FLC_OPTION_BE16:
		return flc_attr_be16(attr, field);
	case FLC_OPTION_BE32:
		return flc_attr_be32(attr, field);
	case FLC_OPTION_ADDR4:
		return flc_attr_addr_of(attr, AF_INET, field);
	case FLC_OPTION_ADDR6:
		return flc_attr_addr_of(attr, AF_INET6, field);
	case FLC_OPTION_PORT_RANGE:
		return flc_option_read_range(attr, options);
	}
	return false;
}

static bool flc_options_read(const struct nlattr **tb, unsigned int from,
			     unsigned int to, struct flc_link_options *options)
{
	unsigned int i;

	for (i = from; i <= to; i++) {
		if (!flc_options[i].word || !tb[i])
			continue;
		if (!flc_option_read(tb[i], &flc_options[i], options))
			return false;
		options->has[i] = true;
	}
	return true;
}

bool flc_link_options_read_table(const struct nlattr **tb,
				 struct flc_link_options *options)
{
	const struct nlattr *own[IFLA_FLANNEL_MAX + 1];

	if (!flc_options_read(tb, 0, IFLA_FLANNEL_OWN - 1, options))
		return false;
	if (!tb[IFLA_FLANNEL_OWN])
		return true;
	return flc_attr_split_nest(tb[IFLA_FLANNEL_OWN], own,
				   IFLA_FLANNEL_MAX) &&
	       flc_options_read(own, IFLA_FLANNEL_OWN_MIN, IFLA_FLANNEL_MAX,
				options);
}

bool flc_link_options_read(const struct nlattr *nest,
			   struct flc_link_options *options)
{
	const struct nlattr *tb[IFLA_FLANNEL_OWN + 1];

	return flc_attr_split_nest(nest, tb, IFLA_FLANNEL_OWN) &&
	       flc_link_options_read_table(tb, options);
}
