/* SPDX-License-Identifier: GPL-2.0 */
/* subnet.env, which flannel-agent (or flanneld) writes. */
#ifndef CNI_SUBNET_ENV_H
#define CNI_SUBNET_ENV_H

#include <stdbool.h>

#include "error.h"
#include "lib/addr.h"

#define SUBNET_ENV_NETWORKS	32

/**
 * struct subnet_env - the contents
 * @networks: of the cluster, of both families
 * @count: of @networks
 * @subnet4: the node's own; or none
 * @subnet6: likewise
 * @mtu: of the pods' interfaces, in bytes
 * @ip_masq: flannel masquerades, so the delegate must not
 */
struct subnet_env {
	struct flc_prefix networks[SUBNET_ENV_NETWORKS];
	unsigned int count;
	struct flc_prefix subnet4;
	struct flc_prefix subnet6;
	unsigned int mtu;
	bool ip_masq;
};

/**
 * subnet_env_read - read a subnet.env
 * @env: output
 * @path: of the file
 * @err: why it cannot be used: CNI_TRY_AGAIN if it is missing or incomplete
 *
 * Return: 0 or -1.
 */
int subnet_env_read(struct subnet_env *env, const char *path,
		    struct cni_error *err);

#endif
