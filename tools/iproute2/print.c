// SPDX-License-Identifier: GPL-2.0
/*
 * Options to text and JSON. What vxlan has is shown as ip(8) shows it for
 * vxlan; the names of the rest are those of the attributes.
 */
#include <string.h>

#include "iproute2.h"
#include "lib/names.h"
#include "print.h"

static void fl_string(const char *key, const char *fmt, const char *value)
{
	print_color_string(PRINT_ANY, COLOR_NONE, key, fmt, value);
}

static void fl_uint(const char *key, const char *fmt, unsigned int value)
{
	print_color_uint(PRINT_ANY, COLOR_NONE, key, fmt, value);
}

/* Text of its own for "off"; NULL if nothing is said about it. */
static void fl_switch(const char *key, const char *on, const char *off,
		      bool value)
{
	const char *text = value ? on : off;

	print_color_bool(PRINT_JSON, COLOR_NONE, key, NULL, value);
	if (text)
		print_color_string(PRINT_FP, COLOR_NONE, NULL, "%s ", text);
}

static void fl_named(const char *key, const char *fmt,
		     const struct fl_names *names, unsigned int value)
{
	const char *name = fl_name(names, value);

	if (name)
		fl_string(key, fmt, name);
	else
		fl_uint(key, fmt, value);
}

static void fl_print_addr(const char *key, const char *fmt,
			  const struct fl_addr *addr)
{
	char text[FL_ADDR_STRLEN];

	if (!fl_addr_is_set(addr) || fl_addr_is_any(addr))
		return;
	print_color_string(PRINT_ANY,
			   addr->family == AF_INET ? COLOR_INET : COLOR_INET6,
			   key, fmt, fl_addr_text(addr, text));
}

static void fl_print_ports(const struct fl_link_options *options)
{
	if (options->has[IFLA_FLANNEL_PORT_RANGE]) {
		open_json_object("port_range");
		fl_uint("low", "srcport %u ", options->port_range.low);
		fl_uint("high", "%u ", options->port_range.high);
		close_json_object();
	}
	if (options->has[IFLA_FLANNEL_PORT])
		fl_uint("port", "dstport %u ", options->port);
}

static void fl_print_header(const struct fl_link_options *options)
{
	char text[16];

	if (options->has[IFLA_FLANNEL_TOS]) {
		snprintf(text, sizeof(text), "%#x", options->tos);
		if (options->tos == 1)
			fl_string("tos", "tos %s ", "inherit");
		else if (options->tos)
			fl_string("tos", "tos %s ", text);
	}
	if (options->ttl_inherit)
		fl_string("ttl", "ttl %s ", "inherit");
	else if (options->has[IFLA_FLANNEL_TTL] && options->ttl)
		fl_uint("ttl", "ttl %u ", options->ttl);
	else if (options->has[IFLA_FLANNEL_TTL])
		fl_string("ttl", "ttl %s ", "auto");
	if (options->has[IFLA_FLANNEL_DF]) {
		const char *df = fl_name(&fl_df_names, options->df);

		print_color_string(PRINT_JSON, COLOR_NONE, "df", NULL,
				   df ? df : "unknown");
		if (options->df)
			print_color_string(PRINT_FP, COLOR_NONE, NULL,
					   "df %s ", df ? df : "unknown");
	}
	if (options->label) {
		snprintf(text, sizeof(text), "%#x", options->label);
		fl_string("label", "flowlabel %s ", text);
	}
}

static void fl_print_underlay(const struct fl_link_options *options)
{
	fl_print_addr("remote", "remote %s ", &options->remote);
	fl_print_addr("remote6", "remote %s ", &options->remote6);
	fl_print_addr("local", "local %s ", &options->local);
	fl_print_addr("local6", "local %s ", &options->local6);
	if (options->has[IFLA_FLANNEL_LINK] && options->link)
		fl_string("link", "dev %s ", ll_index_to_name(options->link));
	fl_print_ports(options);
	fl_print_header(options);
	if (options->has[IFLA_FLANNEL_UDP_CSUM])
		fl_switch("udp_csum", "udpcsum", "noudpcsum",
			  options->udp_csum);
	if (options->has[IFLA_FLANNEL_UDP_ZERO_CSUM6_TX])
		fl_switch("udp_zero_csum6_tx", "udp6zerocsumtx",
			  "noudp6zerocsumtx", options->udp_zero_csum6_tx);
	if (options->has[IFLA_FLANNEL_UDP_ZERO_CSUM6_RX])
		fl_switch("udp_zero_csum6_rx", "udp6zerocsumrx",
			  "noudp6zerocsumrx", options->udp_zero_csum6_rx);
	if (options->has[IFLA_FLANNEL_GBP])
		fl_switch("gbp", "gbp", NULL, options->gbp);
	if (options->has[IFLA_FLANNEL_LOCALBYPASS])
		fl_switch("localbypass", "localbypass", "nolocalbypass",
			  options->localbypass);
}

static void fl_print_fdb(const struct fl_link_options *options)
{
	if (options->has[IFLA_FLANNEL_LEARNING])
		fl_switch("learning", "learning", "nolearning",
			  options->learning);
	if (options->has[IFLA_FLANNEL_PROXY])
		fl_switch("proxy", "proxy", NULL, options->proxy);
	if (options->has[IFLA_FLANNEL_L2MISS])
		fl_switch("l2miss", "l2miss", "nol2miss", options->l2miss);
	if (options->has[IFLA_FLANNEL_L3MISS])
		fl_switch("l3miss", "l3miss", "nol3miss", options->l3miss);
	if (options->has[IFLA_FLANNEL_AGEING] && options->ageing)
		fl_uint("ageing", "ageing %u ", options->ageing);
	else if (options->has[IFLA_FLANNEL_AGEING])
		fl_string("ageing", "ageing %s ", "none");
	if (options->has[IFLA_FLANNEL_LIMIT] && options->limit)
		fl_uint("limit", "maxaddr %u ", options->limit);
}

/* The numbers that are ours alone, in the order of the attributes. */
static void fl_print_numbers(const struct fl_link_options *options)
{
	unsigned int i;
	char fmt[40];

	for (i = IFLA_FLANNEL_SUBNET_LEN; i <= IFLA_FLANNEL_MAX; i++) {
		const void *field = (const char *)options +
				    fl_options[i].offset;

		if (!fl_options[i].word || !options->has[i])
			continue;
		snprintf(fmt, sizeof(fmt), "%s %%u ", fl_options[i].word);
		fl_uint(fl_options[i].key, fmt,
			fl_options[i].type == FL_OPTION_U8 ?
			*(const uint8_t *)field : *(const uint32_t *)field);
	}
}

void fl_print_options(const struct fl_link_options *options)
{
	if (options->has[IFLA_FLANNEL_ID])
		fl_uint("id", "id %u ", options->id);
	if (options->has[IFLA_FLANNEL_MODE])
		fl_named("mode", "mode %s ", &fl_mode_names, options->mode);
	fl_print_underlay(options);
	fl_print_fdb(options);
	if (options->has[IFLA_FLANNEL_RPF])
		fl_named("rpf", "rpf %s ", &fl_rpf_names, options->rpf);
	if (options->has[IFLA_FLANNEL_FASTPATH])
		fl_named("fastpath", "fastpath %s ", &fl_fastpath_names,
			 options->fastpath);
	if (options->has[IFLA_FLANNEL_NOTRACK])
		fl_switch("notrack", "notrack", "nonotrack", options->notrack);
	fl_print_numbers(options);
}
