// SPDX-License-Identifier: GPL-2.0
/*
 * What the agent needs before anything else: which Node this is, its pod CIDRs, the
 * addresses that users have set for it, and the network config. If something is
 * missing, the log says what to check, and the agent waits for it.
 */
#include "registry/kube_start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "network/netconf.h"

#define REQUEST_MS	10000
#define LOOK_MS		10000	/* whether the file has changed */
#define ERROR_LEN	320

struct kube_start {
	struct kube_api *api;
	struct loop *loop;
	struct kube_place *place;
	struct kube_found *found;
	char *path;
	struct kube_request *request;
	registry_fn done;
	void *ctx;

	char *used;		/* text of the file, as last reported */
	char *seen;		/* and as last read */
	struct loop_timer timer;
};

struct kube_start *kube_start_new(struct kube_api *api, struct kube_place *place,
				  const char *path, struct kube_found *found)
{
	struct kube_start *start = xcalloc(1, sizeof(*start));

	start->api = api;
	start->loop = kube_api_loop(api);
	start->place = place;
	start->found = found;
	start->path = xstrdup(path);
	return start;
}

void kube_start_free(struct kube_start *start)
{
	if (!start)
		return;
	if (start->request)
		kube_request_cancel(start->request);
	loop_timer_cancel(start->loop, &start->timer);
	free(start->path);
	free(start->used);
	free(start->seen);
	free(start);
}

static void end(struct kube_start *start, const struct registry_answer *answer)
{
	registry_fn done = start->done;

	start->done = NULL;
	done(start->ctx, answer);
}

static void end_error(struct kube_start *start, const char *error)
{
	end(start, &(struct registry_answer){
		.result = REGISTRY_ERROR, .error = error,
	});
}

static void ask(struct kube_start *start, const char *path,
		void (*done)(void *ctx, const struct kube_reply *reply))
{
	struct kube_request_params params = {
		.verb = KUBE_GET,
		.path = path,
		.timeout_ms = REQUEST_MS,
		.done = done,
		.ctx = start,
	};

	start->request = kube_request_start(start->api, &params);
}

/* Later changes of the file */

static void tell_change(struct kube_start *start, const char *text)
{
	char error[NETCONF_ERROR_LEN];
	struct netconf conf = { 0 };

	if (!netconf_parse(&conf, text, strlen(text), error))
		log_error("%s has changed and is invalid, keeping the previous config: %s",
			  start->path, error);
	else if (strcmp(text, start->used))
		log_warning("%s has changed: reload (SIGHUP) to apply MTU and DirectRouting, restart the agent to apply anything else",
			    start->path);
	else
		log_notice("%s is back to what it was", start->path);
}

static void look(void *ctx)
{
	struct kube_start *start = ctx;
	char error[ERROR_LEN];
	/* A missing file, briefly or for good, is not a new config. */
	char *text = kube_config_read(start->path, error);

	if (text && strcmp(text, start->seen)) {
		tell_change(start, text);
		free(start->seen);
		start->seen = text;
		text = NULL;
	}
	free(text);
	loop_timer_set(start->loop, &start->timer, LOOK_MS, look, start);
}

static void remember(struct kube_start *start, const char *text)
{
	free(start->used);
	free(start->seen);
	start->used = xstrdup(text);
	start->seen = xstrdup(text);
	loop_timer_set(start->loop, &start->timer, LOOK_MS, look, start);
}

/* The Node, and the result */

static const char *address(const struct kube_node *node,
			   enum kube_annotation which, int family)
{
	const char *text = node->annotations[which];
	struct flc_addr addr;

	if (!text || !*text)
		return NULL;
	if (flc_addr_parse(&addr, text) && addr.family == family)
		return text;
	log_warning("this node's Node, %s: annotation node-public-ip%s is ignored, \"%.60s\" is no such address",
		    node->name, family == AF_INET ? "" : "v6", text);
	return NULL;
}

static void tell_config(struct kube_start *start, const struct kube_node *node)
{
	struct registry_answer answer = { .result = REGISTRY_OK };
	char error[ERROR_LEN];
	char *text = kube_config_read(start->path, error), *adapted;

	if (!text) {
		end_error(start, error);
		return;
	}
	remember(start, text);
	adapted = kube_config_adapt(text, &node->subnets, &start->found->families);
	answer.config = adapted;
	answer.config_len = strlen(adapted);
	answer.public_ip = address(node, KUBE_NODE_PUBLIC, AF_INET);
	answer.public_ipv6 = address(node, KUBE_NODE_PUBLIC6, AF_INET6);
	end(start, &answer);
	free(adapted);
	free(text);
}

static void node_came(void *ctx, const struct kube_reply *reply)
{
	struct kube_start *start = ctx;
	char error[ERROR_LEN] = "", text[160];
	struct kube_node node;
	json_t *root;

	start->request = NULL;
	if (reply->error) {
		if (reply->code == 404)
			snprintf(error, sizeof(error),
				 "there is no Node \"%.100s\": is NODE_NAME right, and has the kubelet registered?",
				 start->place->node);
		end_error(start, *error ? error : reply->error);
		return;
	}
	root = json_loadb(reply->body, reply->len, 0, NULL);
	if (!kube_node_read(&node, root, start->place->prefix, text)) {
		snprintf(error, sizeof(error), "this node's Node, %.80s: %s",
			 start->place->node, text);
		json_decref(root);
		end_error(start, error);
		return;
	}
	json_decref(root);
	if (*node.subnets_error)
		snprintf(error, sizeof(error), "this node's Node, %.80s: %s",
			 node.name, node.subnets_error);
	else if (!flc_prefix_is_set(&node.subnets.v4) &&
		 !flc_prefix_is_set(&node.subnets.v6))
		snprintf(error, sizeof(error),
			 "node \"%.80s\" pod cidr not assigned: does kube-controller-manager run with --allocate-node-cidrs and --cluster-cidr?",
			 node.name);
	if (*error)
		end_error(start, error);
	else
		tell_config(start, &node);
	kube_node_clear(&node);
}

static void ask_node(struct kube_start *start)
{
	char *path = xasprintf("/api/v1/nodes/%s", start->place->node);

	ask(start, path, node_came);
	free(path);
}

static void pod_came(void *ctx, const struct kube_reply *reply)
{
	struct kube_start *start = ctx;
	json_t *root, *spec;
	const char *name;

	start->request = NULL;
	if (reply->error) {
		end_error(start, reply->error);
		return;
	}
	root = json_loadb(reply->body, reply->len, 0, NULL);
	spec = json_object_get(root, "spec");
	name = json_string_value(json_object_get(spec, "nodeName"));
	if (name && kube_name_is_valid(name))
		strcpy(start->place->node, name);
	json_decref(root);
	if (*start->place->node)
		ask_node(start);
	else
		end_error(start, "the Pod of POD_NAME and POD_NAMESPACE is on no Node (spec.nodeName)");
}

void kube_start_get(struct kube_start *start, registry_fn done, void *ctx)
{
	char *path;

	if (start->done) {
		done(ctx, &(struct registry_answer){
			.result = REGISTRY_ERROR,
			.error = "it is already being read",
		});
		return;
	}
	start->done = done;
	start->ctx = ctx;
	if (*start->place->node) {
		ask_node(start);
		return;
	}
	path = xasprintf("/api/v1/namespaces/%s/pods/%s",
			 start->place->namespace, start->place->pod);
	ask(start, path, pod_came);
	free(path);
}
