/* SPDX-License-Identifier: GPL-2.0 */
/* The overlay moves to a device of another kind when a signal says so. */
#ifndef AGENT_MOVE_H
#define AGENT_MOVE_H

#include "node/agent.h"

void move_start(struct agent *agent);
void move_stop(struct agent *agent);

/* Say to --swap-module what the overlay is made of. */
void move_tell(struct agent *agent);

#endif
