/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's side of the overlay, in one of its forms: the flannel link
 * type, the kernel's vxlan where that is not there, or nothing at all
 * (host-gw, alloc).
 */
#ifndef AGENT_DATAPLANE_H
#define AGENT_DATAPLANE_H

#include "base/loop.h"
#include "base/options.h"
#include "base/text.h"
#include "dataplane/path.h"
#include "kernel/routes.h"
#include "kernel/underlay.h"
#include "lib/addr.h"
#include "lib/error.h"
#include "lib/rtnl.h"
#include "network/lease_value.h"
#include "network/netconf.h"
#include "network/subnet_key.h"

struct guard;

enum resolution {
	RESOLVED,		/* this is the path */
	RESOLVED_NONE,		/* there is no such subnet */
	RESOLVED_UNKNOWN,	/* not known yet */
};

/* What every form is made of. All outlive the data plane. */
struct dataplane_env {
	struct loop *loop;
	struct flc_rtnl *rtnl;
	struct routes *routes;
	const struct options *opt;
	const struct netconf *conf;
	const struct underlay *underlay;
	struct guard *guard;

	/* What follows is sync.c's, which keeps the paths. */
	void *sync;
	/* The path to an inner address. */
	enum resolution (*resolve)(void *sync, const struct flc_addr *addr,
				   struct path *path);
	/* All paths; the caller frees them. */
	struct path *(*all_paths)(void *sync, size_t *count);
	/*
	 * The kernel has refused the path to @subnet, but not others; or, with
	 * NULL, all of them.
	 */
	void (*refused)(void *sync, const struct flc_prefix *subnet,
			const struct flc_error *err);
};

struct dataplane {
	const struct dataplane_ops *ops;
	const struct dataplane_env *env;
};

/*
 * Functions that return int return 0 or a negative errno. A path that the kernel
 * refuses is no error of theirs: env->refused() is told.
 */
struct dataplane_ops {
	/* What it is made of: "flannel", "vxlan", or "none". */
	const char *kind;

	/* Let go of it; what is in the kernel stays and goes on working. */
	void (*free)(struct dataplane *dp);

	/*
	 * Get the devices, found or new, without disturbing what runs now.
	 * @last: this node's last lease, whose MACs are used again, or NULL.
	 */
	int (*prepare)(struct dataplane *dp, const struct lease_value *last,
		       struct flc_error *err);

	/* Undo prepare(), and activate() if that has failed. */
	void (*abandon)(struct dataplane *dp);

	/* Give the devices other MACs; NULL: they have none. */
	int (*change_mac)(struct dataplane *dp, struct flc_error *err);

	/* What other nodes have to know of the devices. */
	void (*describe)(const struct dataplane *dp, struct lease_value *value);

	/*
	 * Give the devices their addresses and put them to work, with all
	 * paths in their tables; or put right whatever somebody has changed
	 * since. @remade: a device had to be made anew.
	 */
	int (*activate)(struct dataplane *dp, const struct subnets *own,
			bool *remade, struct flc_error *err);

	/* MTU for what is behind the overlay. */
	unsigned int (*mtu)(const struct dataplane *dp);

	/* All paths anew: what is not in @paths goes. */
	int (*replace)(struct dataplane *dp, const struct path *paths,
		       size_t count, struct flc_error *err);

	/* Some paths that are new or have changed. */
	int (*set)(struct dataplane *dp, const struct path *paths,
		   size_t count, struct flc_error *err);

	/* Subnets that have no path any more, whether they had one or not. */
	int (*del)(struct dataplane *dp, const struct flc_prefix *subnets,
		   size_t count, struct flc_error *err);

	/* Whether this is one of the devices. */
	bool (*has_link)(const struct dataplane *dp, int ifindex);

	/* Take the devices down for good. */
	int (*release)(struct dataplane *dp, struct flc_error *err);

	/* Append metrics; may be NULL. */
	void (*metrics)(const struct dataplane *dp, struct text *text);
};

#endif
