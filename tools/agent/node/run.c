// SPDX-License-Identifier: GPL-2.0
/*
 * The agent's life: config, leases of other nodes, its own lease, the device; then
 * it follows the registry and answers the device's misses until a signal ends it.
 * The configuration in the kernel stays and works without it.
 */
#include "node/run.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/notify.h"
#include "base/util.h"
#include "network/cni_conf.h"
#include "node/agent.h"
#include "node/handover.h"
#include "node/instance.h"
#include "node/move.h"
#include "node/status.h"
#include "node/upkeep.h"

#define CONFIG_RETRY_MS		1000
#define CONFIG_RETRY_MAX_MS	10000
/* The service manager waits for this node no longer than this. */
#define START_MS		10000

static void get_config(void *ctx);

/* Leases of all nodes, as they come from the registry through the peers. */

static void peer_changed(void *ctx, const struct peer *peer)
{
	struct agent *agent = ctx;

	if (agent->own)
		own_lease_changed(agent->own, peer);
	if (agent->sync)
		sync_touch(agent->sync, peer);
}

static void peer_removed(void *ctx, const struct peer *peer)
{
	struct agent *agent = ctx;

	if (agent->own)
		own_lease_removed(agent->own, peer);
	if (agent->sync)
		sync_touch(agent->sync, peer);
}

/* Publish it to other nodes, whether it has changed or not. */
static void take_new_mac(void *ctx)
{
	struct agent *agent = ctx;
	struct flc_error err = { 0 };

	if (agent->dp->ops->change_mac &&
	    agent->dp->ops->change_mac(agent->dp, &err))
		log_error("%s", err.text);
	else
		log_notice("another node has the VtepMAC of this one: using a new one");
	agent_publish(agent);
}

static void peers_are_known(void *ctx)
{
	struct agent *agent = ctx;
	const struct peer *last;
	struct lease_value value;
	struct flc_error err = { 0 };

	if (agent->state != AGENT_WAITS_FOR_LEASES)
		return;
	last = own_lease_last(agent->own);
	agent->lease_is_new = !last;
	if (agent->dp->ops->prepare(agent->dp, last ? &last->value : NULL,
				    &err)) {
		log_error("%s", err.text);
		agent_fatal(agent);
		return;
	}
	agent->state = AGENT_WAITS_FOR_LEASE;
	agent_describe(agent, &value);
	/* An existing device may have been copied together with its machine. */
	if (own_lease_mac_taken(agent->own, &value))
		take_new_mac(agent);
	else
		agent_publish(agent);
}

static const struct peers_ops peers_ops = {
	.changed = peer_changed,
	.removed = peer_removed,
	.complete = peers_are_known,
};

/* The lease of this node */

static void lease_acquired(void *ctx, const struct subnets *subnets, bool moved)
{
	struct agent *agent = ctx;

	if (agent->state == AGENT_GIVES_UP)
		return;
	agent->subnets = *subnets;
	if (agent->state == AGENT_RUNS) {
		if (moved) {
			/* The owner of the previous subnet is a peer now. */
			sync_start(agent->sync, subnets);
			upkeep_repair(agent);
			sync_all(agent->sync);
		}
		return;
	}
	sync_start(agent->sync, subnets);
	if (!upkeep_start(agent)) {
		agent_fatal(agent);
		return;
	}
	agent->state = AGENT_RUNS;
	if (agent->opt->hand_over)
		hand_over_finish(agent);
	else
		move_tell(agent);
}

static void lease_impossible(void *ctx, const char *why)
{
	log_error("no lease for this node: %s", why);
	agent_fatal(ctx);
}

static void lease_released(void *ctx, const char *error)
{
	struct agent *agent = ctx;

	if (error)
		log_error("cannot give back the lease: %s", error);
	loop_quit(agent->loop, EXIT_FAILURE);
}

/* Not from within the callback: the peers are about to change. */
static void mac_taken(void *ctx)
{
	struct agent *agent = ctx;

	if (!agent->new_mac.armed)
		loop_timer_set(agent->loop, &agent->new_mac, 0, take_new_mac,
			       agent);
}

static const struct own_lease_ops own_lease_ops = {
	.acquired = lease_acquired,
	.impossible = lease_impossible,
	.released = lease_released,
	.mac_taken = mac_taken,
};

