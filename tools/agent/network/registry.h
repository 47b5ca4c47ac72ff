/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Storage of the cluster's state: the network config and one lease per node. A
 * cluster keeps it in etcd; for a single machine a file suffices.
 */
#ifndef AGENT_REGISTRY_H
#define AGENT_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "network/subnet_key.h"

/* A lease as stored. The registry owns the strings. */
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
	REGISTRY_CONFLICT,	/* someone else wrote it */
	REGISTRY_ERROR,		/* it failed; retry */
};

struct registry_answer {
	enum registry_result result;
	const char *error;		/* text, if ERROR */
	bool refused;			/* if ERROR: do not retry soon */
	const char *config;		/* of get_config */
	size_t config_len;
	/* Of get_config: what this node shall be known by; NULL: as the flags say. */
	const char *public_ip, *public_ipv6;
	uint64_t ttl;			/* seconds; 0: it never expires */
	struct registry_entry entry;	/* as it is now, if OK or CONFLICT */
};

/* @answer is gone when the callback returns. */
typedef void (*registry_fn)(void *ctx, const struct registry_answer *answer);

/* Events of the registry about the leases of all nodes. */
struct registry_events {
	/* A complete listing follows: leases not put before the end are gone. */
	void (*snapshot_begin)(void *ctx);
	void (*snapshot_end)(void *ctx);
	void (*put)(void *ctx, const struct registry_entry *entry);
	void (*removed)(void *ctx, const char *name);
	/*
	 * Connected to the registry (@why NULL), or not, with the reason. Called on
	 * change.
	 */
	void (*state)(void *ctx, const char *why);
};

struct registry;

struct registry_ops {
	void (*free)(struct registry *reg);

	/* Read the network config. */
	void (*get_config)(struct registry *reg, registry_fn done, void *ctx);

	/*
	 * Write an entry if its version is still @version (0: if there is none), to
	 * expire after @ttl seconds (0: never). @lease is that of the overwritten
	 * entry, to be reused, or 0.
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

	/* From now on, report a snapshot and then every change. Call once. */
	void (*follow)(struct registry *reg,
		       const struct registry_events *events, void *ctx);

	/*
	 * The subnets that the store has set apart for this node, which takes no
	 * others then. Its entry is that of these subnets, whatever it says. NULL:
	 * nodes choose for themselves.
	 *
	 * Return: false if there are none now; the registry tells why.
	 */
	bool (*assigned)(struct registry *reg, struct subnets *out);

	/* Append the registry's own metrics in Prometheus text format. */
	void (*metrics)(struct registry *reg, void *ctx,
			void (*add)(void *ctx, const char *fmt, ...));
};

/* Embedded in each kind of registry. */
struct registry {
	const struct registry_ops *ops;
	bool set_up;	/* the agent says: this node is, and others may be told */
};

#endif
