/* SPDX-License-Identifier: GPL-2.0 */
/* This node's own Node: what the agent writes to it, and restores. */
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
	const bool *set_up;		/* this node is; NULL: set no condition */
	/* The Node, as the API server returned it after a patch. */
	void (*patched)(void *ctx, json_t *node);
	void *ctx;
};

/* @env is copied; its pointers must stay valid. */
struct kube_self *kube_self_new(const struct kube_self_env *env);
void kube_self_free(struct kube_self *self);

/* A change of the Node. */
void kube_self_seen(struct kube_self *self, const struct kube_node *node);
void kube_self_gone(struct kube_self *self);

/* The Node, or NULL if there is none. */
const struct kube_node *kube_self_node(const struct kube_self *self);

/* The lease that the Node is kept at; NULL: none. */
const char *kube_self_claimed(const struct kube_self *self);

/* Keep @value in the Node from now on. @done is called when it is written. */
void kube_self_claim(struct kube_self *self, const char *key, const char *value,
		     registry_fn done, void *ctx);

/* Remove it from the Node. */
void kube_self_release(struct kube_self *self, registry_fn done, void *ctx);

/* Number of times that a change by another writer was reverted. */
unsigned long kube_self_repairs(const struct kube_self *self);

#endif
