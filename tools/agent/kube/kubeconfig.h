/* SPDX-License-Identifier: GPL-2.0 */
/* A kubeconfig file: cluster, user and context. */
#ifndef AGENT_KUBE_KUBECONFIG_H
#define AGENT_KUBE_KUBECONFIG_H

#include "kube/access.h"

/*
 * kubeconfig_read - read the current context of a kubeconfig
 * @access: KUBE_ACCESS_NONE at first; to be cleared even on failure
 * @error: what is invalid, or not supported, 256 bytes
 *
 * File names in it are relative to its own folder.
 */
bool kubeconfig_read(struct kube_access *access, const char *path, char *error);

#endif
