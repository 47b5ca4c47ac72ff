/* SPDX-License-Identifier: GPL-2.0 */
/* All Nodes of the cluster, and every change of them: LIST, and then WATCH. */
#ifndef AGENT_KUBE_WATCH_H
#define AGENT_KUBE_WATCH_H

#include <jansson.h>

#include "kube/api.h"

/* Called while data is read: callbacks must not begin or end requests. */
struct kube_watch_ops {
	/* All Nodes follow: a Node not reported before the end is gone. */
	void (*list_begin)(void *ctx);
	void (*list_end)(void *ctx);
	void (*node)(void *ctx, json_t *node);
	void (*deleted)(void *ctx, json_t *node);
	/* A Node that cannot be read at all; @head is its beginning. */
	void (*unreadable)(void *ctx, const char *why, const char *head,
			   size_t len);
	/* Connected to the API server (@why NULL), or why not. Called on change. */
	void (*state)(void *ctx, const char *why);
};

struct kube_watch;

struct kube_watch_stats {
	unsigned long lists;		/* from their first page on */
	unsigned long restarts;		/* of the watch, without planned ones */
	unsigned long bookmarks;
};

struct kube_watch *kube_watch_new(struct kube_api *api,
				  const struct kube_watch_ops *ops, void *ctx);
void kube_watch_free(struct kube_watch *watch);

void kube_watch_start(struct kube_watch *watch);

/* Read all Nodes again, soon. */
void kube_watch_relist(struct kube_watch *watch);

const struct kube_watch_stats *kube_watch_stats(const struct kube_watch *watch);

#endif
