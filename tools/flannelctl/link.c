// SPDX-License-Identifier: GPL-2.0
/* flannelctl link: the options of devices, and how full their tables are. */
#include <errno.h>
#include <stdio.h>

#include "commands.h"
#include "lib/dev.h"
#include "lib/link.h"
#include "lib/names.h"
#include "output.h"

static const struct flc_names *link_names(unsigned int attr)
{
	switch (attr) {
	case IFLA_FLANNEL_MODE:
		return &flc_mode_names;
	case IFLA_FLANNEL_RPF:
		return &flc_rpf_names;
	case IFLA_FLANNEL_FASTPATH:
		return &flc_fastpath_names;
	case IFLA_FLANNEL_DF:
		return &flc_df_names;
	default:
		return NULL;
	}
}

static unsigned int link_number(const struct flc_link_options *options,
				unsigned int attr)
{
	const void *field = (const char *)options + flc_options[attr].offset;

	switch (flc_options[attr].type) {
	case FLC_OPTION_FLAG:
	case FLC_OPTION_BOOL:
		return *(const bool *)field;
	case FLC_OPTION_U8:
		return *(const uint8_t *)field;
	case FLC_OPTION_BE16:
		return *(const uint16_t *)field;
	default:
		return *(const uint32_t *)field;
	}
}

static json_t *link_option_json(const struct flc_link_options *options,
				unsigned int attr)
{
	const struct flc_names *names = link_names(attr);
	unsigned int number;
	char text[FLC_ADDR_STRLEN];

	switch (flc_options[attr].type) {
	case FLC_OPTION_FLAG:
	case FLC_OPTION_BOOL:
		return json_boolean(link_number(options, attr));
	case FLC_OPTION_ADDR4:
	case FLC_OPTION_ADDR6:
		return json_string(flc_addr_text((const struct flc_addr *)
						 ((const char *)options +
						  flc_options[attr].offset),
						 text));
	case FLC_OPTION_PORT_RANGE:
		return json_pack("{s:i, s:i}", "low", options->port_range.low,
				 "high", options->port_range.high);
	default:
		break;
	}
	number = link_number(options, attr);
	if (attr == IFLA_FLANNEL_LINK)
		return json_string(output_dev(number));
	if (names && flc_name(names, number))
		return json_string(flc_name(names, number));
	return json_integer(number);
}

/* With the keyword that sets it. */
static void link_option_print(const struct flc_link_options *options,
			      unsigned int attr)
{
	const char *word = flc_options[attr].word;
	json_t *value;

	switch (flc_options[attr].type) {
	case FLC_OPTION_FLAG:
		printf(" %s", word);
		return;
	case FLC_OPTION_BOOL:
		printf(" %s%s", link_number(options, attr) ? "" : "no", word);
		return;
	case FLC_OPTION_PORT_RANGE:
		printf(" %s %u %u", word, options->port_range.low,
		       options->port_range.high);
		return;
	case FLC_OPTION_BE32:
		if (link_number(options, attr))
			printf(" %s %#x", word, link_number(options, attr));
		return;
	default:
		break;
	}
	if (attr == IFLA_FLANNEL_TTL && !options->ttl) {
		if (!options->ttl_inherit)
			printf(" ttl auto");
		return;
	}
	if (attr == IFLA_FLANNEL_TOS) {
		if (options->tos == 1)
			printf(" tos inherit");
		else if (options->tos)
			printf(" tos %#x", options->tos);
		return;
	}
	if (attr == IFLA_FLANNEL_LIMIT && !options->limit)
		return;
	value = link_option_json(options, attr);
	if (json_is_string(value))
		printf(" %s %s", word, json_string_value(value));
	else
		printf(" %s %" JSON_INTEGER_FORMAT, word,
		       json_integer_value(value));
	json_decref(value);
}

