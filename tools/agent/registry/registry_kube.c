// SPDX-License-Identifier: GPL-2.0
/*
 * The registry in the Kubernetes API, in flannel's format: a node's lease is its Node,
 * the subnets are spec.podCIDRs, and the node's own data is in annotations. An entry
 * ends with the annotation kube-subnet-manager, or with the Node.
 */
#include "registry/registry_kube.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/util.h"
#include "kube/watch.h"
#include "registry/kube_entries.h"
#include "registry/kube_self.h"
#include "registry/kube_start.h"

#define TEXT_LEN 256

struct registry_kube {
	struct registry reg;
	struct loop *loop;
	struct kube_api *api;
	struct kube_place place;
	struct kube_found found;
	struct kube_start *start;
	bool set_condition;

	struct kube_watch *watch;
	struct kube_self *self;
	struct kube_entries *entries;
	const struct registry_events *events;
	void *events_ctx;
	bool listing, self_listed;	/* this node's own, in the list being read */

	struct log_trouble assigned_trouble, unreadable_trouble;
	unsigned long unreadable;

	/* An answer that needs no request. */
	struct loop_timer soon;
	registry_fn soon_done;
	void *soon_ctx;
};

static struct registry_kube *to_registry_kube(struct registry *reg)
{
	return container_of(reg, struct registry_kube, reg);
}

/* Nodes */

static bool is_self(const struct registry_kube *rk, const char *name)
{
	return !strcmp(name, rk->place.node);
}

/* For the families of the network. */
static bool subnets_of(const struct registry_kube *rk,
		       const struct kube_node *node, struct subnets *out)
{
	*out = node->subnets;
	if (!rk->found.families.v4)
		out->v4 = (struct flc_prefix){ 0 };
	if (!rk->found.families.v6)
		out->v6 = (struct flc_prefix){ 0 };
	return flc_prefix_is_set(&out->v4) || flc_prefix_is_set(&out->v6);
}

static void refuse(struct registry_kube *rk, const char *name, const char *why,
		   bool waits)
{
	if (kube_entries_refuse(rk->entries, name, why, waits))
		log_warning("ignoring Node %s: %s", name, why);
}

static void put(struct registry_kube *rk, const struct kube_node *node,
		const struct subnets *subnets, const char *value)
{
	char key[SUBNET_KEY_LEN], why[TEXT_LEN];
	const char *other;

	subnet_key_format(subnets, key);
	other = kube_entries_put(rk->entries, node->name, key, value,
				 atoll(node->version), is_self(rk, node->name));
	if (!other)
		return;
	snprintf(why, sizeof(why), "Node %.100s already has its pod CIDR %s", other,
		 key);
	refuse(rk, node->name, why, true);
}

static void take_node(struct registry_kube *rk, const struct kube_node *node)
{
	const char *claimed = is_self(rk, node->name) ?
			      kube_self_claimed(rk->self) : NULL;
	struct subnets subnets;
	char why[TEXT_LEN];
	char *value;

	if (!claimed && !kube_node_is_managed(node)) {
		kube_entries_skip(rk->entries, node->name);
	} else if (*node->subnets_error) {
		refuse(rk, node->name, node->subnets_error, false);
	} else if (!subnets_of(rk, node, &subnets)) {
		kube_entries_skip(rk->entries, node->name);
	} else if (claimed) {
		/* Its other contents are about to be reverted. */
		put(rk, node, &subnets, claimed);
	} else {
		value = kube_node_lease(node, why);
		if (value)
			put(rk, node, &subnets, value);
		else
			refuse(rk, node->name, why, false);
		free(value);
	}
}

static void look_for_room(struct registry_kube *rk)
{
	if (kube_entries_vacant(rk->entries))
		kube_watch_relist(rk->watch);
}