/* Setting up */

static void build_and_follow(struct agent *agent)
{
	struct own_lease_env env = agent_lease_env(agent, &own_lease_ops);

	if (!agent_build(agent) || !agent_find_underlay(agent)) {
		agent_fatal(agent);
		return;
	}
	agent->own = own_lease_new(&env);
	agent->state = AGENT_WAITS_FOR_LEASES;
	notify_send("STATUS=Reading the leases of all nodes");
	agent_follow(agent);
}

static void config_trouble(struct agent *agent, const char *text)
{
	if (log_due(&agent->trouble, text)) {
		log_error("Couldn't fetch network config (will keep retrying): %s", text);
		/* Something has changed: an administrator is working on it. */
		backoff_reset(&agent->config_pause);
	}
	notify_send("STATUS=Waiting for the network config: %s", text);
	loop_timer_set(agent->loop, &agent->retry,
		       backoff_pause(&agent->config_pause), get_config, agent);
}

static void config_missing(struct agent *agent)
{
	char *text;

	if (*agent->opt->store_file)
		text = xasprintf("%s has no \"config\": add one like {\"Network\": \"10.244.0.0/16\", \"Backend\": {\"Type\": \"vxlan\"}}",
				 agent->opt->store_file);
	else
		text = xasprintf("flannel config not found in etcd store: there is no key %s/config; did you create your config using etcdv3 API, and is --etcd-prefix right?",
				 agent->opt->etcd_prefix);
	config_trouble(agent, text);
	free(text);
}

/* What people have written into the registry, in place of the flags. */
static void take_public(struct agent *agent, const struct registry_answer *answer)
{
	agent->wished = *agent->opt;
	if (answer->public_ip) {
		agent->public_ip = xstrdup(answer->public_ip);
		agent->wished.public_ip = agent->public_ip;
	}
	if (answer->public_ipv6) {
		agent->public_ipv6 = xstrdup(answer->public_ipv6);
		agent->wished.public_ipv6 = agent->public_ipv6;
	}
	if (answer->public_ip || answer->public_ipv6)
		log_info("public addresses from the registry: %s %s",
			 agent->wished.public_ip, agent->wished.public_ipv6);
	agent->opt = &agent->wished;
}

static void config_came(void *ctx, const struct registry_answer *answer)
{
	struct agent *agent = ctx;
	char error[NETCONF_ERROR_LEN], text[NETCONF_ERROR_LEN + 80];

	if (answer->result == REGISTRY_NOT_FOUND) {
		config_missing(agent);
		return;
	}
	if (answer->result != REGISTRY_OK) {
		config_trouble(agent, answer->error);
		return;
	}
	if (!netconf_parse(&agent->conf, answer->config, answer->config_len,
			   error)) {
		snprintf(text, sizeof(text), "invalid network config: %s",
			 error);
		config_trouble(agent, text);
		return;
	}
	if (log_over(&agent->trouble))
		log_notice("found a valid network config");
	take_public(agent, answer);
	build_and_follow(agent);
}

static void get_config(void *ctx)
{
	struct agent *agent = ctx;

	agent->registry->ops->get_config(agent->registry, config_came, agent);
}

/* Reloading */

static bool same_network(const struct netconf *a, const struct netconf *b)
{
	return !memcmp(&a->v4, &b->v4, sizeof(a->v4)) &&
	       !memcmp(&a->v6, &b->v6, sizeof(a->v6)) &&
	       a->backend == b->backend && a->vni == b->vni &&
	       a->port == b->port && a->gbp == b->gbp;
}

static void config_again(void *ctx, const struct registry_answer *answer)
{
	struct agent *agent = ctx;
	char error[NETCONF_ERROR_LEN];
	struct netconf conf = { 0 };

	if (answer->result != REGISTRY_OK) {
		log_error("not reloading the network config: %s",
			  answer->result == REGISTRY_ERROR ? answer->error :
							     "it is gone");
	} else if (!netconf_parse(&conf, answer->config, answer->config_len,
				  error)) {
		log_error("ignoring invalid network config: %s",
			  error);
	} else {
		if (!same_network(&agent->conf, &conf))
			log_warning("network, backend, VNI, port or GBP have changed in the network config: this needs a restart");
		agent->conf.mtu = conf.mtu;
		agent->conf.direct_routing = conf.direct_routing;
		log_notice("reloaded the network config");
		upkeep_repair(agent);
		sync_all(agent->sync);
	}
	notify_send("READY=1");
}

