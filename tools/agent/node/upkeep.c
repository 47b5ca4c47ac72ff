// SPDX-License-Identifier: GPL-2.0
/*
 * Upkeep: listens to kernel events and restores what others change or remove:
 * device, address, routes, rules. subnet.env and the lease follow the underlay.
 */
#include "node/upkeep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/notify.h"
#include "base/util.h"
#include "network/cni_conf.h"

#define SETTLE_MS	20	/* changes come in groups */
#define REPAIR_RETRY_MS	1000
#define REDIRECT_MS	100
#define TELL_MS		2000

static void repair(void *ctx);

static bool wants_direct_routes(const struct agent *agent)
{
	return agent->conf.direct_routing ||
	       agent->conf.backend == BACKEND_HOST_GW;
}

static void tell_rewritten(struct agent *agent, const char *path)
{
	if (log_due(&agent->env_changed, path))
		log_warning("%s was removed or changed by someone else: restored it",
			    path);
}

/* From now on pods can be started; before, their runtime had to wait. */
static void tell_runtime(struct agent *agent)
{
	const struct options *opt = agent->opt;
	struct flc_error err = { 0 };
	int wrote;

	if (!*opt->cni_conf)
		return;
	wrote = cni_conf_keep(opt->cni_conf, opt->cni_conf_source, &err);
	if (wrote < 0) {
		if (log_due(&agent->cni_trouble, err.text))
			log_error("%s (retrying)", err.text);
		return;
	}
	log_over(&agent->cni_trouble);
	if (wrote && log_due(&agent->cni_changed, opt->cni_conf))
		log_info("wrote %s", opt->cni_conf);
}

/* Publish the subnet to other programs on this node, in files that stay. */
static void tell_subnet(struct agent *agent)
{
	const struct options *opt = agent->opt;
	struct subnet_env env = {
		.network4 = agent->conf.v4.network,
		.network6 = agent->conf.v6.network,
		.subnets = agent->subnets,
		.mtu = agent->dp->ops->mtu(agent->dp),
		.ip_masq = opt->ip_masq,
	};
	struct flc_error err = { 0 };
	bool known = agent->env_written &&
		     subnets_equal(&agent->written.subnets, &env.subnets) &&
		     agent->written.mtu == env.mtu;
	int wrote, docker = 0;

	wrote = subnet_env_keep(opt->subnet_file, &env, &err);
	if (wrote >= 0 && *opt->docker_opts_file)
		docker = docker_opts_keep(opt->docker_opts_file, &env, &err);
	if (wrote < 0 || docker < 0) {
		if (log_due(&agent->env_trouble, err.text))
			log_error("%s (will keep retrying)", err.text);
		/* An existing file is still as good as before. */
		return;
	}
	log_over(&agent->env_trouble);
	tell_runtime(agent);
	agent->env_written = true;
	agent->written = env;
	if (!known)
		log_info("%s %s", wrote ? "wrote" : "nothing has changed in",
			 opt->subnet_file);
	else if (wrote)
		tell_rewritten(agent, opt->subnet_file);
	else if (docker)
		tell_rewritten(agent, opt->docker_opts_file);
}

/* Pods are started with these files, so restore them if they are removed. */
static void keep_telling(void *ctx)
{
	struct agent *agent = ctx;

	tell_subnet(agent);
	loop_timer_set(agent->loop, &agent->tell, TELL_MS, keep_telling, agent);
}

static void tell_move(const struct underlay *old, const struct underlay *now)
{
	char was4[FLC_ADDR_STRLEN], was6[FLC_ADDR_STRLEN];
	char is4[FLC_ADDR_STRLEN], is6[FLC_ADDR_STRLEN];

	log_notice("the underlay has changed: interface %s with public addresses %s and %s; formerly %s, %s and %s",
		   now->name, flc_addr_text(&now->public4, is4),
		   flc_addr_text(&now->public6, is6), old->name,
		   flc_addr_text(&old->public4, was4),
		   flc_addr_text(&old->public6, was6));
}

/* Like follow_underlay(); records in @agent whether it has moved. */
static int follow(struct agent *agent, struct flc_error *err)
{
	struct underlay_wish wish = agent_wish(agent);
	struct underlay old = agent->underlay;
	struct host host;
	int ret;

	if (host_read(&host, agent->rtnl, err))
		return -ENODEV;
	ret = follow_underlay(&agent->follow, &agent->underlay, &host, &wish,
			      loop_now(), err);
	host_free(&host);
	if (!underlay_equal(&agent->underlay, &old)) {
		tell_move(&old, &agent->underlay);
		agent->moved = true;
	} else if (strcmp(agent->underlay.name, old.name)) {
		log_info("interface %s of the underlay was renamed to %s",
			 old.name, agent->underlay.name);
	}
	return ret;
}