/* The first "name" in text that may not be JSON: the Node's, if it is a Node. */
static const char *find_name(const char *head, size_t len, int *shown)
{
	const char *end = head + len, *name;

	name = len ? memmem(head, len, "\"name\"", 6) : NULL;
	if (!name)
		return "";
	name += 6;
	while (name < end && (*name == ' ' || *name == ':'))
		name++;
	if (name == end || *name++ != '"')
		return "";
	while (*shown < 60 && name + *shown < end && name[*shown] != '"')
		++*shown;
	return name;
}

static void unreadable(void *ctx, const char *why, const char *head, size_t len)
{
	struct registry_kube *rk = ctx;
	char text[TEXT_LEN];
	int shown = 0;

	rk->unreadable++;
	head = find_name(head, len, &shown);
	snprintf(text, sizeof(text), "Node \"%.*s\"", shown, head);
	if (log_due(&rk->unreadable_trouble, text))
		log_warning("ignoring %s: %s", text, why);
}

/* The watch may report a state from before a patch after the patch's answer. */
static bool is_old_story(const struct registry_kube *rk,
			 const struct kube_node *node)
{
	const struct kube_node *known = kube_self_node(rk->self);

	return known && !strcmp(known->uid, node->uid) &&
	       atoll(node->version) < atoll(known->version);
}

static void node_seen(void *ctx, json_t *json)
{
	struct registry_kube *rk = ctx;
	struct kube_node node;
	char why[TEXT_LEN];

	if (!kube_node_read(&node, json, rk->place.prefix, why)) {
		rk->unreadable++;
		if (*node.name)
			refuse(rk, node.name, why, false);
		else if (log_due(&rk->unreadable_trouble, why))
			log_warning("ignoring a Node: %s", why);
		return;
	}
	if (!is_self(rk, node.name)) {
		take_node(rk, &node);
	} else if (rk->listing || !is_old_story(rk, &node)) {
		rk->self_listed = true;
		kube_self_seen(rk->self, &node);
		take_node(rk, &node);
	}
	kube_node_clear(&node);
	look_for_room(rk);
}

static void node_deleted(void *ctx, json_t *json)
{
	struct registry_kube *rk = ctx;
	json_t *meta = json_object_get(json, "metadata");
	const char *name = json_string_value(json_object_get(meta, "name"));

	if (!name)
		return;
	if (is_self(rk, name))
		kube_self_gone(rk->self);
	kube_entries_remove(rk->entries, name);
	look_for_room(rk);
}

static void list_begin(void *ctx)
{
	struct registry_kube *rk = ctx;

	rk->listing = true;
	rk->self_listed = false;
	kube_entries_begin(rk->entries);
}

static void list_end(void *ctx)
{
	struct registry_kube *rk = ctx;

	rk->listing = false;
	if (!rk->self_listed)
		kube_self_gone(rk->self);
	kube_entries_end(rk->entries);
	log_debug("kube: %zu Nodes are known", kube_entries_count(rk->entries));
}

static void watch_state(void *ctx, const char *why)
{
	struct registry_kube *rk = ctx;

	rk->events->state(rk->events_ctx, why);
}

static const struct kube_watch_ops watch_ops = {
	.list_begin = list_begin,
	.list_end = list_end,
	.node = node_seen,
	.deleted = node_deleted,
	.unreadable = unreadable,
	.state = watch_state,
};

/* Operations */

static void registry_kube_get_config(struct registry *reg, registry_fn done,
				     void *ctx)
{
	kube_start_get(to_registry_kube(reg)->start, done, ctx);
}

static void patched(void *ctx, json_t *node)
{
	node_seen(ctx, node);
}

