/* SPDX-License-Identifier: GPL-2.0 */
/* The underlay: the interface and the addresses that nodes talk over. */
#ifndef AGENT_UNDERLAY_H
#define AGENT_UNDERLAY_H

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/rtnl.h"
#include "options.h"

#include <net/if.h>

struct underlay {
	int ifindex;
	char name[IF_NAMESIZE];
	unsigned int mtu;
	/* Addresses of the interface; unset if it has none of the family. */
	struct fl_addr local4, local6;
	/* What other nodes are told: --public-ip, or the same. */
	struct fl_addr public4, public6;
};

/**
 * underlay_choose - find the interface as flanneld does
 * @want4: IPv4 is wanted
 * @want6: IPv6 is wanted
 * @err: why there is none
 *
 * By --iface, then --iface-regex, then --iface-can-reach, the first that fits;
 * without any of them by --public-ip if that is an address of this host, or
 * else by the default route.
 *
 * Return: 0 or a negative errno.
 */
int underlay_choose(struct underlay *out, struct fl_rtnl *rtnl,
		    const struct options *opt, bool want4, bool want6,
		    struct fl_error *err);

/* Bytes that VXLAN over this underlay takes of each packet. */
unsigned int underlay_overhead(const struct underlay *underlay);

/* Whether the two are the same in everything that the overlay depends on. */
bool underlay_equal(const struct underlay *a, const struct underlay *b);

#endif
