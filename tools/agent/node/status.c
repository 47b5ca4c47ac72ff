// SPDX-License-Identifier: GPL-2.0
/* Responses of the health and metrics server. */
#include "node/status.h"

#include <string.h>

#include "base/metrics.h"

#ifndef FLANNEL_VERSION
#define FLANNEL_VERSION "unknown"
#endif

static void add_registry_metric(void *ctx, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_vadd(ctx, fmt, args);
	va_end(args);
}

/* Set up, and the only node with its address. */
static bool is_ready(const struct agent *agent)
{
	return agent->ready &&
	       !(agent->own && own_lease_contested(agent->own));
}

static void add_metrics(struct agent *agent, struct text *text)
{
	metrics_head(text, "flannel_build_info", "gauge",
		     "Version of the agent.");
	text_add(text, "flannel_build_info{version=\"%s\"} 1\n",
		 FLANNEL_VERSION);
	metrics_gauge(text, "flannel_uptime_seconds",
		      (loop_now() - agent->started_ms) / 1e3,
		      "Time since the agent was started.");
	metrics_gauge(text, "flannel_ready", is_ready(agent),
		      "1 if this node is set up.");
	metrics_gauge(text, "flannel_stand_in", agent->come_back.armed,
		      "1 if the kernel's vxlan stands in while the module is away.");
	metrics_gauge(text, "flannel_registry_in_touch",
		      peers_in_touch(agent->peers),
		      "1 if the agent receives changes of leases.");
	metrics_gauge(text, "flannel_leases", peers_count(agent->peers),
		      "Leases of all nodes, including reservations.");
	metrics_counter(text, "flannel_leases_malformed_total",
			peers_malformed(agent->peers),
			"Leases whose name or value could not be read.");
	metrics_counter(text, "flannel_errors_total", log_errors(),
			"Log lines of level error.");
	metrics_counter(text, "flannel_log_left_out_total", log_left_out(),
			"Log lines suppressed because there were too many.");
	metrics_counter(text, "flannel_log_lost_total", log_lost(),
			"Log lines lost because nobody read them.");
	metrics_counter(text, "flannel_repairs_total", agent->repairs,
			"Devices and routes that were restored.");
	metrics_gauge(text, "flannel_leases_doubled",
		      peers_doubled(agent->peers),
		      "Leases of a subnet that another lease also has.");
	if (agent->routes) {
		metrics_gauge(text, "flannel_routes",
			      routes_count(agent->routes),
			      "Routes that the agent maintains.");
		metrics_gauge(text, "flannel_routes_failing",
			      routes_failing(agent->routes),
			      "Routes that could not be installed.");
	}
	if (agent->guard)
		guard_metrics(agent->guard, text);
	if (agent->own)
		own_lease_metrics(agent->own, text);
	if (agent->sync)
		sync_metrics(agent->sync, text);
	if (agent->dp && agent->dp->ops->metrics)
		agent->dp->ops->metrics(agent->dp, text);
	if (agent->rules)
		rules_metrics(agent->rules, text);
	agent->registry->ops->metrics(agent->registry, text,
				      add_registry_metric);
}

static void handle(void *ctx, const char *path, struct http_reply *reply)
{
	struct agent *agent = ctx;

	if (!strcmp(path, "/healthz")) {
		reply->status = 200;
		text_add(&reply->body, "flanneld is running");
	} else if (!strcmp(path, "/readyz")) {
		reply->status = is_ready(agent) ? 200 : 503;
		text_add(&reply->body, is_ready(agent) ? "flanneld is ready" :
				       "flanneld is not ready yet");
	} else if (!strcmp(path, "/metrics")) {
		reply->status = 200;
		reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
		add_metrics(agent, &reply->body);
	}
}

bool status_start(struct agent *agent)
{
	struct flc_error err = { 0 };

	if (!agent->opt->healthz_port)
		return true;
	agent->http = http_server_new(agent->loop, agent->opt->healthz_ip,
				      agent->opt->healthz_port, handle, agent,
				      &err);
	if (!agent->http)
		log_error("%s", err.text);
	return agent->http;
}
