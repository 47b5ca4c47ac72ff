/* SPDX-License-Identifier: GPL-2.0 */
/* What it takes to talk to an API server: where it is, whom to trust, who we are. */
#ifndef AGENT_KUBE_ACCESS_H
#define AGENT_KUBE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/tls.h"

struct kube_access {
	char *server;		/* "https://10.0.0.1:6443", or more of a path */
	char *proxy;		/* NULL: as the environment says */
	char *token;		/* NULL: none, or a file */
	char *token_file;	/* read at each request: it is replaced now and then */
	char *ca_file, *cert_file, *key_file;	/* NULL: none */
	int fds[3];		/* of files that are in memory only; or -1 */
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
 * kube_access_check - whether it can be used, and safely
 * @error: what is wrong, 256 bytes
 */
bool kube_access_check(const struct kube_access *access, char *error);

/*
 * kube_access_memory - a file that is in memory only, for what a kubeconfig has inline
 * @place: where its name is put, to be freed with the rest
 * Return: whether there is one.
 */
bool kube_access_memory(struct kube_access *access, char **place,
			const void *data, size_t len);

void kube_access_clear(struct kube_access *access);

#endif
