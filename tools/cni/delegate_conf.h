/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration of the delegate, which makes the interface (usually bridge). */
#ifndef CNI_DELEGATE_CONF_H
#define CNI_DELEGATE_CONF_H

#include <jansson.h>

#include "error.h"
#include "netconf.h"
#include "subnet_env.h"

/**
 * delegate_conf_make - make the delegate's configuration
 * @conf: what the user says
 * @env: what the node has
 * @err: what of @conf cannot be used
 *
 * What the user says of the delegate is kept; what he leaves out comes from @env.
 *
 * Return: a new object, or NULL.
 */
json_t *delegate_conf_make(const struct netconf *conf,
			   const struct subnet_env *env, struct cni_error *err);

/* The delegate's type, as the configuration or the default has it. */
const char *delegate_type(const json_t *delegate);

/* The type of the plug-in that manages addresses, likewise. */
const char *delegate_ipam_type(const json_t *ipam);

#endif
