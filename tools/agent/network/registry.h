/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the cluster's state is kept: the network config and one lease a node.
 * A cluster keeps it in etcd; a single machine can do with a file.
 */
#ifndef AGENT_REGISTRY_H
#define AGENT_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One lease as it is kept. The strings belong to the registry. */
struct registry_entry {
	const char *name;	/* "10.5.52.0-24": see subnet_key.h */
	const char *value;	/* JSON: see lease_value.h */
	size_t value_len;
	int64_t version;	/* grows with each write of the entry */
	int64_t lease;		/* the registry's own; 0: it never expires */
};

enum registry_result {
	REGISTRY_OK,
	REGISTRY_NOT_FOUND,	/* no such entry (any more) */
	REGISTRY_CONFLICT,	/* somebody else wrote it */
	REGISTRY_ERROR,		/* it was not done; try again */
};

struct registry_answer {
	enum registry_result result;
	const char *error;		/* text, if ERROR */
	bool refused;			/* if ERROR: it will not do it soon either */
	const char *config;		/* of get_config */
	size_t config_len;
	uint64_t ttl;			/* seconds; 0: it never expires */
	struct registry_entry entry;	/* as it is now, if OK or CONFLICT */
};

/* @answer is gone when the callback returns. */
typedef void (*registry_fn)(void *ctx, const struct registry_answer *answer);

/* What the registry tells of the leases of all nodes. */
struct registry_events {
	/* Everything follows: what is not put before the end is gone. */
	void (*snapshot_begin)(void *ctx);
	void (*snapshot_end)(void *ctx);
	void (*put)(void *ctx, const struct registry_entry *entry);
	void (*removed)(void *ctx, const char *name);
	/* In touch with the registry (@why NULL), or not, and why. On change. */
	void (*state)(void *ctx, const char *why);
};

struct registry;

struct registry_ops {
	void (*free)(struct registry *reg);

	/* Read the network config. */
	void (*get_config)(struct registry *reg, registry_fn done, void *ctx);

	/*
	 * Write an entry if its version is still @version (0: if there is
	 * none), to expire after @ttl seconds (0: never). @lease is that of
	 * the entry which is written over, to be used on, or 0.
	 */
	void (*claim)(struct registry *reg, const char *name,
		      const char *value, int64_t version, int64_t lease,
		      uint64_t ttl, registry_fn done, void *ctx);

	/* Set the time to live of a claimed entry back to its full length. */
	void (*renew)(struct registry *reg, const char *name, int64_t lease,
		      registry_fn done, void *ctx);

	/* Delete an entry if its version is still @version. */
	void (*release)(struct registry *reg, const char *name,
			int64_t version, registry_fn done, void *ctx);

	/* Tell a snapshot and then every change, from now on. Once. */
	void (*follow)(struct registry *reg,
		       const struct registry_events *events, void *ctx);

	/* Append the registry's own metrics in Prometheus text format. */
	void (*metrics)(struct registry *reg, void *ctx,
			void (*add)(void *ctx, const char *fmt, ...));
};

/* Embedded in each kind of registry. */
struct registry {
	const struct registry_ops *ops;
};

#endif
