/* SPDX-License-Identifier: GPL-2.0 */
/* --release and --release-lease: this node leaves. */
#ifndef AGENT_RELEASE_H
#define AGENT_RELEASE_H

#include "base/options.h"

/* Remove what the agent has set up. Return: exit status. */
int agent_release(const struct options *opt);

#endif
