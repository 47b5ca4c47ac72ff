/* SPDX-License-Identifier: GPL-2.0 */
/* What flags and environment say of the API server, and of this node. */
#ifndef AGENT_REGISTRY_KUBE_OPEN_H
#define AGENT_REGISTRY_KUBE_OPEN_H

#include "base/options.h"
#include "kube/access.h"
#include "kube/node.h"

struct kube_place {
	char prefix[KUBE_PREFIX_LEN];	/* of annotations */
	char node[KUBE_NAME_LEN];	/* this one; "": the Pod says */
	char pod[KUBE_NAME_LEN], namespace[KUBE_NAME_LEN];
};

/* Where this agent is. False: @error, 256 bytes, says what is wrong. */
bool kube_open_place(struct kube_place *place, const struct options *opt,
		     char *error);

/* How to talk to the API server; likewise. @access is to be cleared either way. */
bool kube_open_access(struct kube_access *access, const struct options *opt,
		      char *error);

#endif
