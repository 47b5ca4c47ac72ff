/* SPDX-License-Identifier: GPL-2.0 */
/* The network configuration, which the runtime writes to standard input. */
#ifndef CNI_NETCONF_H
#define CNI_NETCONF_H

#include <jansson.h>

#include "error.h"

/**
 * struct netconf - network configuration
 * @json: all of it; it owns the following fields
 * @name: of the network
 * @version: of the specification
 * @subnet_file: subnet.env
 * @data_dir: folder for saved configurations of delegates
 * @delegate: the user's settings of the delegate, or NULL
 * @ipam: the user's settings of address management, or NULL
 * @runtime_config: the runtime's data for a delegate with capabilities, or NULL
 * @prev_result: result of ADD, or NULL
 * @attachments: the valid attachments (GC), or NULL
 */
struct netconf {
	json_t *json;
	const char *name;
	const char *version;
	const char *subnet_file;
	const char *data_dir;
	json_t *delegate;
	json_t *ipam;
	json_t *runtime_config;
	json_t *prev_result;
	json_t *attachments;
};

/**
 * netconf_parse - read a configuration
 * @conf: output
 * @text: JSON
 * @len: of @text, in bytes
 * @err: why it is invalid
 *
 * Return: 0 or -1. netconf_free() has to be called in both cases.
 */
int netconf_parse(struct netconf *conf, const char *text, size_t len,
		  struct cni_error *err);

/* The same, from standard input. */
int netconf_read(struct netconf *conf, struct cni_error *err);

void netconf_free(struct netconf *conf);

#endif
