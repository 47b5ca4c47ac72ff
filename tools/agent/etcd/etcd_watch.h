/* SPDX-License-Identifier: GPL-2.0 */
/* A watch of etcd that survives failing endpoints: it resumes where it was. */
#ifndef AGENT_ETCD_WATCH_H
#define AGENT_ETCD_WATCH_H

#include "etcd/etcd.h"
#include "etcd/etcd_history.h"

struct etcd_watch;

struct etcd_watch_ops {
	/* Changes, in order. */
	void (*events)(void *ctx, Etcd__Event *const *events, size_t count);

	/*
	 * Changes were missed that are not available any more: everything must be
	 * read again. Later changes are still reported.
	 */
	void (*behind)(void *ctx, const char *why);

	/* A new connection works; missed changes may still be in transit. */
	void (*resumed)(void *ctx);

	/*
	 * Connected and receiving (@why NULL), or not, with the reason. Called on
	 * change.
	 */
	void (*state)(void *ctx, const char *why);
};

/* Watch all keys in [@key, @end). */
struct etcd_watch *etcd_watch_new(struct etcd *etcd, const char *key,
				  const char *end,
				  const struct etcd_watch_ops *ops, void *ctx);
void etcd_watch_free(struct etcd_watch *watch);

/*
 * etcd_watch_start - watch from a revision on, until stopped
 * @history: of the etcd that the revision is of
 * @nodes: about so many others watch it, too: what they do together is bounded
 */
void etcd_watch_start(struct etcd_watch *watch, int64_t revision,
		      const struct etcd_history *history, unsigned int nodes);
void etcd_watch_stop(struct etcd_watch *watch);

/* Number of connections lost, for /metrics. */
unsigned long etcd_watch_restarts(const struct etcd_watch *watch);

#endif
