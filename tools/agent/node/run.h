/* SPDX-License-Identifier: GPL-2.0 */
/* The agent's life. */
#ifndef AGENT_RUN_H
#define AGENT_RUN_H

#include "base/options.h"

/**
 * agent_run - the agent's life, until a signal ends it
 * @opt: the flags
 *
 * Return: exit status.
 */
int agent_run(const struct options *opt);

#endif
