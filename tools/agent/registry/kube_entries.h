/* SPDX-License-Identifier: GPL-2.0 */
/* The registry entry of each Node of a cluster. */
#ifndef AGENT_REGISTRY_KUBE_ENTRIES_H
#define AGENT_REGISTRY_KUBE_ENTRIES_H

#include <stdbool.h>

#include "network/registry.h"

struct kube_entries;

struct kube_entries *kube_entries_new(void);
void kube_entries_free(struct kube_entries *entries);

/* The receiver of events from now on. */
void kube_entries_tell(struct kube_entries *entries,
		       const struct registry_events *events, void *ctx);

/* All Nodes follow; a Node not put, skipped or refused before the end is gone. */
void kube_entries_begin(struct kube_entries *entries);
void kube_entries_end(struct kube_entries *entries);

/*
 * kube_entries_put - report the data of a Node
 * @node: its name
 * @key: name of the entry
 * @first: it has the entry, even if others claim it
 *
 * There is no event for an unchanged value.
 *
 * Return: NULL, or the name of the Node that has the entry: this one is refused.
 */
const char *kube_entries_put(struct kube_entries *entries, const char *node,
			     const char *key, const char *value,
			     int64_t version, bool first);

/* The Node exists and has no entry. */
void kube_entries_skip(struct kube_entries *entries, const char *node);

/*
 * kube_entries_refuse - the Node exists, but its data is invalid
 * @waits: only because another Node has the same entry
 * Return: whether this is new.
 */
bool kube_entries_refuse(struct kube_entries *entries, const char *node,
			 const char *why, bool waits);

/* The Node is gone. */
void kube_entries_remove(struct kube_entries *entries, const char *node);

/*
 * Whether an entry became free since the last call and a Node waits for it. The
 * Node can have it now and must be read again.
 */
bool kube_entries_vacant(struct kube_entries *entries);

size_t kube_entries_count(const struct kube_entries *entries);
size_t kube_entries_refused(const struct kube_entries *entries);

#endif
