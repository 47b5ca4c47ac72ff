/* SPDX-License-Identifier: GPL-2.0 */
/* What the runtime can ask for, but VERSION, which needs nothing. */
#ifndef CNI_COMMANDS_H
#define CNI_COMMANDS_H

#include "call.h"
#include "error.h"
#include "netconf.h"

/**
 * command_run - do what the runtime asks for
 * @call: what
 * @conf: network configuration
 * @result: to be printed, then freed; NULL where there is none
 * @err: why it failed
 *
 * Return: 0 or -1.
 */
int command_run(const struct call *call, const struct netconf *conf,
		char **result, struct cni_error *err);

#endif
