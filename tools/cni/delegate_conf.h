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
 * @conf: the user's configuration
 * @env: properties of the node
 * @err: what in @conf is invalid
 *
 * The user's settings of the delegate are kept; missing ones come from @env.
 *
 * Return: a new object, or NULL.
 */
json_t *delegate_conf_make(const struct netconf *conf,
			   const struct subnet_env *env, struct cni_error *err);

/* The delegate's type, from the configuration or by default. */
const char *delegate_type(const json_t *delegate);

/* The type of the address management plug-in, likewise. */
const char *delegate_ipam_type(const json_t *ipam);

#endif
