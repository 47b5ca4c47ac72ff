/* SPDX-License-Identifier: GPL-2.0 */
/* The network config: the JSON object under <prefix>/config. */
#ifndef AGENT_NETCONF_H
#define AGENT_NETCONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

enum backend_type {
	BACKEND_VXLAN,
	BACKEND_HOST_GW,
	BACKEND_ALLOC,
};

/* One family's part of the overlay; network unset: the family is off. */
struct netconf_family {
	struct flc_prefix network;
	uint8_t subnet_len;
	struct flc_prefix min;	/* first subnet to lease */
	struct flc_prefix max;	/* last one */
};

struct netconf {
	struct netconf_family v4;
	struct netconf_family v6;
	bool enable_nftables;
	enum backend_type backend;
	uint32_t vni;
	uint16_t port;
	uint32_t mtu;		/* of the underlay; 0: of the interface */
	bool gbp;
	bool learning;
	bool direct_routing;
};

#define NETCONF_ERROR_LEN 256

/* This many prefixes suffice for any range of subnets. */
#define NETCONF_RANGES 256

/*
 * netconf_parse - read and check a network config as flanneld does
 * @conf: filled on success only
 * @json: its text, @len bytes
 * @error: what is wrong, NETCONF_ERROR_LEN bytes
 *
 * Unknown keys are logged and ignored; names match in any case.
 * Return: true if @conf can be used.
 */
bool netconf_parse(struct netconf *conf, const char *json, size_t len,
		   char *error);

/**
 * netconf_ranges - what can be leased, as few prefixes
 * @f: a family's part of the config, which may be off
 * @ranges: room for NETCONF_RANGES of them
 *
 * From SubnetMin to SubnetMax. Where SubnetMin is not given, the first subnet of
 * Network belongs to it, too: nobody is given it, but a route is saved for each
 * bit between the two lengths, and nothing else is meant to be there.
 *
 * Return: how many.
 */
size_t netconf_ranges(const struct netconf_family *f,
		      struct flc_prefix *ranges);

/* Whether @subnet is within those ranges. */
bool netconf_can_lease(const struct netconf_family *f,
		       const struct flc_prefix *subnet);

/* Whether @prefix has addresses that can never be a pod's. */
bool netconf_is_special(const struct flc_prefix *prefix);

/* The name in net-conf.json and of BackendType. */
const char *backend_type_name(enum backend_type type);

#endif
