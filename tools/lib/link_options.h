/* SPDX-License-Identifier: GPL-2.0 */
/* The options of `ip link add ... type flannel`. */
#ifndef LIBFLANNEL_LINK_OPTIONS_H
#define LIBFLANNEL_LINK_OPTIONS_H

#include <linux/flannel.h>

#include "lib/addr.h"

/*
 * struct flc_link_options - options of a flannel (or vxlan) device
 * @has: by IFLA_FLANNEL_*: the option is there. A request changes only these.
 *
 * The other fields are named as the attributes IFLA_FLANNEL_* are; ports are in
 * host byte order. Where the numbers are those of vxlan the options can be
 * used with a device of kind "vxlan", too.
 */
struct flc_link_options {
	bool has[IFLA_FLANNEL_MAX + 1];

	uint32_t id;
	struct flc_addr remote;
	uint32_t link;
	struct flc_addr local;
	uint8_t ttl;
	uint8_t tos;
	bool learning;
	uint32_t ageing;
	uint32_t limit;
	struct {
		uint16_t low;
		uint16_t high;
	} port_range;
	bool proxy;
	bool l2miss;
	bool l3miss;
	uint16_t port;
	struct flc_addr remote6;
	struct flc_addr local6;
	bool udp_csum;
	bool udp_zero_csum6_tx;
	bool udp_zero_csum6_rx;
	bool gbp;
	uint32_t label;
	bool ttl_inherit;
	uint8_t df;		/* enum flannel_df */
	bool localbypass;

	uint8_t mode;		/* enum flannel_mode */
	uint8_t rpf;		/* enum flannel_rpf */
	uint8_t fastpath;	/* enum flannel_fastpath */
	bool notrack;
	uint8_t subnet_len;
	uint8_t subnet_len6;
	uint32_t miss_entries;
	uint32_t miss_bytes;
	uint32_t miss_entry_bytes;
	uint32_t miss_retry;
	uint8_t miss_tries;
	uint32_t miss_negative;
	uint32_t lease_idle;
	uint32_t rpf_entries;
	uint32_t rpf_rate;
};

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

/**
 * struct flc_option - how an option is sent
 * @word: what a user types, NULL where there is no such number
 * @key: name in JSON, that of the attribute in lower case
 * @type: type of the attribute
 * @offset: of the field in struct flc_link_options
 */
struct flc_option {
	const char *word;
	const char *key;
	enum flc_option_type type;
	size_t offset;
};

/* By IFLA_FLANNEL_*. */
extern const struct flc_option flc_options[IFLA_FLANNEL_MAX + 1];

#endif
