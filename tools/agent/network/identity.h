/* SPDX-License-Identifier: GPL-2.0 */
/* Identity of the machine, and of the agent's run. */
#ifndef AGENT_IDENTITY_H
#define AGENT_IDENTITY_H

#include "network/lease_value.h"

/**
 * identity_read - fill in who this agent is
 * @agent: node and run; both stay empty if the machine has no id
 * @path: "/etc/machine-id"
 *
 * The machine id itself is not for others to see: the node is a keyed hash of it.
 */
void identity_read(struct lease_agent *agent, const char *path);

#endif
