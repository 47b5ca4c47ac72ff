// SPDX-License-Identifier: GPL-2.0
/* --release and --release-lease: this node leaves, so that flanneld can come. */
#include "node/release.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/util.h"
#include "node/agent.h"
#include "node/instance.h"

#define RELEASE_MS 60000

/* Remove what exists, whatever the config says by now. */
static bool take_down(struct agent *agent)
{
	struct flc_error err = { 0 };
	int ret;

	ret = agent->dp->ops->release(agent->dp, &err);
	if (ret) {
		log_error("cannot remove the device: %s", err.text);
		return false;
	}
	ret = routes_remove_all(agent->rtnl, &err);
	if (ret < 0) {
		log_error("cannot remove the routes: %s", err.text);
		return false;
	}
	agent->rules = rules_new(agent->loop, agent->rtnl, agent->opt, &agent->conf);
	rules_remove(agent->rules);
	log_notice("this node is released: removed device, routes and firewall rules");
	return true;
}

static void lease_released(void *ctx, const char *error)
{
	struct agent *agent = ctx;

	if (error)
		log_error("cannot give back the lease: %s", error);
	loop_quit(agent->loop, error ? EXIT_FAILURE : EXIT_SUCCESS);
}

static const struct own_lease_ops own_ops = { .released = lease_released };

static void no_news(void *ctx, const struct peer *peer)
{
}

static void peers_are_known(void *ctx)
{
	struct agent *agent = ctx;

	if (agent->own)
		return;
	struct own_lease_env env = agent_lease_env(agent, &own_ops);

	agent->own = own_lease_new(&env);
	own_lease_release(agent->own);
}

static const struct peers_ops peers_ops = {
	.changed = no_news,
	.removed = no_news,
	.complete = peers_are_known,
};

static void config_came(void *ctx, const struct registry_answer *answer)
{
	struct agent *agent = ctx;
	char error[NETCONF_ERROR_LEN] = "there is none";
	bool lease = agent->opt->release_lease, ok, found = false;

	ok = answer->result == REGISTRY_OK &&
	     netconf_parse(&agent->conf, answer->config, answer->config_len,
			   error);
	if (!ok) {
		log_warning("no network config, assuming device flannel.1: %s",
			    answer->result == REGISTRY_ERROR ? answer->error :
							       error);
		agent->conf.vni = 1;
		agent->conf.v4.network.addr.family = AF_INET;
	}
	ok = agent_build(agent);
	/*
	 * The node's lease is found by its address, which is best known from the
	 * device.
	 */
	if (ok && lease)
		found = agent_find_underlay(agent);
	if (!ok || !take_down(agent) || (lease && !found))
		loop_quit(agent->loop, EXIT_FAILURE);
	else if (lease)
		agent_follow(agent);
	else
		loop_quit(agent->loop, EXIT_SUCCESS);
}

static void out_of_time(void *ctx)
{
	struct agent *agent = ctx;

	log_error("the registry does not answer: cannot give back the lease");
	loop_quit(agent->loop, EXIT_FAILURE);
}

/* A running agent would restore everything in a moment. */
static bool nobody_runs(struct agent *agent)
{
	const char *file = agent->opt->subnet_file;
	pid_t holder;

	agent->lock = instance_lock(file, &holder, false);
	if (agent->lock >= 0 || agent->lock == -ENOENT)
		return true;
	if (agent->lock == -EWOULDBLOCK)
		log_error("flannel-agent is running (process %d) and would set everything up again: stop it first (systemctl stop flannel-agent)",
			  holder);
	else
		log_error("cannot tell from %s.lock whether an agent is running: %s",
			  file, strerror(-agent->lock));
	return false;
}

int agent_release(const struct options *opt)
{
	struct agent agent = { .opt = opt, .lock = -1 };
	int status = EXIT_FAILURE;

	if (!nobody_runs(&agent))
		return status;
	if (agent_open(&agent, &peers_ops)) {
		loop_timer_set(agent.loop, &agent.retry, RELEASE_MS,
			       out_of_time, &agent);
		agent.registry->ops->get_config(agent.registry, config_came,
						&agent);
		status = loop_run(agent.loop);
	}
	agent_close(&agent);
	if (agent.lock >= 0)
		close(agent.lock);
	return agent.misused ? EX_USAGE : status;
}
