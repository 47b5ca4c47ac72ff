/* SPDX-License-Identifier: GPL-2.0 */
/* The runtime's commands, except VERSION, which needs no configuration. */
#ifndef CNI_COMMANDS_H
#define CNI_COMMANDS_H

#include "call.h"
#include "error.h"
#include "netconf.h"

/**
 * command_run - run the runtime's command
 * @call: the request
 * @conf: network configuration
 * @result: to be printed, then freed; NULL if there is none
 * @err: why it failed
 *
 * Return: 0 or -1.
 */
int command_run(const struct call *call, const struct netconf *conf,
		char **result, struct cni_error *err);

#endif
