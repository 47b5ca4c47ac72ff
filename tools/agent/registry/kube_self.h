/* SPDX-License-Identifier: GPL-2.0 */
/* This node's own Node: what the agent writes to it, and keeps written there. */
#ifndef AGENT_REGISTRY_KUBE_SELF_H
#define AGENT_REGISTRY_KUBE_SELF_H

#include "kube/api.h"
#include "kube/node.h"
#include "network/registry.h"

struct kube_self;

struct kube_self_env {
	struct kube_api *api;
	const char *name;		/* of the Node */
	const char *prefix;		/* of its annotations */
	const bool *set_up;		/* this node is; NULL: no condition is set */
	/* The Node, as the API server has it after a patch. */
	void (*patched)(void *ctx, json_t *node);
	void *ctx;
};

/* @env is copied; what it points to outlives it. */
struct kube_self *kube_self_new(const struct kube_self_env *env);
void kube_self_free(struct kube_self *self);

/* News of the Node. */
void kube_self_seen(struct kube_self *self, const struct kube_node *node);
void kube_self_gone(struct kube_self *self);

/* The Node, or NULL: there is none. */
const struct kube_node *kube_self_node(const struct kube_self *self);

/* The lease that the Node is kept to say; NULL: none. */
const char *kube_self_claimed(const struct kube_self *self);

/* Let the Node say @value, from now on. @done is called when it does. */
void kube_self_claim(struct kube_self *self, const char *key, const char *value,
		     registry_fn done, void *ctx);

/* Take back what it says. */
void kube_self_release(struct kube_self *self, registry_fn done, void *ctx);

/* Times that someone else's change was reverted. */
unsigned long kube_self_repairs(const struct kube_self *self);

#endif
