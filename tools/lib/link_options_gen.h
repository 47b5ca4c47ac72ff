/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit: made of Documentation/netlink/specs/flannel.yaml by "make netlink". */
#ifndef LIBFLANNEL_LINK_OPTIONS_GEN_H
#define LIBFLANNEL_LINK_OPTIONS_GEN_H

#include <linux/flannel.h>

#include "lib/addr.h"

/* See lib/link_options.h. */
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
	uint8_t df;	/* enum flannel_df */
	bool localbypass;
	uint8_t mode;	/* enum flannel_mode */
	uint8_t rpf;	/* enum flannel_rpf */
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

/* Bytes that all options take in a message */
#define FLC_LINK_OPTIONS_SIZE	332

#endif
