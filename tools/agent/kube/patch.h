/* SPDX-License-Identifier: GPL-2.0 */
/* Bodies of the strategic-merge patches of a Node's status. */
#ifndef AGENT_KUBE_PATCH_H
#define AGENT_KUBE_PATCH_H

#include <time.h>

#include "kube/node.h"

/*
 * kube_patch_annotations - the difference to the wanted annotations
 * @wanted: text of each annotation; NULL: to be removed
 * Return: the body, to be freed; NULL if nothing differs.
 */
char *kube_patch_annotations(const struct kube_node *node, const char *prefix,
			     char *const wanted[KUBE_WRITTEN]);

/* The body that reports at @now that the node's network works; to be freed. */
char *kube_patch_condition(time_t now);

#endif