static void registry_kube_follow(struct registry *reg,
				 const struct registry_events *events,
				 void *ctx)
{
	struct registry_kube *rk = to_registry_kube(reg);

	rk->events = events;
	rk->events_ctx = ctx;
	rk->entries = kube_entries_new();
	kube_entries_tell(rk->entries, events, ctx);
	rk->self = kube_self_new(&(struct kube_self_env){
		.api = rk->api,
		.name = rk->place.node,
		.prefix = rk->place.prefix,
		.set_up = rk->set_condition ? &reg->set_up : NULL,
		.patched = patched,
		.ctx = rk,
	});
	rk->watch = kube_watch_new(rk->api, &watch_ops, rk);
	kube_watch_start(rk->watch);
}

static void told_soon(void *ctx)
{
	struct registry_kube *rk = ctx;

	rk->soon_done(rk->soon_ctx,
		      &(struct registry_answer){ .result = REGISTRY_OK });
}

/* There is nothing to do. */
static void answer_soon(struct registry_kube *rk, registry_fn done, void *ctx)
{
	rk->soon_done = done;
	rk->soon_ctx = ctx;
	loop_timer_set(rk->loop, &rk->soon, 0, told_soon, rk);
}

static void registry_kube_claim(struct registry *reg, const char *name,
				const char *value, int64_t version,
				int64_t lease, uint64_t ttl, registry_fn done,
				void *ctx)
{
	kube_self_claim(to_registry_kube(reg)->self, name, value, done, ctx);
}

/* A Node holds its lease while it exists: there is no time to live. */
static void registry_kube_renew(struct registry *reg, const char *name,
				int64_t lease, registry_fn done, void *ctx)
{
	answer_soon(to_registry_kube(reg), done, ctx);
}

static void registry_kube_release(struct registry *reg, const char *name,
				  int64_t version, registry_fn done, void *ctx)
{
	kube_self_release(to_registry_kube(reg)->self, done, ctx);
}

static void tell_unassigned(struct registry_kube *rk, const char *why)
{
	if (log_due(&rk->assigned_trouble, why))
		log_error("waiting for a subnet for this node: %s", why);
}

static bool registry_kube_assigned(struct registry *reg, struct subnets *out)
{
	struct registry_kube *rk = to_registry_kube(reg);
	const struct kube_node *node = rk->self ? kube_self_node(rk->self) : NULL;
	const struct kube_families *want = &rk->found.families;
	char why[TEXT_LEN] = "";

	if (!node)
		snprintf(why, sizeof(why),
			 "there is no Node \"%.100s\": is NODE_NAME right, and has the kubelet registered?",
			 rk->place.node);
	else if (*node->subnets_error)
		snprintf(why, sizeof(why), "Node %.80s: %s", node->name,
			 node->subnets_error);
	else if (!subnets_of(rk, node, out))
		snprintf(why, sizeof(why),
			 "node \"%.80s\" pod cidr not assigned: does kube-controller-manager run with --allocate-node-cidrs and --cluster-cidr?",
			 node->name);
	else if ((want->v4 && !flc_prefix_is_set(&out->v4)) ||
		 (want->v6 && !flc_prefix_is_set(&out->v6)))
		snprintf(why, sizeof(why),
			 "Node %.80s has no %s pod CIDR, but the network config has EnableIPv%c: is --cluster-cidr of both families?",
			 node->name, want->v4 && !flc_prefix_is_set(&out->v4) ?
			 "IPv4" : "IPv6",
			 want->v4 && !flc_prefix_is_set(&out->v4) ? '4' : '6');
	if (*why) {
		tell_unassigned(rk, why);
		return false;
	}
	if (log_over(&rk->assigned_trouble))
		log_notice("this node has a pod CIDR now");
	return true;
}

struct adder {
	void (*add)(void *ctx, const char *fmt, ...);
	void *ctx;
};

static void add_metric(const struct adder *a, const char *name, const char *type,
		       const char *help, double value)
{
	a->add(a->ctx, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help, name,
	       type, name, value);
}