static void link_tables_json(json_t *object, const struct flc_dev *dev)
{
	const struct {
		const char *key;
		uint32_t value;
	} fields[] = {
		{ "leases", dev->leases },
		{ "fdb_entries", dev->fdb_entries },
		{ "misses", dev->misses },
		{ "negatives", dev->negatives },
		{ "parked_packets", dev->parked_packets },
		{ "parked_bytes", dev->parked_bytes },
	};
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		json_object_set_new(object, fields[i].key,
				    json_integer(fields[i].value));
}

static json_t *link_json(const struct flc_link *link, const struct flc_dev *dev)
{
	json_t *object = json_object(), *options = json_object();
	char mac[FLC_MAC_STRLEN];
	unsigned int i;

	for (i = 0; i <= IFLA_FLANNEL_MAX; i++)
		if (link->options.has[i])
			json_object_set_new(options, flc_options[i].key,
					    link_option_json(&link->options,
							     i));
	json_object_set_new(object, "ifindex", json_integer(link->ifindex));
	json_object_set_new(object, "dev", json_string(link->name));
	json_object_set_new(object, "up", json_boolean(link->flags & IFF_UP));
	json_object_set_new(object, "mtu", json_integer(link->mtu));
	json_object_set_new(object, "mac",
			    json_string(flc_mac_text(&link->mac, mac)));
	json_object_set_new(object, "options", options);
	link_tables_json(object, dev);
	return object;
}

static void link_print(const struct flc_link *link, const struct flc_dev *dev)
{
	char mac[FLC_MAC_STRLEN];
	unsigned int i;

	printf("%d: %s: %s mtu %u mac %s\n   ", link->ifindex, link->name,
	       link->flags & IFF_UP ? "up" : "down", link->mtu,
	       flc_mac_text(&link->mac, mac));
	for (i = 0; i <= IFLA_FLANNEL_MAX; i++)
		if (link->options.has[i])
			link_option_print(&link->options, i);
	printf("\n    leases %u fdb_entries %u misses %u negatives %u parked %u packets %u bytes\n",
	       dev->leases, dev->fdb_entries, dev->misses, dev->negatives,
	       dev->parked_packets, dev->parked_bytes);
}

static int link_show(struct flc_genl *genl, const struct flc_link *link,
		     bool wanted, struct flc_error *err)
{
	struct flc_dev dev;
	int ret = flc_dev_get(genl, link->ifindex, &dev, err);

	/* It was deleted while the others were shown. */
	if (ret == -ENODEV && !wanted)
		return 0;
	if (ret)
		return ret;
	if (output.json)
		output_item(link_json(link, &dev));
	else
		link_print(link, &dev);
	return 0;
}

static int link_show_all(struct flc_rtnl *rtnl, struct flc_genl *genl,
			 struct flc_error *err)
{
	struct flc_link_list list;
	size_t i;
	int ret = flc_link_dump(rtnl, FLANNEL_LINK_KIND, &list, err);

	output_begin();
	for (i = 0; i < list.n && !ret; i++)
		ret = link_show(genl, &list.items[i], false, err);
	output_end();
	output_interrupted(list.interrupted);
	flc_link_list_free(&list);
	return ret;
}

static int link_show_one(struct flc_rtnl *rtnl, struct flc_genl *genl,
			 int ifindex, struct flc_error *err)
{
	struct flc_link link;
	int ret = flc_link_get(rtnl, ifindex, &link, err);

	if (ret)
		return ret;
	output_begin();
	ret = link_show(genl, &link, true, err);
	output_end();
	return ret;
}

int command_link_show(struct args *args, struct flc_error *err)
{
	struct flc_rtnl *rtnl;
	struct flc_genl *genl;
	int ifindex, ret;

	ret = args_only_dev(args, &ifindex, err);
	if (ret)
		return ret;
	rtnl = flc_rtnl_open(err);
	if (!rtnl)
		return -err->code;
	genl = flc_genl_open(err);
	if (!genl)
		ret = -err->code;
	else if (ifindex)
		ret = link_show_one(rtnl, genl, ifindex, err);
	else
		ret = link_show_all(rtnl, genl, err);
	flc_genl_close(genl);
	flc_rtnl_close(rtnl);
	return ret;
}
