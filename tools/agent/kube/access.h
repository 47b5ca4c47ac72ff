/* SPDX-License-Identifier: GPL-2.0 */
/* Access to an API server: its address, trusted authorities, our credentials. */
#ifndef AGENT_KUBE_ACCESS_H
#define AGENT_KUBE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/tls.h"

struct kube_access {
	char *server;		/* "https://10.0.0.1:6443", or with a path */
	char *proxy;		/* NULL: from the environment */
	char *token;		/* NULL: none, or a file */
	char *token_file;	/* read at each request, since it is replaced regularly */
	char *ca_file, *cert_file, *key_file;	/* NULL: none */
	int fds[3];		/* of files in memory; or -1 */
};

#define KUBE_ACCESS_NONE ((struct kube_access){ .fds = { -1, -1, -1 } })

/*
 * kube_access_in_cluster - read the access from a Pod's environment
 * @folder: of the service account: "/var/run/secrets/kubernetes.io/serviceaccount"
 * @error: what is missing, 256 bytes
 */
bool kube_access_in_cluster(struct kube_access *access, const char *folder,
			    char *error);

/*
 * kube_access_check - check that it can be used, and safely
 * @error: why not, 256 bytes
 */
bool kube_access_check(const struct kube_access *access, char *error);

/*
 * kube_access_memory - create a file in memory, for inline data of a kubeconfig
 * @place: gets its name, to be freed with the rest
 * Return: whether it was created.
 */
bool kube_access_memory(struct kube_access *access, char **place,
			const void *data, size_t len);

void kube_access_clear(struct kube_access *access);

#endif
