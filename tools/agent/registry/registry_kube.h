/* SPDX-License-Identifier: GPL-2.0 */
/* The registry in the Kubernetes API: annotations of Nodes, in flannel's format. */
#ifndef AGENT_REGISTRY_KUBE_H
#define AGENT_REGISTRY_KUBE_H

#include "base/loop.h"
#include "base/options.h"
#include "network/registry.h"

/*
 * registry_kube_new - store leases in the Nodes of a cluster
 * @misused: set if flags or the environment are invalid
 * @error: the reason of a failure, @error_len bytes
 *
 * Return: the registry, or NULL.
 */
struct registry *registry_kube_new(struct loop *loop, const struct options *opt,
				   bool *misused, char *error,
				   size_t error_len);

#endif
