/* SPDX-License-Identifier: GPL-2.0 */
/* From one subnet to the one behind it. */
#ifndef AGENT_PREFIX_NEXT_H
#define AGENT_PREFIX_NEXT_H

#include "lib/addr.h"

/*
 * Move @p to the prefix of the same length that follows it.
 * Return: false if there is none; @p is then unchanged.
 */
bool prefix_next(struct flc_prefix *p);

#endif
