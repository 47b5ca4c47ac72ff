// SPDX-License-Identifier: GPL-2.0
/*
 * The registry entry of each Node of a cluster. The kubelets write their Nodes all
 * the time: only changes that concern this network are passed on. Two trees: by
 * the name of the Node, and by the name of the entry.
 */
#include "registry/kube_entries.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/util.h"

struct known {
	TAILQ_ENTRY(known) link;
	char *node;
	char *key, *value;	/* NULL: it has no entry */
	char *refused;		/* why it has none; NULL: there is no reason */
	bool waits;		/* for an entry of another Node */
	unsigned int snapshot;
};

struct kube_entries {
	TAILQ_HEAD(, known) all;
	const struct registry_events *events;
	void *ctx;
	void *by_node, *by_key;
	size_t count, refused, waiting;
	bool vacant;		/* an entry that a Node may wait for */
	unsigned int snapshot;
	bool in_snapshot;
};

static int compare_nodes(const void *a, const void *b)
{
	return strcmp(((const struct known *)a)->node,
		      ((const struct known *)b)->node);
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(((const struct known *)a)->key,
		      ((const struct known *)b)->key);
}

struct kube_entries *kube_entries_new(void)
{
	struct kube_entries *entries = xcalloc(1, sizeof(*entries));

	TAILQ_INIT(&entries->all);
	return entries;
}

static struct known *find_node(struct kube_entries *entries, const char *node)
{
	struct known like = { .node = (char *)node };
	void *found = tfind(&like, &entries->by_node, compare_nodes);

	return found ? *(struct known **)found : NULL;
}

static struct known *find_key(struct kube_entries *entries, const char *key)
{
	struct known like = { .key = (char *)key };
	void *found = tfind(&like, &entries->by_key, compare_keys);

	return found ? *(struct known **)found : NULL;
}

/* The Node, marked as present in this snapshot. */
static struct known *see(struct kube_entries *entries, const char *node)
{
	struct known *known = find_node(entries, node);

	if (!known) {
		known = xcalloc(1, sizeof(*known));
		known->node = xstrdup(node);
		tsearch(known, &entries->by_node, compare_nodes);
		TAILQ_INSERT_TAIL(&entries->all, known, link);
		entries->count++;
	}
	known->snapshot = entries->snapshot;
	return known;
}

/* It no longer has an entry. */
static void take(struct kube_entries *entries, struct known *known, bool tell)
{
	char *key = known->key;

	if (!key)
		return;
	tdelete(known, &entries->by_key, compare_keys);
	entries->vacant = true;
	known->key = NULL;
	free(known->value);
	known->value = NULL;
	if (tell && entries->events)
		entries->events->removed(entries->ctx, key);
	free(key);
}

static void set_refused(struct kube_entries *entries, struct known *known,
			const char *why, bool waits)
{
	entries->refused += !!why - !!known->refused;
	entries->waiting += waits - known->waits;
	free(known->refused);
	known->refused = why ? xstrdup(why) : NULL;
	known->waits = waits;
}

static void forget(struct kube_entries *entries, struct known *known, bool tell)
{
	take(entries, known, tell);
	set_refused(entries, known, NULL, false);
	tdelete(known, &entries->by_node, compare_nodes);
	TAILQ_REMOVE(&entries->all, known, link);
	entries->count--;
	free(known->node);
	free(known);
}

static void keep_node(void *node)
{
}

void kube_entries_free(struct kube_entries *entries)
{
	struct known *known;

	if (!entries)
		return;
	tdestroy(entries->by_key, keep_node);
	tdestroy(entries->by_node, keep_node);
	while ((known = TAILQ_FIRST(&entries->all))) {
		TAILQ_REMOVE(&entries->all, known, link);
		free(known->node);
		free(known->key);
		free(known->value);
		free(known->refused);
		free(known);
	}
	free(entries);
}

void kube_entries_tell(struct kube_entries *entries,
		       const struct registry_events *events, void *ctx)
{
	entries->events = events;
	entries->ctx = ctx;
}

void kube_entries_begin(struct kube_entries *entries)
{
	entries->snapshot++;
	entries->in_snapshot = true;
	if (entries->events)
		entries->events->snapshot_begin(entries->ctx);
}

void kube_entries_end(struct kube_entries *entries)
{
	struct known *known, *next;

	for (known = TAILQ_FIRST(&entries->all); known; known = next) {
		next = TAILQ_NEXT(known, link);
		/* The end of the snapshot reports that its entry is gone. */
		if (known->snapshot != entries->snapshot)
			forget(entries, known, false);
	}
	entries->in_snapshot = false;
	if (entries->events)
		entries->events->snapshot_end(entries->ctx);
}

static void tell(struct kube_entries *entries, const struct known *known,
		 int64_t version)
{
	struct registry_entry entry = {
		.name = known->key,
		.value = known->value,
		.value_len = strlen(known->value),
		.version = version,
		.lease = 1,	/* it ends with the Node */
	};

	if (entries->events)
		entries->events->put(entries->ctx, &entry);
}

/* Whether @owner may keep its entry although another Node claims it. */
static bool keeps(const struct kube_entries *entries, const struct known *owner,
		  bool first)
{
	/* If the list does not have the Node so far, its data may be outdated. */
	return !first && (!entries->in_snapshot ||
			  owner->snapshot == entries->snapshot);
}

const char *kube_entries_put(struct kube_entries *entries, const char *node,
			     const char *key, const char *value,
			     int64_t version, bool first)
{
	struct known *known = see(entries, node);
	struct known *owner = find_key(entries, key);
	char *old = NULL;

	if (owner && owner != known) {
		if (keeps(entries, owner, first)) {
			take(entries, known, true);
			return owner->node;
		}
		take(entries, owner, false);
	}
	set_refused(entries, known, NULL, false);
	if (known->key && !strcmp(known->key, key)) {
		if (!strcmp(known->value, value) && !entries->in_snapshot)
			return NULL;
	} else {
		if (known->key) {
			tdelete(known, &entries->by_key, compare_keys);
			old = known->key;
			entries->vacant = true;
		}
		known->key = xstrdup(key);
		tsearch(known, &entries->by_key, compare_keys);
	}
	free(known->value);
	known->value = xstrdup(value);
	tell(entries, known, version);
	/* After the new one, because the owner of the old one may read all entries. */
	if (old && entries->events)
		entries->events->removed(entries->ctx, old);
	free(old);
	return NULL;
}

void kube_entries_skip(struct kube_entries *entries, const char *node)
{
	struct known *known = see(entries, node);

	take(entries, known, true);
	set_refused(entries, known, NULL, false);
}

bool kube_entries_refuse(struct kube_entries *entries, const char *node,
			 const char *why, bool waits)
{
	struct known *known = see(entries, node);
	bool news = !known->refused || strcmp(known->refused, why);

	take(entries, known, true);
	set_refused(entries, known, why, waits);
	return news;
}

void kube_entries_remove(struct kube_entries *entries, const char *node)
{
	struct known *known = find_node(entries, node);

	if (known)
		forget(entries, known, true);
}

bool kube_entries_vacant(struct kube_entries *entries)
{
	bool vacant = entries->vacant && entries->waiting;

	entries->vacant = false;
	return vacant;
}

size_t kube_entries_count(const struct kube_entries *entries)
{
	return entries->count;
}

size_t kube_entries_refused(const struct kube_entries *entries)
{
	return entries->refused;
}
