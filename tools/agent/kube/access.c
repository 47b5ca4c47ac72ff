// SPDX-License-Identifier: GPL-2.0
/* Access to an API server: its address, trusted authorities, our credentials. */
#include "kube/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"
#include "lib/addr.h"

#define ERROR_LEN 256

bool kube_access_in_cluster(struct kube_access *access, const char *folder,
			    char *error)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *port = getenv("KUBERNETES_SERVICE_PORT");

	if (!host || !*host || !port || !*port) {
		snprintf(error, ERROR_LEN,
			 "--kube-subnet-mgr outside of a Pod (there is no KUBERNETES_SERVICE_HOST) needs --kubeconfig-file, or --kube-api-url");
		return false;
	}
	access->server = xasprintf(strchr(host, ':') ? "https://[%s]:%s" :
						       "https://%s:%s",
				   host, port);
	access->token_file = xasprintf("%s/token", folder);
	access->ca_file = xasprintf("%s/ca.crt", folder);
	return true;
}

static bool is_on_this_host(const char *host)
{
	size_t len = strcspn(host, ":/");
	struct flc_addr addr;
	char text[64];

	if (*host == '[')
		return !strncmp(host, "[::1]", 5);
	if (len >= sizeof(text))
		return false;
	memcpy(text, host, len);
	text[len] = '\0';
	return !strcmp(text, "localhost") ||
	       (flc_addr_parse(&addr, text) && flc_addr_is_loopback(&addr));
}

static bool check_server(const struct kube_access *access, char *error)
{
	const char *server = access->server, *host;
	bool tls = !strncmp(server, "https://", 8);

	if (!tls && strncmp(server, "http://", 7)) {
		snprintf(error, ERROR_LEN,
			 "API server \"%.120s\": it has to begin with https:// (or http://)",
			 server);
		return false;
	}
	host = strstr(server, "://") + 3;
	if (!*host || strpbrk(host, "@?# \t\r\n")) {
		snprintf(error, ERROR_LEN,
			 "API server: what is behind :// is no host and port (a user and password belong into a kubeconfig)");
		return false;
	}
	if (!tls && (access->token || access->token_file) &&
	    !is_on_this_host(host)) {
		snprintf(error, ERROR_LEN,
			 "API server \"%.120s\": a token is not sent over http://, where everybody can read it; use https://",
			 server);
		return false;
	}
	return true;
}

bool kube_access_check(const struct kube_access *access, char *error)
{
	if (!check_server(access, error))
		return false;
	if (!access->cert_file != !access->key_file) {
		snprintf(error, ERROR_LEN,
			 "a client certificate needs its key, too (and a key its certificate)");
		return false;
	}
	return true;
}

bool kube_access_memory(struct kube_access *access, char **place,
			const void *data, size_t len)
{
	int fd = memfd_create("kubeconfig", MFD_CLOEXEC);
	size_t i;

	if (fd < 0)
		return false;
	for (i = 0; i < ARRAY_SIZE(access->fds); i++)
		if (access->fds[i] < 0)
			break;
	if (i == ARRAY_SIZE(access->fds) ||
	    write(fd, data, len) != (ssize_t)len) {
		close(fd);
		return false;
	}
	access->fds[i] = fd;
	free(*place);
	*place = xasprintf("/proc/self/fd/%d", fd);
	return true;
}

void kube_access_clear(struct kube_access *access)
{
	size_t i;

	if (access->token)
		explicit_bzero(access->token, strlen(access->token));
	free(access->server);
	free(access->proxy);
	free(access->token);
	free(access->token_file);
	free(access->ca_file);
	free(access->cert_file);
	free(access->key_file);
	for (i = 0; i < ARRAY_SIZE(access->fds); i++)
		if (access->fds[i] >= 0)
			close(access->fds[i]);
	*access = KUBE_ACCESS_NONE;
}
