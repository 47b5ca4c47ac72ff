/* SPDX-License-Identifier: GPL-2.0 */
/* The API server and this node, from flags and environment. */
#ifndef AGENT_REGISTRY_KUBE_OPEN_H
#define AGENT_REGISTRY_KUBE_OPEN_H

#include "base/options.h"
#include "kube/access.h"
#include "kube/node.h"

struct kube_place {
	char prefix[KUBE_PREFIX_LEN];	/* of annotations */
	char node[KUBE_NAME_LEN];	/* this one; "": from the Pod */
	char pod[KUBE_NAME_LEN], namespace[KUBE_NAME_LEN];
};

/* Which Node this agent is on. False: @error, 256 bytes, says why not. */
bool kube_open_place(struct kube_place *place, const struct options *opt,
		     char *error);

/* Access to the API server; likewise. Clear @access in both cases. */
bool kube_open_access(struct kube_access *access, const struct options *opt,
		      char *error);

#endif
