// SPDX-License-Identifier: GPL-2.0
/*
 * Common parts of running and releasing a node: opens the registry and the peers,
 * finds or creates underlay and data plane, and describes them in this node's
 * lease.
 */
#include "node/agent.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/notify.h"
#include "base/util.h"
#include "dataplane/choose.h"
#include "dataplane/mtu.h"
#include "registry/open.h"

#define GIVE_UP_MS	5000

bool agent_open(struct agent *agent, const struct peers_ops *ops)
{
	agent->loop = loop_new();
	agent->started_ms = loop_now();
	identity_read(&agent->identity, "/etc/machine-id");
	agent->peers = peers_new(ops, agent);
	agent->registry = registry_open(agent->opt, agent->loop,
					&agent->misused);
	return agent->registry;
}

void agent_close(struct agent *agent)
{
	loop_timer_cancel(agent->loop, &agent->retry);
	loop_timer_cancel(agent->loop, &agent->started);
	loop_timer_cancel(agent->loop, &agent->new_mac);
	rules_free(agent->rules);
	own_lease_free(agent->own);
	sync_free(agent->sync);
	if (agent->dp)
		agent->dp->ops->free(agent->dp);
	guard_free(agent->guard);
	routes_free(agent->routes);
	flc_rtnl_close(agent->rtnl);
	http_server_free(agent->http);
	if (agent->registry)
		agent->registry->ops->free(agent->registry);
	peers_free(agent->peers);
	free(agent->public_ip);
	free(agent->public_ipv6);
	notify_stop(agent->loop);
	loop_free(agent->loop);
}

void agent_follow(struct agent *agent)
{
	agent->registry->ops->follow(agent->registry, &peers_events,
				     agent->peers);
}

static bool have_net_admin(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return true;	/* leave the error to the kernel */
	return data[0].effective & (1U << CAP_NET_ADMIN);
}

struct underlay_wish agent_wish(const struct agent *agent)
{
	return (struct underlay_wish){
		.opt = agent->opt,
		.want4 = flc_prefix_is_set(&agent->conf.v4.network),
		.want6 = flc_prefix_is_set(&agent->conf.v6.network),
		.tell = true,
	};
}

/* A restart keeps the choice of the previous run. */
static bool resume(struct agent *agent, const struct host *host,
		   const struct underlay_wish *wish)
{
	static const char *const names[] = { "flannel", "flannel-v6" };
	const struct flc_link *device;
	char name[IF_NAMESIZE];
	size_t i;

	if (agent->conf.backend != BACKEND_VXLAN)
		return false;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(name, sizeof(name), "%s.%u", names[i],
			 agent->conf.vni);
		device = host_link_named(host, name);
		if (device &&
		    follow_resume(&agent->underlay, device, host, wish)) {
			log_info("keeping the underlay of device %s",
				 name);
			return true;
		}
	}
	return false;
}

bool agent_find_underlay(struct agent *agent)
{
	struct underlay_wish wish = agent_wish(agent);
	struct flc_error err = { 0 };
	char a4[FLC_ADDR_STRLEN], a6[FLC_ADDR_STRLEN];
	struct host host;
	int ret;

	ret = host_read(&host, agent->rtnl, &err);
	if (!ret) {
		if (!resume(agent, &host, &wish))
			ret = underlay_choose(&agent->underlay, &host, &wish,
					      &err);
		host_free(&host);
	}
	if (ret) {
		log_error("%s", err.text);
		return false;
	}
	mtu_tell(&agent->env);
	log_info("using interface %s (MTU %u) for traffic between nodes, with public addresses %s and %s",
		 agent->underlay.name, agent->underlay.mtu,
		 flc_addr_text(&agent->underlay.public4, a4),
		 flc_addr_text(&agent->underlay.public6, a6));
	return true;
}

bool agent_build(struct agent *agent)
{
	struct flc_error err = { 0 };

	if (agent->conf.backend != BACKEND_ALLOC && !have_net_admin()) {
		log_error("missing privileges: setting up the network needs CAP_NET_ADMIN; run flannel-agent as root, or with AmbientCapabilities=CAP_NET_ADMIN");
		return false;
	}
	agent->rtnl = flc_rtnl_open(&err);
	if (!agent->rtnl) {
		log_error("%s", err.text);
		return false;
	}
	agent->routes = routes_new(agent->rtnl);
	agent->guard = guard_new(&(struct guard_env){
		.rtnl = agent->rtnl,
		.routes = agent->routes,
		.opt = agent->opt,
		.conf = &agent->conf,
		.underlay = &agent->underlay,
		.peers = agent->peers,
	});
	agent->env = (struct dataplane_env){
		.loop = agent->loop,
		.rtnl = agent->rtnl,
		.routes = agent->routes,
		.opt = agent->opt,
		.conf = &agent->conf,
		.underlay = &agent->underlay,
		.guard = agent->guard,
		.resolve = sync_resolve,
		.all_paths = sync_paths,
		.refused = sync_refused,
	};
	agent->dp = dataplane_choose(&agent->env, &err);
	if (!agent->dp) {
		log_error("%s", err.text);
		return false;
	}
	agent->sync = sync_new(&agent->env, agent->dp, agent->peers);
	agent->env.sync = agent->sync;
	return true;
}

struct own_lease_env agent_lease_env(struct agent *agent,
				     const struct own_lease_ops *ops)
{
	/* Where subnets are set apart nobody has to prove who he is. */
	bool assigned = agent->registry->ops->assigned;
	struct lease_agent nobody = { "", "", "" };

	return (struct own_lease_env){
		.loop = agent->loop,
		.registry = agent->registry,
		.peers = agent->peers,
		.opt = agent->opt,
		.conf = &agent->conf,
		.public4 = &agent->underlay.public4,
		.public6 = &agent->underlay.public6,
		.agent = assigned ? nobody : agent->identity,
		.ops = ops,
		.ctx = agent,
	};
}

void agent_describe(const struct agent *agent, struct lease_value *value)
{
	memset(value, 0, sizeof(*value));
	value->public4 = agent->underlay.public4;
	value->public6 = agent->underlay.public6;
	/* flannel omits it for this backend. */
	if (agent->conf.backend != BACKEND_ALLOC)
		snprintf(value->type, sizeof(value->type), "%s",
			 backend_type_name(agent->conf.backend));
	agent->dp->ops->describe(agent->dp, value);
}

bool agent_is_published(const struct agent *agent)
{
	struct lease_value value;

	agent_describe(agent, &value);
	return lease_value_equal(&value, &agent->published);
}

void agent_publish(struct agent *agent)
{
	agent_describe(agent, &agent->published);
	own_lease_publish(agent->own, &agent->published);
}

static void give_up(void *ctx)
{
	loop_quit(((struct agent *)ctx)->loop, EXIT_FAILURE);
}

void agent_fatal(struct agent *agent)
{
	if (agent->dp)
		agent->dp->ops->abandon(agent->dp);
	if (!agent->lease_is_new || !own_lease_held(agent->own)) {
		give_up(agent);
		return;
	}
	agent->state = AGENT_GIVES_UP;
	loop_timer_set(agent->loop, &agent->retry, GIVE_UP_MS, give_up, agent);
	own_lease_release(agent->own);
}
