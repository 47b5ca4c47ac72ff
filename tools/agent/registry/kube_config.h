/* SPDX-License-Identifier: GPL-2.0 */
/* The network config of a cluster: a file, adapted to the API's data. */
#ifndef AGENT_REGISTRY_KUBE_CONFIG_H
#define AGENT_REGISTRY_KUBE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "network/subnet_key.h"

/* Which families the network has. */
struct kube_families {
	bool v4, v6;
};

/*
 * kube_config_read - read a file of at most 1 MiB
 * @error: why it cannot be read, 256 bytes
 * Return: the text, to be freed, or NULL.
 */
char *kube_config_read(const char *path, char *error);

/*
 * kube_config_adapt - adapt the config, since the API assigns the subnets
 * @text: the network config
 * @own: pod CIDRs of this node; other nodes' have the same length
 * @families: families of the network
 *
 * The subnets have the length of the pod CIDRs. A range for subnets has no effect,
 * since the agent does not choose one. A value that is not a JSON object is
 * unchanged: its reader reports it.
 *
 * Return: the network config, to be freed.
 */
char *kube_config_adapt(const char *text, const struct subnets *own,
			struct kube_families *families);

#endif
