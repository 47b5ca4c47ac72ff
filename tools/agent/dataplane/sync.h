/* SPDX-License-Identifier: GPL-2.0 */
/* From the leases of all peers into the kernel: tables and direct routes. */
#ifndef AGENT_SYNC_H
#define AGENT_SYNC_H

#include "dataplane/dataplane.h"
#include "network/peers.h"

struct sync;

struct sync *sync_new(const struct dataplane_env *env, struct dataplane *dp,
		      const struct peers *peers);
void sync_free(struct sync *sync);

/* From now on, send changes to the kernel; @own is this node's lease. */
void sync_start(struct sync *sync, const struct subnets *own);

/* From now on, send changes to another data plane, which has all paths already. */
void sync_use(struct sync *sync, struct dataplane *dp);

/* A peer's lease is new, changed or gone. Cheap: the work is done later. */
void sync_touch(struct sync *sync, const struct peer *peer);

/**
 * sync_paths - all paths, and the direct routes that belong to them
 * @ctx: the struct sync
 * @count: number of paths
 *
 * Direct routes that are not wanted any more are removed.
 *
 * Return: the paths, to be freed by the caller.
 */
struct path *sync_paths(void *ctx, size_t *count);

/* For struct dataplane_env: the kernel refused a path, or (NULL) all of them. */
void sync_refused(void *ctx, const struct flc_prefix *subnet,
		  const struct flc_error *err);

/* Whether a route to @dst may affect the path to a peer. */
bool sync_concerned(const struct sync *sync, const struct flc_prefix *dst);

/* Resend everything; retries by itself until it works. */
void sync_all(struct sync *sync);

/* For struct dataplane_env; the context is the struct sync. */
enum resolution sync_resolve(void *ctx, const struct flc_addr *addr,
			     struct path *path);

void sync_metrics(const struct sync *sync, struct text *text);

#endif
