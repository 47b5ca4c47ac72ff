/* SPDX-License-Identifier: GPL-2.0 */
/* --hand-over: this node is set up for flanneld to go on with. */
#ifndef AGENT_HANDOVER_H
#define AGENT_HANDOVER_H

#include "node/agent.h"

/* Wait until this node is set up, but not for ever. */
void hand_over_start(struct agent *agent);

/* It is: leave it so, and end. */
void hand_over_finish(struct agent *agent);

#endif
