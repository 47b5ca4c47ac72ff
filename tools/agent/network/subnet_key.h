/* SPDX-License-Identifier: GPL-2.0 */
/* Names of leases in the registry: "10.5.52.0-24", "10.5.52.0-24&fc00::-64". */
#ifndef AGENT_SUBNET_KEY_H
#define AGENT_SUBNET_KEY_H

#include <stdbool.h>

#include "lib/addr.h"

/* The subnets of one node; a family that it does not have is unset. */
struct subnets {
	struct flc_prefix v4;
	struct flc_prefix v6;
};

#define SUBNET_KEY_LEN (2 * FLC_PREFIX_STRLEN + 1)

/**
 * subnet_key_parse - read the name of a lease
 * @out: filled on success only
 * @name: the key without the registry's prefix
 *
 * An IPv6-only node is written "0.0.0.0-0&<v6>-<len>": the IPv4 half is then
 * left unset in @out.
 */
bool subnet_key_parse(struct subnets *out, const char *name);

/* The name, in @buf (SUBNET_KEY_LEN bytes) and returned. */
const char *subnet_key_format(const struct subnets *subnets, char *buf);

bool subnets_equal(const struct subnets *a, const struct subnets *b);

#endif
