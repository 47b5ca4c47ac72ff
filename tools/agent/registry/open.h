/* SPDX-License-Identifier: GPL-2.0 */
/* Opens the registry selected by the flags. */
#ifndef AGENT_REGISTRY_OPEN_H
#define AGENT_REGISTRY_OPEN_H

#include <stdbool.h>

#include "base/loop.h"
#include "base/options.h"
#include "network/registry.h"

/**
 * registry_open - open the registry that the flags name
 * @opt: the flags
 * @loop: event loop of the registry
 * @misused: set if the flags are invalid
 *
 * Errors are logged.
 *
 * Return: the registry, to be freed by its own free(); or NULL.
 */
struct registry *registry_open(const struct options *opt, struct loop *loop,
			       bool *misused);

#endif
