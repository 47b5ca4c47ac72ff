/* SPDX-License-Identifier: GPL-2.0 */
/* A Node of the Kubernetes API: what this agent reads from it and writes to it. */
#ifndef AGENT_KUBE_NODE_H
#define AGENT_KUBE_NODE_H

#include <jansson.h>
#include <stdbool.h>

#include "network/subnet_key.h"

/* Names of the annotations: a prefix, followed by one of these. */
enum kube_annotation {
	/* Written by the node. */
	KUBE_MANAGED,
	KUBE_TYPE,
	KUBE_DATA,
	KUBE_DATA6,
	KUBE_PUBLIC,
	KUBE_PUBLIC6,
	/* Written by users. */
	KUBE_OVERWRITE,
	KUBE_OVERWRITE6,
	KUBE_NODE_PUBLIC,
	KUBE_NODE_PUBLIC6,
	KUBE_ANNOTATIONS
};

#define KUBE_WRITTEN	KUBE_OVERWRITE	/* number of the node's own */

#define KUBE_NAME_LEN	254	/* of a Node, a Pod or a namespace */
#define KUBE_PREFIX_LEN	260

/* The name of an annotation, in @buf. */
void kube_annotation_name(char *buf, size_t size, const char *prefix,
			  enum kube_annotation which);

/*
 * kube_prefix_check - the prefix in flanneld's form, "flannel.alpha.coreos.com/"
 * @out: KUBE_PREFIX_LEN bytes
 * @error: why @text is invalid, 160 bytes
 */
bool kube_prefix_check(char *out, const char *text, char *error);

/* Whether @name is valid for a Node, a Pod or a namespace. */
bool kube_name_is_valid(const char *name);

struct kube_condition {
	bool there;
	bool is_false;		/* its status is "False" */
};

struct kube_node {
	char name[KUBE_NAME_LEN];
	char version[32];	/* resourceVersion */
	char uid[64];
	char *annotations[KUBE_ANNOTATIONS];	/* NULL: missing */
	struct subnets subnets;		/* spec.podCIDRs, or podCIDR */
	char subnets_error[160];	/* why there are none; "" if not assigned yet */
	struct kube_condition unavailable;	/* NetworkUnavailable */
};

/*
 * kube_node_read - read a Node
 * @out: filled on success only, except the name; to be freed by kube_node_clear()
 * @prefix: of the annotations
 * @error: why it is invalid, 160 bytes
 *
 * This validates everything that others may write there, so no other part of the
 * agent has to.
 */
bool kube_node_read(struct kube_node *out, json_t *node, const char *prefix,
		    char *error);
void kube_node_clear(struct kube_node *node);

/* Whether the node takes part in the network. */
bool kube_node_is_managed(const struct kube_node *node);

/*
 * kube_node_lease - convert the annotations to the value of a lease
 * @error: why it is not a lease, 160 bytes
 * Return: JSON, see lease_value.h, to be freed; or NULL.
 */
char *kube_node_lease(const struct kube_node *node, char *error);

/*
 * kube_node_want - convert a lease to annotations
 * @wanted: text of each, to be freed by kube_texts_clear(); NULL: no annotation
 * @lease: the value
 * @node: its overwriting annotations are used if valid
 */
void kube_node_want(char *wanted[KUBE_WRITTEN], const char *lease,
		    const struct kube_node *node);
void kube_texts_clear(char **texts, size_t count);

#endif