static void add_requests(const struct registry_kube *rk, const struct adder *a)
{
	const char *verb;
	unsigned long n;
	long code;
	size_t i;

	a->add(a->ctx, "# HELP flannel_kube_requests_total Requests to the API server that have ended; code 0: without an answer.\n"
		       "# TYPE flannel_kube_requests_total counter\n");
	for (i = 0; kube_api_count(rk->api, i, &verb, &code, &n); i++)
		a->add(a->ctx, "flannel_kube_requests_total{verb=\"%s\",code=\"%ld\"} %lu\n",
		       verb, code, n);
}

static void registry_kube_metrics(struct registry *reg, void *ctx,
				  void (*add)(void *ctx, const char *fmt, ...))
{
	struct registry_kube *rk = to_registry_kube(reg);
	const struct adder a = { add, ctx };
	const struct kube_watch_stats *stats;
	int64_t silence = kube_api_silence(rk->api);

	add_requests(rk, &a);
	if (silence >= 0)
		add_metric(&a, "flannel_kube_last_contact_seconds", "gauge",
			   "Time since the API server last sent anything.",
			   silence / 1e3);
	if (!rk->watch)
		return;
	stats = kube_watch_stats(rk->watch);
	add_metric(&a, "flannel_kube_lists_total", "counter",
		   "Times that all Nodes were read.", stats->lists);
	add_metric(&a, "flannel_kube_watch_restarts_total", "counter",
		   "Watches that ended before their time.", stats->restarts);
	add_metric(&a, "flannel_kube_bookmarks_total", "counter",
		   "Bookmarks of watches.", stats->bookmarks);
	add_metric(&a, "flannel_kube_nodes", "gauge", "Nodes of the cluster.",
		   kube_entries_count(rk->entries));
	add_metric(&a, "flannel_kube_nodes_refused", "gauge",
		   "Nodes whose annotations or pod CIDRs are invalid.",
		   kube_entries_refused(rk->entries));
	add_metric(&a, "flannel_kube_nodes_unreadable_total", "counter",
		   "Nodes that could not be read.", rk->unreadable);
	add_metric(&a, "flannel_kube_repairs_total", "counter",
		   "Changes of this node's Node by others that were reverted.",
		   kube_self_repairs(rk->self));
}

static void registry_kube_free(struct registry *reg)
{
	struct registry_kube *rk = to_registry_kube(reg);

	loop_timer_cancel(rk->loop, &rk->soon);
	kube_watch_free(rk->watch);
	kube_self_free(rk->self);
	kube_start_free(rk->start);
	kube_entries_free(rk->entries);
	kube_api_free(rk->api);
	free(rk);
}

static const struct registry_ops registry_kube_ops = {
	.free = registry_kube_free,
	.get_config = registry_kube_get_config,
	.claim = registry_kube_claim,
	.renew = registry_kube_renew,
	.release = registry_kube_release,
	.follow = registry_kube_follow,
	.assigned = registry_kube_assigned,
	.metrics = registry_kube_metrics,
};

struct registry *registry_kube_new(struct loop *loop, const struct options *opt,
				   bool *misused, char *error, size_t error_len)
{
	struct registry_kube *rk = xcalloc(1, sizeof(*rk));
	struct kube_access access;
	char why[TEXT_LEN];

	rk->reg.ops = &registry_kube_ops;
	rk->loop = loop;
	rk->set_condition = opt->set_node_network_unavailable;
	if (!kube_open_place(&rk->place, opt, why)) {
		*misused = true;
		snprintf(error, error_len, "%s", why);
		free(rk);
		return NULL;
	}
	/* A kubeconfig may appear later than the agent. */
	if (!kube_open_access(&access, opt, why)) {
		snprintf(error, error_len, "%s", why);
		kube_access_clear(&access);
		free(rk);
		return NULL;
	}
	log_info("leases are the Nodes of %s", access.server);
	rk->api = kube_api_new(loop, &access);
	rk->start = kube_start_new(rk->api, &rk->place, opt->net_config_path,
				   &rk->found);
	return &rk->reg;
}
