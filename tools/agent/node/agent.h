/* SPDX-License-Identifier: GPL-2.0 */
/* The agent as a whole: what the parts of its life share. */
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
	AGENT_GIVES_UP,			/* its new lease is on the way back */
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
	bool misused;			/* its flags are no good */
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
	struct loop_timer come_back;	/* to a device of the module's */
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
};

/* The loop, the registry and the peers, which tell @ops. Logs. */
bool agent_open(struct agent *agent, const struct peers_ops *ops);
void agent_close(struct agent *agent);

/* Let the registry's news come into the peers from now on. */
void agent_follow(struct agent *agent);

/* What own_lease_new() needs. */
struct own_lease_env agent_lease_env(struct agent *agent,
				     const struct own_lease_ops *ops);

/* Find the interface that nodes talk over. Logs. */
bool agent_find_underlay(struct agent *agent);

/* Make what hangs on the config: data plane, routes. Logs. */
bool agent_build(struct agent *agent);

/* What the underlay shall be. */
struct underlay_wish agent_wish(const struct agent *agent);

/* What this node's lease shall say of it. */
void agent_describe(const struct agent *agent, struct lease_value *value);

/* Whether this node's lease says what it shall. */
bool agent_is_published(const struct agent *agent);

/* Let the lease say so, or say it again. */
void agent_publish(struct agent *agent);

/* What was not there before this run goes, the device and the lease; then it ends. */
void agent_fatal(struct agent *agent);

#endif
