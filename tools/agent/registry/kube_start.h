/* SPDX-License-Identifier: GPL-2.0 */
/* What the agent needs before anything else: which Node this is, and its config. */
#ifndef AGENT_REGISTRY_KUBE_START_H
#define AGENT_REGISTRY_KUBE_START_H

#include "kube/api.h"
#include "network/registry.h"
#include "registry/kube_config.h"
#include "registry/kube_open.h"

struct kube_start;

/* Further results, besides the answer. */
struct kube_found {
	struct kube_families families;	/* of the network */
};

/*
 * kube_start_new - read the Pod, if it names the Node, and the Node
 * @place: its node is filled in
 * @path: of the network config
 *
 * A config is reported only when the Node has its pod CIDRs: until then @done gets the
 * reason, and the caller retries.
 */
struct kube_start *kube_start_new(struct kube_api *api, struct kube_place *place,
				  const char *path, struct kube_found *found);
void kube_start_free(struct kube_start *start);

/* One request at a time: a second one fails with that reason. */
void kube_start_get(struct kube_start *start, registry_fn done, void *ctx);

#endif
