/* SPDX-License-Identifier: GPL-2.0 */
/* A kubeconfig file: cluster, user and context. */
#ifndef AGENT_KUBE_KUBECONFIG_H
#define AGENT_KUBE_KUBECONFIG_H

#include "kube/access.h"

/*
 * kubeconfig_read - what the current context of a kubeconfig says
 * @access: KUBE_ACCESS_NONE at first; to be cleared even on failure
 * @error: what is wrong, or is not provided, 256 bytes
 *
 * Names of files in it are relative to its own folder.
 */
bool kubeconfig_read(struct kube_access *access, const char *path, char *error);

#endif