static void want_blackhole(struct agent *agent, const struct flc_prefix *subnet)
{
	/*
	 * With the lowest preference among routes to the subnet: it catches packets
	 * that would otherwise leave through the default route while there is no
	 * bridge.
	 */
	struct flc_route route = {
		.dst = *subnet, .type = RTN_BLACKHOLE, .metric = UINT32_MAX,
	};
	struct flc_error err = { 0 };

	if (!agent->opt->ip_blackhole_route || !flc_prefix_is_set(subnet))
		return;
	if (routes_want(agent->routes, &route, ROUTES_PEER, &err))
		log_error("cannot add the blackhole route: %s", err.text);
}

/* What this node itself needs; it does not depend on the leases of others. */
static bool activate(struct agent *agent, struct flc_error *err)
{
	bool remade = false;
	int ret;

	/* Before anything is routed to the overlay. */
	if (guard_refresh(agent->guard, err) ||
	    agent->dp->ops->activate(agent->dp, &agent->subnets, &remade, err))
		return false;
	agent->repairs += remade;
	want_blackhole(agent, &agent->subnets.v4);
	want_blackhole(agent, &agent->subnets.v6);
	ret = routes_check(agent->routes, true, err);
	if (ret > 0) {
		agent->repairs += ret;
		log_notice("restored %d missing routes", ret);
	}
	return ret >= 0;
}

/*
 * Restore everything possible. False: something is still missing; the reason is
 * logged.
 */
static bool put_right(struct agent *agent, struct flc_error *err)
{
	struct flc_error why = { 0 };
	int missed = follow(agent, err);
	bool active;

	if (missed == -ENODEV)
		return false;
	active = activate(agent, &why);
	if (!active)
		*err = why;
	/* The devices may have changed. */
	if (!agent_is_published(agent))
		agent_publish(agent);
	if (!active)
		return false;
	/* Whether a peer is adjacent depends on our own interface. */
	if (agent->moved)
		sync_all(agent->sync);
	agent->moved = false;
	strangers_look(agent->strangers, &agent->subnets, false);
	tell_subnet(agent);
	return !missed;
}

bool upkeep_repair(struct agent *agent)
{
	struct flc_error err = { 0 };

	if (!put_right(agent, &err)) {
		if (log_due(&agent->repair_trouble, err.text))
			log_error("%s (will keep retrying)", err.text);
		loop_timer_set(agent->loop, &agent->repair, REPAIR_RETRY_MS,
			       repair, agent);
		agent->retries = true;
		return false;
	}
	if (log_over(&agent->repair_trouble))
		log_notice("everything is in place again");
	return true;
}

static void repair(void *ctx)
{
	upkeep_repair(ctx);
}

static void repair_soon(struct agent *agent)
{
	/*
	 * The missing interface may be back; but many events must not delay the
	 * check.
	 */
	if (!agent->repair.armed || agent->retries)
		loop_timer_set(agent->loop, &agent->repair, SETTLE_MS, repair,
			       agent);
	agent->retries = false;
}

static void redirect(void *ctx)
{
	struct agent *agent = ctx;
	struct flc_error err = { 0 };

	uint64_t begin = loop_now();

	if (guard_refresh(agent->guard, &err))
		log_error("%s", err.text);
	sync_all(agent->sync);
	agent->redirect_took = loop_now() - begin;
}

/*
 * Peers with a direct route may need the overlay now, or vice versa, and protected
 * addresses may need another path.
 */
static void redirect_soon(struct agent *agent, const struct flc_route *route)
{
	bool matters = guard_disturbed(agent->guard, route);

	if (agent->redirect.armed)
		return;
	if (!matters && wants_direct_routes(agent))
		matters = !route || sync_concerned(agent->sync, &route->dst);
	/* Routes may change all the time: keep nine tenths of it for other work. */
	if (matters)
		loop_timer_set(agent->loop, &agent->redirect,
			       REDIRECT_MS + 10 * agent->redirect_took,
			       redirect, agent);
}

static void link_event(struct agent *agent, const struct flc_rtnl_event *event)
{
	const struct flc_link *link = &event->link;

	if (agent->dp->ops->has_link(agent->dp, link->ifindex) ||
	    link->ifindex == agent->underlay.ifindex ||
	    !strcmp(link->name, agent->underlay.name))
		repair_soon(agent);
	if (link->ifindex == agent->underlay.ifindex)
		redirect_soon(agent, NULL);
}

static void route_event(struct agent *agent, const struct flc_rtnl_event *event)
{
	if (event->gone && routes_concerned(agent->routes, &event->route)) {
		routes_lost(agent->routes, &event->route.dst);
		repair_soon(agent);
	}
	if (!event->gone)
		strangers_see_route(agent->strangers, &event->route);
	if (event->route.protocol != ROUTES_PROTOCOL)
		redirect_soon(agent, &event->route);
}

