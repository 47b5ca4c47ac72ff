/* SPDX-License-Identifier: GPL-2.0 */
/* The health and metrics server. */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include "node/agent.h"

/* Listen, if the flags request it. False: error, which is logged. */
bool status_start(struct agent *agent);

#endif
