/* SPDX-License-Identifier: GPL-2.0 */
/* Moves the overlay to a device of another type on a signal. */
#ifndef AGENT_MOVE_H
#define AGENT_MOVE_H

#include "node/agent.h"

void move_start(struct agent *agent);
void move_stop(struct agent *agent);

/* Publish the type of the overlay for --swap-module. */
void move_tell(struct agent *agent);

#endif
