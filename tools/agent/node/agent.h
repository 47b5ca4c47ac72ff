/* SPDX-License-Identifier: GPL-2.0 */
/* The agent as a whole: state shared by the parts of its life. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "base/backoff.h"
#include "base/http.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "dataplane/dataplane.h"
#include "dataplane/strangers.h"
#include "dataplane/sync.h"
#include "firewall/rules.h"
#include "kernel/follow.h"
#include "kernel/guard.h"
#include "kernel/routes.h"
#include "kernel/underlay.h"
#include "lib/rtnl_event.h"
#include "network/identity.h"
#include "network/netconf.h"
#include "network/own_lease.h"
#include "network/peers.h"
#include "network/registry.h"
#include "network/subnet_env.h"

enum agent_state {
	AGENT_WAITS_FOR_CONFIG,
	AGENT_WAITS_FOR_LEASES,		/* of the other nodes */
	AGENT_WAITS_FOR_LEASE,		/* of its own */
	AGENT_RUNS,
	AGENT_GIVES_UP,			/* its new lease is being given back */
};

struct agent {
	const struct options *opt;
	struct loop *loop;
	struct registry *registry;
	struct peers *peers;
	struct http_server *http;
	enum agent_state state;
	bool ready;			/* everything is set up */
	int lock;			/* of instance_lock(), or negative */
	bool misused;			/* its flags are invalid */
	struct log_trouble trouble;	/* with the config */
	struct loop_timer retry;
	struct loop_timer started;
	struct backoff config_pause;

	/* From the config on. */
	struct netconf conf;
	struct underlay underlay;
	struct follow follow;
	struct flc_rtnl *rtnl;
	struct routes *routes;
	struct guard *guard;
	struct dataplane_env env;
	struct dataplane *dp;
	struct sync *sync;
	struct own_lease *own;
	struct lease_value published;	/* to it */
	struct lease_agent identity;
	struct loop_timer new_mac;
	struct rules *rules;

	/* From the lease on: see upkeep.c. */
	struct subnets subnets;
	bool lease_is_new;		/* the registry had none before */
	struct strangers *strangers;
	struct flc_rtnl_events *events;
	struct loop_fd events_watch;
	struct loop_timer repair, resync, redirect, tell;
	struct loop_timer come_back;	/* to a flannel device */
	unsigned int moves;
	uint64_t redirect_took;		/* the last time, in ms */
	struct log_trouble repair_trouble, env_trouble, env_changed;
	struct log_trouble cni_trouble, cni_changed;
	bool retries;			/* it waits for its next try */
	bool moved;			/* the underlay has changed */
	struct subnet_env written;	/* in subnet.env */
	bool env_written;
	unsigned long repairs;
	uint64_t started_ms;

	/* The flags with what the registry has in place of some of them. */
	struct options wished;
	char *public_ip, *public_ipv6;
};

/*
 * Create the loop, the registry and the peers, which report to @ops. Logs errors.
 */
bool agent_open(struct agent *agent, const struct peers_ops *ops);
void agent_close(struct agent *agent);

/* From now on, pass events of the registry to the peers. */
void agent_follow(struct agent *agent);

/* Environment for own_lease_new(). */
struct own_lease_env agent_lease_env(struct agent *agent,
				     const struct own_lease_ops *ops);

/* Find the interface for traffic between nodes. Logs errors. */
bool agent_find_underlay(struct agent *agent);

/* Create what depends on the config: data plane, routes. Logs errors. */
bool agent_build(struct agent *agent);

/* The wanted underlay. */
struct underlay_wish agent_wish(const struct agent *agent);

/* The value for this node's lease. */
void agent_describe(const struct agent *agent, struct lease_value *value);

/* Whether this node's lease is up to date. */
bool agent_is_published(const struct agent *agent);

/* Update the lease, or write it again. */
void agent_publish(struct agent *agent);

/*
 * Remove the device and the lease if they did not exist before this run; then end.
 */
void agent_fatal(struct agent *agent);

#endif