/* On its interface, or the same address on another one. */
static bool is_of_underlay(const struct agent *agent,
			   const struct flc_ipaddr *ipaddr)
{
	const struct underlay *u = &agent->underlay;
	const struct flc_addr *addr = &ipaddr->addr.addr;

	return ipaddr->ifindex == u->ifindex ||
	       flc_addr_equal(addr, &u->local4) ||
	       flc_addr_equal(addr, &u->local6) ||
	       flc_addr_equal(addr, &u->public4) ||
	       flc_addr_equal(addr, &u->public6);
}

static void kernel_event(const struct flc_rtnl_event *event, void *ctx)
{
	struct agent *agent = ctx;

	switch (event->type) {
	case FLC_RTNL_EVENT_LINK:
		link_event(agent, event);
		break;
	case FLC_RTNL_EVENT_IPADDR:
		if (is_of_underlay(agent, &event->ipaddr) ||
		    agent->dp->ops->has_link(agent->dp, event->ipaddr.ifindex))
			repair_soon(agent);
		break;
	case FLC_RTNL_EVENT_ROUTE:
		route_event(agent, event);
		break;
	case FLC_RTNL_EVENT_LOST:
		strangers_look(agent->strangers, &agent->subnets, true);
		repair_soon(agent);
		redirect_soon(agent, NULL);
		break;
	case FLC_RTNL_EVENT_NEIGH:
		break;
	}
}

static void events_ready(void *ctx, uint32_t ready)
{
	struct agent *agent = ctx;
	struct flc_error err = { 0 };

	if (flc_rtnl_events_process(agent->events, kernel_event, agent, &err) < 0)
		log_error("cannot listen to kernel events: %s", err.text);
}

static void all_is_set_up(struct agent *agent)
{
	char name[SUBNET_KEY_LEN];
	size_t others;

	/*
	 * The network works without firewall rules: rules.c reports missing ones.
	 */
	if (!agent->env_written)
		return;
	agent->ready = true;
	agent->registry->set_up = true;
	subnet_key_format(&agent->subnets, name);
	others = peers_count(agent->peers);
	if (peers_find_name(agent->peers, name))
		others--;
	log_notice("this node is set up: subnet %s, MTU %u, leases of other nodes: %zu",
		   name, agent->dp->ops->mtu(agent->dp), others);
	notify_send("READY=1\nSTATUS=Subnet %s", name);
}

static void resync(void *ctx)
{
	struct agent *agent = ctx;

	/* With a repair pending, this would only fail in the same way. */
	if (!agent->repair.armed)
		upkeep_repair(agent);
	if (agent->rules)
		rules_check(agent->rules, &agent->subnets);
	loop_timer_set(agent->loop, &agent->resync,
		       agent->opt->iptables_resync * 1000, resync, agent);
	if (!agent->ready)
		all_is_set_up(agent);
}

bool upkeep_start(struct agent *agent)
{
	struct flc_error err = { 0 };

	agent->strangers = strangers_new(agent->dp);
	if (!activate(agent, &err)) {
		log_error("%s", err.text);
		return false;
	}
	if (agent->conf.backend != BACKEND_ALLOC) {
		agent->events = flc_rtnl_events_open(FLC_RTNL_LINK |
						     FLC_RTNL_IPADDR |
						     FLC_RTNL_ROUTE, 0, &err);
		if (!agent->events) {
			log_error("%s", err.text);
			return false;
		}
		loop_fd_add(agent->loop, &agent->events_watch,
			    flc_rtnl_events_fd(agent->events), EPOLLIN,
			    events_ready, agent);
	}
	strangers_look(agent->strangers, &agent->subnets, true);
	if (wants_direct_routes(agent))
		sync_all(agent->sync);
	/* The following is what flanneld does by its own flags. */
	if (agent->opt->hand_over)
		return true;
	agent->rules = rules_new(agent->loop, agent->rtnl, agent->opt, &agent->conf);
	rules_check(agent->rules, &agent->subnets);
	keep_telling(agent);
	loop_timer_set(agent->loop, &agent->resync,
		       agent->opt->iptables_resync * 1000, resync, agent);
	all_is_set_up(agent);
	return true;
}

void upkeep_stop(struct agent *agent)
{
	loop_timer_cancel(agent->loop, &agent->repair);
	loop_timer_cancel(agent->loop, &agent->resync);
	loop_timer_cancel(agent->loop, &agent->redirect);
	loop_timer_cancel(agent->loop, &agent->tell);
	loop_fd_del(agent->loop, &agent->events_watch);
	flc_rtnl_events_close(agent->events);
	agent->events = NULL;
	strangers_free(agent->strangers);
	agent->strangers = NULL;
}
