/* SPDX-License-Identifier: GPL-2.0 */
/* This node's own lease: acquired, renewed, and acquired again when it is lost. */
#ifndef AGENT_OWN_LEASE_H
#define AGENT_OWN_LEASE_H

#include "base/loop.h"
#include "base/options.h"
#include "base/text.h"
#include "network/netconf.h"
#include "network/peers.h"
#include "network/registry.h"

struct own_lease;

struct own_lease_ops {
	/*
	 * A lease is held. @moved: its subnet has changed (or it is the first one).
	 */
	void (*acquired)(void *ctx, const struct subnets *subnets, bool moved);
	/* No lease is possible; there are no further attempts. */
	void (*impossible)(void *ctx, const char *why);
	/* own_lease_release() is done; @error NULL: the lease is gone. */
	void (*released)(void *ctx, const char *error);
	/*
	 * Another node has this one's VtepMAC: choose another one, and publish it.
	 * May be NULL.
	 */
	void (*mac_taken)(void *ctx);
};

struct own_lease_env {
	struct loop *loop;
	struct registry *registry;
	struct peers *peers;
	const struct options *opt;
	const struct netconf *conf;
	/* The addresses by which other nodes know this one. They may change. */
	const struct flc_addr *public4, *public6;
	struct lease_agent agent;	/* who this is */
	const struct own_lease_ops *ops;
	void *ctx;
};

/* @env is copied; what it points to outlives the lease. */
struct own_lease *own_lease_new(const struct own_lease_env *env);
void own_lease_free(struct own_lease *own);

/* The lease that the registry has for this node's address, or NULL. */
const struct peer *own_lease_last(const struct own_lease *own);

/* Acquire a lease with @value; or, if one is held, update it. */
void own_lease_publish(struct own_lease *own, const struct lease_value *value);

/* Events of the peers: all of them must be passed on. */
void own_lease_changed(struct own_lease *own, const struct peer *peer);
void own_lease_removed(struct own_lease *own, const struct peer *peer);

/* Give back the lease of this node's address. */
void own_lease_release(struct own_lease *own);

/* Whether a lease is held now. */
bool own_lease_held(const struct own_lease *own);

/*
 * Whether another machine uses this node's address, so that packets to it may go
 * elsewhere: the node is not ready.
 */
bool own_lease_contested(const struct own_lease *own);

/* Whether another node's lease has one of the MACs of @value. */
bool own_lease_mac_taken(const struct own_lease *own,
			 const struct lease_value *value);

void own_lease_metrics(const struct own_lease *own, struct text *text);

#endif
