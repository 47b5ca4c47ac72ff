/* SPDX-License-Identifier: GPL-2.0 */
/* Running another plug-in. */
#ifndef CNI_PLUGIN_H
#define CNI_PLUGIN_H

#include <jansson.h>

#include "call.h"
#include "error.h"

/* Is there a plug-in of that type in the folders of @path? Return: 0 or -1. */
int plugin_find(const char *type, const char *path, struct cni_error *err);

/**
 * plugin_run - run a plug-in and wait for its end
 * @type: its name
 * @call: the request; the rest of the environment is our own
 * @conf: its configuration
 * @output: its output, to be freed; NULL on failure. May be NULL if not needed
 * @err: why it failed; its own error, if it printed one
 *
 * Return: 0 or -1.
 */
int plugin_run(const char *type, const struct call *call, const json_t *conf,
	       char **output, struct cni_error *err);

#endif
