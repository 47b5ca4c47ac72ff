/* SPDX-License-Identifier: GPL-2.0 */
/* --swap-module: replaces the module under a running overlay. */
#ifndef AGENT_SWAP_H
#define AGENT_SWAP_H

#include "base/options.h"

/* Replace the module. Return: exit status. */
int agent_swap_module(const struct options *opt);

#endif
