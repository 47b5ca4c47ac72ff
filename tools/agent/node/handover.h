/* SPDX-License-Identifier: GPL-2.0 */
/* --hand-over: sets up this node for flanneld to continue with. */
#ifndef AGENT_HANDOVER_H
#define AGENT_HANDOVER_H

#include "node/agent.h"

/* Wait until this node is set up, with a time limit. */
void hand_over_start(struct agent *agent);

/* The node is set up: leave it so, and exit. */
void hand_over_finish(struct agent *agent);

#endif
