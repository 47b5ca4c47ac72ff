/* SPDX-License-Identifier: GPL-2.0 */
/* The filter table of legacy iptables, as the kernel has it. */
#ifndef AGENT_LEGACY_H
#define AGENT_LEGACY_H

#include <stdbool.h>

/**
 * legacy_drops - does the old FORWARD chain drop what none of its rules takes?
 * @family: AF_INET or AF_INET6
 * @chain: name of a chain
 * @jumps: result: whether FORWARD jumps to @chain
 *
 * A table that is not in the kernel is not loaded by this.
 */
bool legacy_drops(int family, const char *chain, bool *jumps);

#endif
