/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The step in which a new overlay device replaces an old one of another type:
 * names, UDP port, and restoring it on failure.
 */
#ifndef AGENT_TAKEOVER_H
#define AGENT_TAKEOVER_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/route.h"
#include "lib/rtnl.h"

/* A device that was moved aside during a takeover. */
struct takeover_aside {
	int ifindex;
	char name[IF_NAMESIZE];
	struct flc_route_list routes;	/* that go with it */
};

#define TAKEOVER_REPLACES	2

/**
 * struct takeover - a device takes the place of others
 * @rtnl: connection
 * @name: of the device
 * @kind: of the device
 * @replaces: names of further devices of another kind that it takes the place of
 * @ifindex: of the device, which waits under another name
 * @asides: what was put aside
 * @count: how many
 * @since_ms: since when traffic has had to wait for that
 */
struct takeover {
	struct flc_rtnl *rtnl;
	const char *name, *kind;
	const char *replaces[TAKEOVER_REPLACES];
	int ifindex;
	struct takeover_aside asides[TAKEOVER_REPLACES + 1];
	size_t count;
	uint64_t since_ms;
};

/*
 * The temporary name of a device: "new" while it waits, "old" when it is moved
 * aside.
 */
void takeover_name(char *buf, const char *name, const char *what);

/* Remove a device of such a name, if there is one. */
void takeover_remove_stray(struct flc_rtnl *rtnl, const char *name);

/* Move the replaced devices aside: set them down and rename them. */
int takeover_begin(struct takeover *takeover, struct flc_error *err);

/* Restore them, with their routes. */
void takeover_undo(struct takeover *takeover);

/* Remove them. */
void takeover_finish(struct takeover *takeover);

#endif
