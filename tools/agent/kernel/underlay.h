/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The underlay: the interface and the addresses that the nodes use among
 * themselves.
 */
#ifndef AGENT_UNDERLAY_H
#define AGENT_UNDERLAY_H

#include "base/options.h"
#include "kernel/host.h"
#include "lib/addr.h"
#include "lib/error.h"

#include <net/if.h>

struct underlay {
	/* Packets leave through it. */
	int ifindex;
	char name[IF_NAMESIZE];
	unsigned int mtu;
	/*
	 * Their source: an address of the interface, or one of this host that is
	 * routed to it. Unset if there is none of the family.
	 */
	struct flc_addr local4, local6;
	/* The published address: --public-ip, or the same. */
	struct flc_addr public4, public6;

	/* The address is on a loopback: the interface is that of a default route. */
	bool by_route;
	/* A flag or its expression requests this very address. */
	struct flc_addr asked;
};

/**
 * struct underlay_wish - what is asked for
 * @opt: the flags
 * @want4: the overlay has IPv4
 * @want6: the overlay has IPv6
 * @tell: log which flags do not fit
 */
struct underlay_wish {
	const struct options *opt;
	bool want4, want6;
	bool tell;
};

/**
 * underlay_choose - find the interface as flanneld does
 * @out: result
 * @host: what there is
 * @wish: what is asked for
 * @err: why there is none
 *
 * By --iface, then --iface-regex, then --iface-can-reach, the first that fits;
 * without any of them by --public-ip if that is an address of this host, or
 * else by the default route.
 *
 * Return: 0 or a negative errno.
 */
int underlay_choose(struct underlay *out, const struct host *host,
		    const struct underlay_wish *wish, struct flc_error *err);

/* Whether a flag says which interface it is. */
bool underlay_is_named(const struct options *opt);

/*
 * The values of --public-ip and --public-ipv6, or none. False if they are invalid.
 */
bool underlay_parse_public(struct underlay *out, const struct options *opt,
			   struct flc_error *err);

/* From now on packets leave through @link. */
void underlay_set_link(struct underlay *underlay, const struct flc_link *link);

/* Bytes per packet that VXLAN takes on this underlay. */
unsigned int underlay_overhead(const struct underlay *underlay);

/* Whether the two are the same in everything that the overlay depends on. */
bool underlay_equal(const struct underlay *a, const struct underlay *b);

#endif
