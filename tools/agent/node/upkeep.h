/* SPDX-License-Identifier: GPL-2.0 */
/* Listen to the kernel, put right, tell others. */
#ifndef AGENT_UPKEEP_H
#define AGENT_UPKEEP_H

#include "node/agent.h"

/* Put this node to work, with its lease. False: it cannot be. Logs. */
bool upkeep_start(struct agent *agent);
void upkeep_stop(struct agent *agent);

/* Put right now whatever is not as it shall be. Logs, and retries by itself. */
bool upkeep_repair(struct agent *agent);

#endif
