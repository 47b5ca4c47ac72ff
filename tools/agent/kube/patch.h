/* SPDX-License-Identifier: GPL-2.0 */
/* Bodies of the strategic-merge patches of a Node's status. */
#ifndef AGENT_KUBE_PATCH_H
#define AGENT_KUBE_PATCH_H

#include <time.h>

#include "kube/node.h"

/*
 * kube_patch_annotations - from what is there to what shall be
 * @wanted: text of each annotation; NULL: it shall not be there
 * Return: the body, to be freed; NULL if nothing differs.
 */
char *kube_patch_annotations(const struct kube_node *node, const char *prefix,
			     char *const wanted[KUBE_WRITTEN]);

/* The body that says at @now that the network of the node works; to be freed. */
char *kube_patch_condition(time_t now);

#endif
