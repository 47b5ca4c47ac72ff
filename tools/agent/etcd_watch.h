/* SPDX-License-Identifier: GPL-2.0 */
/* A watch of etcd that outlives endpoints: it resumes where it was. */
#ifndef AGENT_ETCD_WATCH_H
#define AGENT_ETCD_WATCH_H

#include "etcd.h"
#include "etcd.pb-c.h"

struct etcd_watch;

struct etcd_watch_ops {
	/* Changes, in order. */
	void (*events)(void *ctx, Etcd__Event *const *events, size_t count);

	/*
	 * The changes since the last ones are no longer to be had: read
	 * everything anew and watch again. The watch has stopped.
	 */
	void (*behind)(void *ctx, const char *why);

	/* Connected and heard of (@why NULL), or not, and why. On change. */
	void (*state)(void *ctx, const char *why);
};

/* Watch all keys in [@key, @end). */
struct etcd_watch *etcd_watch_new(struct etcd *etcd, const char *key,
				  const char *end,
				  const struct etcd_watch_ops *ops, void *ctx);
void etcd_watch_free(struct etcd_watch *watch);

/* Watch from @revision on; goes on until stopped or behind. */
void etcd_watch_start(struct etcd_watch *watch, int64_t revision);
void etcd_watch_stop(struct etcd_watch *watch);

/* Number of connections lost, for /metrics. */
unsigned long etcd_watch_restarts(const struct etcd_watch *watch);

#endif
