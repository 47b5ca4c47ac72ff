// SPDX-License-Identifier: GPL-2.0
/*
 * Options to text and JSON. Options of vxlan are shown as ip(8) shows them for
 * vxlan; the others have the names of their attributes.
 */
#include <string.h>

#include "iproute2.h"
#include "lib/names.h"
#include "print.h"

static void flc_string(const char *key, const char *fmt, const char *value)
{
	print_color_string(PRINT_ANY, COLOR_NONE, key, fmt, value);
}

static void flc_uint(const char *key, const char *fmt, unsigned int value)
{
	print_color_uint(PRINT_ANY, COLOR_NONE, key, fmt, value);
}

/* Text for "off"; NULL if it is not shown. */
static void flc_switch(const char *key, const char *on, const char *off,
		       bool value)
{
	const char *text = value ? on : off;

	print_color_bool(PRINT_JSON, COLOR_NONE, key, NULL, value);
	if (text)
		print_color_string(PRINT_FP, COLOR_NONE, NULL, "%s ", text);
}

static void flc_named(const char *key, const char *fmt,
		      const struct flc_names *names, unsigned int value)
{
	const char *name = flc_name(names, value);

	if (name)
		flc_string(key, fmt, name);
	else
		flc_uint(key, fmt, value);
}

static void flc_print_addr(const char *key, const char *fmt,
			   const struct flc_addr *addr)
{
	char text[FLC_ADDR_STRLEN];

	if (!flc_addr_is_set(addr) || flc_addr_is_any(addr))
		return;
	print_color_string(PRINT_ANY,
			   addr->family == AF_INET ? COLOR_INET : COLOR_INET6,
			   key, fmt, flc_addr_text(addr, text));
}

static void flc_print_ports(const struct flc_link_options *options)
{
	if (options->has[IFLA_FLANNEL_PORT_RANGE]) {
		open_json_object("port_range");
		flc_uint("low", "srcport %u ", options->port_range.low);
		flc_uint("high", "%u ", options->port_range.high);
		close_json_object();
	}
	if (options->has[IFLA_FLANNEL_PORT])
		flc_uint("port", "dstport %u ", options->port);
}

static void flc_print_header(const struct flc_link_options *options)
{
	char text[16];

	if (options->has[IFLA_FLANNEL_TOS]) {
		snprintf(text, sizeof(text), "%#x", options->tos);
		if (options->tos == 1)
			flc_string("tos", "tos %s ", "inherit");
		else if (options->tos)
			flc_string("tos", "tos %s ", text);
	}
	if (options->ttl_inherit)
		flc_string("ttl", "ttl %s ", "inherit");
	else if (options->has[IFLA_FLANNEL_TTL] && options->ttl)
		flc_uint("ttl", "ttl %u ", options->ttl);
	else if (options->has[IFLA_FLANNEL_TTL])
		flc_string("ttl", "ttl %s ", "auto");
	if (options->has[IFLA_FLANNEL_DF]) {
		const char *df = flc_name(&flc_df_names, options->df);

		print_color_string(PRINT_JSON, COLOR_NONE, "df", NULL,
				   df ? df : "unknown");
		if (options->df)
			print_color_string(PRINT_FP, COLOR_NONE, NULL,
					   "df %s ", df ? df : "unknown");
	}
	if (options->label) {
		snprintf(text, sizeof(text), "%#x", options->label);
		flc_string("label", "flowlabel %s ", text);
	}
}

static void flc_print_underlay(const struct flc_link_options *options)
{
	flc_print_addr("remote", "remote %s ", &options->remote);
	flc_print_addr("remote6", "remote %s ", &options->remote6);
	flc_print_addr("local", "local %s ", &options->local);
	flc_print_addr("local6", "local %s ", &options->local6);
	if (options->has[IFLA_FLANNEL_LINK] && options->link)
		flc_string("link", "dev %s ", ll_index_to_name(options->link));
	flc_print_ports(options);
	flc_print_header(options);
	if (options->has[IFLA_FLANNEL_UDP_CSUM])
		flc_switch("udp_csum", "udpcsum", "noudpcsum",
			   options->udp_csum);
	if (options->has[IFLA_FLANNEL_UDP_ZERO_CSUM6_TX])
		flc_switch("udp_zero_csum6_tx", "udp6zerocsumtx",
			   "noudp6zerocsumtx", options->udp_zero_csum6_tx);
	if (options->has[IFLA_FLANNEL_UDP_ZERO_CSUM6_RX])
		flc_switch("udp_zero_csum6_rx", "udp6zerocsumrx",
			   "noudp6zerocsumrx", options->udp_zero_csum6_rx);
	if (options->has[IFLA_FLANNEL_GBP])
		flc_switch("gbp", "gbp", NULL, options->gbp);
	if (options->has[IFLA_FLANNEL_LOCALBYPASS])
		flc_switch("localbypass", "localbypass", "nolocalbypass",
			   options->localbypass);
}

static void flc_print_fdb(const struct flc_link_options *options)
{
	if (options->has[IFLA_FLANNEL_LEARNING])
		flc_switch("learning", "learning", "nolearning",
			   options->learning);
	if (options->has[IFLA_FLANNEL_PROXY])
		flc_switch("proxy", "proxy", NULL, options->proxy);
	if (options->has[IFLA_FLANNEL_L2MISS])
		flc_switch("l2miss", "l2miss", "nol2miss", options->l2miss);
	if (options->has[IFLA_FLANNEL_L3MISS])
		flc_switch("l3miss", "l3miss", "nol3miss", options->l3miss);
	if (options->has[IFLA_FLANNEL_AGEING] && options->ageing)
		flc_uint("ageing", "ageing %u ", options->ageing);
	else if (options->has[IFLA_FLANNEL_AGEING])
		flc_string("ageing", "ageing %s ", "none");
	if (options->has[IFLA_FLANNEL_LIMIT] && options->limit)
		flc_uint("limit", "maxaddr %u ", options->limit);
}

/* Numbers that only our device has, in the order of the attributes. */
static void flc_print_numbers(const struct flc_link_options *options)
{
	unsigned int i;
	char fmt[40];

	for (i = IFLA_FLANNEL_SUBNET_LEN; i <= IFLA_FLANNEL_MAX; i++) {
		const void *field = (const char *)options +
				    flc_options[i].offset;

		if (!flc_options[i].word || !options->has[i])
			continue;
		snprintf(fmt, sizeof(fmt), "%s %%u ", flc_options[i].word);
		flc_uint(flc_options[i].key, fmt,
			 flc_options[i].type == FLC_OPTION_U8 ?
			 *(const uint8_t *)field : *(const uint32_t *)field);
	}
}

void flc_print_options(const struct flc_link_options *options)
{
	if (options->has[IFLA_FLANNEL_ID])
		flc_uint("id", "id %u ", options->id);
	if (options->has[IFLA_FLANNEL_MODE])
		flc_named("mode", "mode %s ", &flc_mode_names, options->mode);
	flc_print_underlay(options);
	flc_print_fdb(options);
	if (options->has[IFLA_FLANNEL_RPF])
		flc_named("rpf", "rpf %s ", &flc_rpf_names, options->rpf);
	if (options->has[IFLA_FLANNEL_FASTPATH])
		flc_named("fastpath", "fastpath %s ", &flc_fastpath_names,
			  options->fastpath);
	if (options->has[IFLA_FLANNEL_NOTRACK])
		flc_switch("notrack", "notrack", "nonotrack", options->notrack);
	flc_print_numbers(options);
}
