/* SPDX-License-Identifier: GPL-2.0 */
/* The network config of a cluster: a file, and what the API says instead of it. */
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
 * kube_config_read - the text of a file of at most 1 MiB
 * @error: why there is none, 256 bytes
 * Return: the text, to be freed, or NULL.
 */
char *kube_config_read(const char *path, char *error);

/*
 * kube_config_adapt - which subnets there are is the API's to say
 * @text: the network config
 * @own: pod CIDRs of this node, which are as long as those of the others
 * @families: which ones the network has
 *
 * The lengths of subnets are those of the pod CIDRs; a range to choose from counts
 * for nothing, as nobody chooses. A value that is not a JSON object stays as it is: its
 * reader reports it.
 *
 * Return: the network config, to be freed.
 */
char *kube_config_adapt(const char *text, const struct subnets *own,
			struct kube_families *families);

#endif