/* Signals */

static void on_terminate(void *ctx, int signo)
{
	struct agent *agent = ctx;

	log_notice("signal %d: exiting cleanly; the overlay stays up and keeps working",
		   signo);
	notify_send("STOPPING=1");
	loop_quit(agent->loop, EXIT_SUCCESS);
}

static void on_reload(void *ctx, int signo)
{
	struct agent *agent = ctx;

	if (agent->state != AGENT_RUNS) {
		log_notice("nothing to reload yet");
		return;
	}
	notify_reloading();
	agent->registry->ops->get_config(agent->registry, config_again, agent);
}

/* Life */

/* The setup of an earlier run keeps working: there is nothing to wait for. */
static bool is_set_up_already(const struct agent *agent)
{
	struct flc_route filter = {
		.table = RT_TABLE_MAIN, .protocol = ROUTES_PROTOCOL,
	};
	struct flc_route_list routes = { 0 };
	struct subnets subnets;
	struct flc_rtnl *rtnl;
	bool found;

	if (!subnet_env_read(agent->opt->subnet_file, &subnets))
		return false;
	rtnl = flc_rtnl_open(NULL);
	found = rtnl && !flc_route_dump(rtnl, &filter, &routes, NULL) && routes.n;
	flc_route_list_free(&routes);
	flc_rtnl_close(rtnl);
	return found;
}

/* We may be waiting for an etcd that is started only after us. */
static void wait_on(void *ctx)
{
	struct agent *agent = ctx;

	if (agent->ready)
		return;
	log_notice("this node is not set up yet; reporting it as started anyway");
	notify_send("READY=1");
}

/*
 * False if another agent is running. If the lock cannot be taken, continue without
 * it.
 */
static bool lock(struct agent *agent)
{
	const char *file = agent->opt->subnet_file;
	pid_t holder;

	agent->lock = instance_lock(file, &holder, true);
	if (agent->lock == -EWOULDBLOCK) {
		log_error("another flannel-agent (process %d) is using %s: stop it first, or give this one its own --subnet-file",
			  holder, file);
		return false;
	}
	if (agent->lock < 0)
		log_warning("cannot lock %s.lock: %s; --release will not notice that an agent is running",
			    file, strerror(-agent->lock));
	return true;
}

int agent_run(const struct options *opt)
{
	struct agent agent = {
		.opt = opt, .lock = -1,
		.config_pause = BACKOFF(CONFIG_RETRY_MS, CONFIG_RETRY_MAX_MS),
	};
	struct flc_error err = { 0 };
	int status = EXIT_FAILURE;

	if (*opt->cni_conf && cni_conf_check(opt->cni_conf_source, &err)) {
		log_error("%s", err.text);
		return status;
	}
	if (!lock(&agent))
		return status;
	if (!agent_open(&agent, &peers_ops) || !status_start(&agent))
		goto out;
	loop_signal(agent.loop, SIGTERM, on_terminate, &agent);
	loop_signal(agent.loop, SIGINT, on_terminate, &agent);
	loop_signal(agent.loop, SIGHUP, on_reload, &agent);
	move_start(&agent);
	notify_start(agent.loop);
	if (opt->hand_over)
		hand_over_start(&agent);
	else if (is_set_up_already(&agent))
		notify_send("READY=1");
	else
		loop_timer_set(agent.loop, &agent.started, START_MS, wait_on,
			       &agent);
	get_config(&agent);
	status = loop_run(agent.loop);
	if (agent.state != AGENT_RUNS && agent.dp)
		agent.dp->ops->abandon(agent.dp);
	if (opt->remove_rules_at_exit && agent.rules)
		rules_remove(agent.rules);
out:
	upkeep_stop(&agent);
	move_stop(&agent);
	agent_close(&agent);
	if (agent.lock >= 0)
		close(agent.lock);
	return agent.misused ? EX_USAGE : status;
}
