/* SPDX-License-Identifier: GPL-2.0 */
/* What has to be known before anything else: which Node this is, and its config. */
#ifndef AGENT_REGISTRY_KUBE_START_H
#define AGENT_REGISTRY_KUBE_START_H

#include "kube/api.h"
#include "network/registry.h"
#include "registry/kube_config.h"
#include "registry/kube_open.h"

struct kube_start;

/* What it finds, beside the answer. */
struct kube_found {
	struct kube_families families;	/* of the network */
};

/*
 * kube_start_new - ask for the Pod, if it says which Node this is, and the Node
 * @place: its node is filled in
 * @path: of the network config
 *
 * A config is reported only when the Node has its pod CIDRs: until then @done gets the
 * reason, and the caller asks again.
 */
struct kube_start *kube_start_new(struct kube_api *api, struct kube_place *place,
				  const char *path, struct kube_found *found);
void kube_start_free(struct kube_start *start);

/* One at a time: what is asked for meanwhile hears that. */
void kube_start_get(struct kube_start *start, registry_fn done, void *ctx);

#endif
