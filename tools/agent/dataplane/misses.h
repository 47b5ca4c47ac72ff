/* SPDX-License-Identifier: GPL-2.0 */
/* Misses of the device, answered from the peers. */
#ifndef AGENT_MISSES_H
#define AGENT_MISSES_H

#include "dataplane/dataplane.h"
#include "lib/genl.h"

struct misses;

/**
 * misses_new - listen to misses
 * @env: resolves them
 * @genl: socket for the answers
 * @err: error
 *
 * Return: the listener, or NULL.
 */
struct misses *misses_new(const struct dataplane_env *env,
			  struct flc_genl *genl, struct flc_error *err);
void misses_free(struct misses *misses);

/*
 * From now on, answer the misses of this device, including those pending now, with
 * leases of @generation.
 */
void misses_follow(struct misses *misses, int ifindex, uint32_t generation);

void misses_metrics(const struct misses *misses, struct text *text);

#endif
