// SPDX-License-Identifier: GPL-2.0
/* The API server and this node, from flags and environment. */
#include "registry/kube_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "kube/kubeconfig.h"

#define ERROR_LEN 256
#define SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

static bool read_name(char *out, const char *variable, char *error)
{
	const char *name = getenv(variable);

	if (!name || !*name)
		return true;
	if (!kube_name_is_valid(name)) {
		snprintf(error, ERROR_LEN,
			 "%s=\"%.100s\": no Node, Pod or namespace can have that name",
			 variable, name);
		return false;
	}
	strcpy(out, name);
	return true;
}

bool kube_open_place(struct kube_place *place, const struct options *opt,
		     char *error)
{
	memset(place, 0, sizeof(*place));
	if (!kube_prefix_check(place->prefix, opt->kube_annotation_prefix,
			       error) ||
	    !read_name(place->node, "NODE_NAME", error) ||
	    !read_name(place->pod, "POD_NAME", error) ||
	    !read_name(place->namespace, "POD_NAMESPACE", error))
		return false;
	if (*place->node || (*place->pod && *place->namespace))
		return true;
	snprintf(error, ERROR_LEN,
		 "--kube-subnet-mgr: which Node is this? Set NODE_NAME (of spec.nodeName), or env variables POD_NAME and POD_NAMESPACE must be set");
	return false;
}

bool kube_open_access(struct kube_access *access, const struct options *opt,
		      char *error)
{
	const char *url = opt->kube_api_url;
	size_t len = strlen(url);

	*access = KUBE_ACCESS_NONE;
	if (*opt->kubeconfig_file) {
		if (!kubeconfig_read(access, opt->kubeconfig_file, error))
			return false;
	} else if (!*url &&
		   !kube_access_in_cluster(access, SERVICE_ACCOUNT, error)) {
		return false;
	}
	if (*url) {
		while (len && url[len - 1] == '/')
			len--;
		free(access->server);
		access->server = xasprintf("%.*s", (int)len, url);
	}
	if (!access->server) {
		snprintf(error, ERROR_LEN, "%.160s names no server, and there is no --kube-api-url",
			 opt->kubeconfig_file);
		return false;
	}
	return kube_access_check(access, error);
}
