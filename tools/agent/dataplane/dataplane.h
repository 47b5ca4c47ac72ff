/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel side of the overlay, in one of several forms: the flannel link type,
 * the kernel's vxlan if that is missing, or nothing at all (host-gw, alloc).
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

/* The environment of every form. All of it outlives the data plane. */
struct dataplane_env {
	struct loop *loop;
	struct flc_rtnl *rtnl;
	struct routes *routes;
	const struct options *opt;
	const struct netconf *conf;
	const struct underlay *underlay;
	struct guard *guard;

	/* Implemented by sync.c, which maintains the paths. */
	void *sync;
	/* The path to an inner address. */
	enum resolution (*resolve)(void *sync, const struct flc_addr *addr,
				   struct path *path);
	/* All paths; the caller frees them. */
	struct path *(*all_paths)(void *sync, size_t *count);
	/*
	 * The kernel refused the path to @subnet, but not others; or, if NULL, all
	 * of them.
	 */
	void (*refused)(void *sync, const struct flc_prefix *subnet,
			const struct flc_error *err);
};

struct dataplane {
	const struct dataplane_ops *ops;
	const struct dataplane_env *env;
};

/*
 * Functions that return int return 0 or a negative errno. If the kernel refuses a
 * path, they do not fail but call env->refused().
 */
struct dataplane_ops {
	/* What it is made of: "flannel", "vxlan", or "none". */
	const char *kind;

	/* Free it; everything in the kernel stays and keeps working. */
	void (*free)(struct dataplane *dp);

	/*
	 * Find or create the devices, without disturbing running ones. @last: this
	 * node's last lease, whose MACs are reused, or NULL.
	 */
	int (*prepare)(struct dataplane *dp, const struct lease_value *last,
		       struct flc_error *err);

	/* Undo prepare(), and activate() if that has failed. */
	void (*abandon)(struct dataplane *dp);

	/* Change the MACs of the devices. NULL: they have none. */
	int (*change_mac)(struct dataplane *dp, struct flc_error *err);

	/* Data about the devices that other nodes need. */
	void (*describe)(const struct dataplane *dp, struct lease_value *value);

	/*
	 * Configure the addresses of the devices and set them up, with all paths in
	 * their tables; or restore whatever has been changed since. @remade: a
	 * device had to be recreated.
	 */
	int (*activate)(struct dataplane *dp, const struct subnets *own,
			bool *remade, struct flc_error *err);

	/* MTU for pods. */
	unsigned int (*mtu)(const struct dataplane *dp);

	/* Replace all paths: those not in @paths are removed. */
	int (*replace)(struct dataplane *dp, const struct path *paths,
		       size_t count, struct flc_error *err);

	/* Add or update some paths. */
	int (*set)(struct dataplane *dp, const struct path *paths,
		   size_t count, struct flc_error *err);

	/* Remove the paths of subnets, whether there are any or not. */
	int (*del)(struct dataplane *dp, const struct flc_prefix *subnets,
		   size_t count, struct flc_error *err);

	/* Whether this is one of the devices. */
	bool (*has_link)(const struct dataplane *dp, int ifindex);

	/* Remove the devices. */
	int (*release)(struct dataplane *dp, struct flc_error *err);

	/* Append metrics; may be NULL. */
	void (*metrics)(const struct dataplane *dp, struct text *text);
};

#endif
