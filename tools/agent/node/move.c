// SPDX-License-Identifier: GPL-2.0
/*
 * While the agent is running, moves the overlay to the kernel's vxlan (SIGUSR1) and
 * back to a flannel device (SIGUSR2), so that the module can be replaced in
 * between. The result is published in the lock beside the subnet file.
 */
#include "node/move.h"

#include <signal.h>
#include <string.h>

#include "dataplane/dp_flannel.h"
#include "dataplane/dp_vxlan.h"
#include "lib/link.h"
#include "node/instance.h"
#include "node/upkeep.h"

/* The process that unloaded the module may have died before loading it again. */
#define COME_BACK_MS	60000

static const char *kind(const struct agent *agent)
{
	return agent->state == AGENT_RUNS ? agent->dp->ops->kind : "starting";
}

void move_tell(struct agent *agent)
{
	instance_tell(agent->lock, kind(agent), agent->moves);
}

static bool goes_by(void *ctx, int ifindex)
{
	const struct dataplane *dp = ctx;

	return dp->ops->has_link(dp, ifindex);
}

/* The previous device is restored: put everything else back on it. */
static void stay(struct agent *agent, struct dataplane *to)
{
	routes_forget(agent->routes, goes_by, to);
	to->ops->abandon(to);
	to->ops->free(to);
	upkeep_repair(agent);
	sync_all(agent->sync);
}

/* @to belongs to this function. */
static bool move(struct agent *agent, struct dataplane *to, struct flc_error *err)
{
	struct dataplane *from = agent->dp;
	bool remade;

	/* With the MACs that other nodes know. */
	if (to->ops->prepare(to, &agent->published, err)) {
		to->ops->free(to);
		return false;
	}
	/* The routes are removed with the device, and not earlier. */
	routes_forget(agent->routes, goes_by, from);
	if (to->ops->activate(to, &agent->subnets, &remade, err)) {
		stay(agent, to);
		return false;
	}
	agent->dp = to;
	sync_use(agent->sync, to);
	strangers_free(agent->strangers);
	agent->strangers = strangers_new(to);
	from->ops->free(from);
	if (!agent_is_published(agent))
		agent_publish(agent);
	upkeep_repair(agent);
	rules_check(agent->rules, &agent->subnets);
	return true;
}

/* Without the module there is nothing to move back to yet. */
static void come_back(void *ctx)
{
	struct agent *agent = ctx;
	struct flc_error err = { 0 };
	struct dataplane *to = dp_flannel_new(&agent->env, &err);

	loop_timer_cancel(agent->loop, &agent->come_back);
	if (to && move(agent, to, &err)) {
		log_notice("the overlay is back on a flannel device");
		return;
	}
	log_error("the overlay stays on the kernel's vxlan for now: %s",
		  err.text);
	loop_timer_set(agent->loop, &agent->come_back, COME_BACK_MS, come_back,
		       agent);
}

static void go_away(struct agent *agent)
{
	struct flc_error err = { 0 };

	if (!move(agent, dp_vxlan_new(&agent->env, &err), &err)) {
		log_error("the overlay cannot be moved to the kernel's vxlan: %s",
			  err.text);
		return;
	}
	log_notice("the overlay is on the kernel's vxlan until the module has been replaced");
	loop_timer_set(agent->loop, &agent->come_back, COME_BACK_MS, come_back,
		       agent);
}

static void on_go_away(void *ctx, int signo)
{
	struct agent *agent = ctx;

	if (!strcmp(kind(agent), FLANNEL_LINK_KIND))
		go_away(agent);
	agent->moves++;
	move_tell(agent);
}

static void on_come_back(void *ctx, int signo)
{
	struct agent *agent = ctx;

	if (!strcmp(kind(agent), "vxlan") &&
	    strcmp(agent->opt->device, "vxlan"))
		come_back(agent);
	agent->moves++;
	move_tell(agent);
}

void move_start(struct agent *agent)
{
	loop_signal(agent->loop, SIGUSR1, on_go_away, agent);
	loop_signal(agent->loop, SIGUSR2, on_come_back, agent);
	move_tell(agent);
}

void move_stop(struct agent *agent)
{
	loop_timer_cancel(agent->loop, &agent->come_back);
}
