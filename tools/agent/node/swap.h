/* SPDX-License-Identifier: GPL-2.0 */
/* --swap-module: the module is replaced under a running overlay. */
#ifndef AGENT_SWAP_H
#define AGENT_SWAP_H

#include "base/options.h"

/* Have the module replaced. Return: exit status. */
int agent_swap_module(const struct options *opt);

#endif
