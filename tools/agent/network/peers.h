/* SPDX-License-Identifier: GPL-2.0 */
/* The peers: the leases of all nodes in memory, as last received. */
#ifndef AGENT_PEERS_H
#define AGENT_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "network/lease_value.h"
#include "network/registry.h"
#include "network/subnet_key.h"

struct peer {
	TAILQ_ENTRY(peer) link;
	char *name;		/* in the registry */
	struct subnets subnets;
	struct lease_value value;
	int64_t version;
	int64_t lease;		/* 0: a reservation */
	unsigned int snapshot;	/* the last one that it was in */
};

struct peers;

struct peers_ops {
	/* A lease is new, or its value has changed. */
	void (*changed)(void *ctx, const struct peer *peer);
	/* A lease is gone. */
	void (*removed)(void *ctx, const struct peer *peer);
	/* All of them are known: after each snapshot. */
	void (*complete)(void *ctx);
};

struct peers *peers_new(const struct peers_ops *ops, void *ctx);
void peers_free(struct peers *peers);

/* The registry's events go directly in: their context is the struct peers. */
extern const struct registry_events peers_events;

/* Whether a whole snapshot was seen. */
bool peers_complete(const struct peers *peers);

/* Whether it was, and the registry has not reported a lost connection since. */
bool peers_in_touch(const struct peers *peers);

size_t peers_count(const struct peers *peers);
unsigned long peers_malformed(const struct peers *peers);

/* The lease with exactly this name, or NULL. */
const struct peer *peers_find_name(const struct peers *peers, const char *name);

/* The lease with the longest subnet that contains @addr, or NULL. */
const struct peer *peers_find_address(const struct peers *peers,
				      const struct flc_addr *addr);

/* The lease that has exactly this subnet, or NULL. */
const struct peer *peers_find_subnet(const struct peers *peers,
				     const struct flc_prefix *subnet);

/*
 * Prefixes that must not be leased, though they may be in the network: those of the
 * underlay. They replace the previous ones.
 */
void peers_avoid(struct peers *peers, const struct flc_prefix *prefixes,
		 size_t count);
const struct flc_prefix *peers_avoided(const struct peers *peers,
				       size_t *count);

/* Leases of a subnet that another lease also has. */
size_t peers_doubled(const struct peers *peers);

const struct peer *peers_first(const struct peers *peers);
const struct peer *peers_next(const struct peer *peer);

#endif
