// SPDX-License-Identifier: GPL-2.0
/*
 * Opens the registry selected by the flags, with the files needed to connect to it.
 */
#include "registry/open.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/tls.h"
#include "registry/registry_etcd.h"
#include "registry/registry_file.h"
#include "registry/registry_kube.h"

static const char *given(const char *text)
{
	return *text ? text : NULL;
}

/*
 * Files may appear after the agent has started, so an unreadable file is not an
 * error in the flags.
 */
static bool read_files(const struct options *opt, char **password, char *error,
		       size_t error_len)
{
	struct tls_files files = {
		.ca_file = given(opt->etcd_cafile),
		.cert_file = given(opt->etcd_certfile),
		.key_file = given(opt->etcd_keyfile),
	};

	/* One of them without the other is an error, which etcd_new() reports. */
	if (!files.cert_file != !files.key_file)
		return true;
	if (!tls_check(&files, "--etcd-", error, error_len))
		return false;
	if (!*opt->etcd_password_file)
		return true;
	*password = secret_read(opt->etcd_password_file, error, error_len);
	return *password;
}

static struct registry *open_etcd(const struct options *opt, struct loop *loop,
				  bool *misused, char *error, size_t error_len)
{
	struct etcd_config config = {
		.endpoints = opt->etcd_endpoints,
		.ca_file = opt->etcd_cafile,
		.cert_file = opt->etcd_certfile,
		.key_file = opt->etcd_keyfile,
		.username = opt->etcd_username,
		.password = opt->etcd_password,
	};
	struct etcd *etcd = NULL;
	char *password = NULL;

	if (read_files(opt, &password, error, error_len)) {
		if (password)
			config.password = password;
		etcd = etcd_new(loop, &config, error, error_len);
		*misused = !etcd;
	}
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	return etcd ? registry_etcd_new(etcd, opt->etcd_prefix) : NULL;
}

struct registry *registry_open(const struct options *opt, struct loop *loop,
			       bool *misused)
{
	struct registry *registry;
	char error[256] = "";

	*misused = false;
	if (opt->kube_subnet_mgr)
		registry = registry_kube_new(loop, opt, misused, error,
					     sizeof(error));
	else if (*opt->store_file)
		registry = registry_file_new(loop, opt->store_file, error,
					     sizeof(error));
	else
		registry = open_etcd(opt, loop, misused, error, sizeof(error));
	if (!registry)
		log_error("%s", error);
	return registry;
}
