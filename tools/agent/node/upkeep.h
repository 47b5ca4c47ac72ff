/* SPDX-License-Identifier: GPL-2.0 */
/* Listens to the kernel, restores, and publishes. */
#ifndef AGENT_UPKEEP_H
#define AGENT_UPKEEP_H

#include "node/agent.h"

/* Set up this node with its lease. False: impossible, which is logged. */
bool upkeep_start(struct agent *agent);
void upkeep_stop(struct agent *agent);

/* Restore now whatever is missing or wrong. Logs errors, and retries by itself. */
bool upkeep_repair(struct agent *agent);

#endif
