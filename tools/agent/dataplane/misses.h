/* SPDX-License-Identifier: GPL-2.0 */
/* The device's questions, answered from the peers. */
#ifndef AGENT_MISSES_H
#define AGENT_MISSES_H

#include "dataplane/dataplane.h"
#include "lib/genl.h"

struct misses;

/**
 * misses_new - listen to the questions
 * @env: resolves them
 * @genl: for the answers
 * @err: why not
 *
 * Return: the listener, or NULL.
 */
struct misses *misses_new(const struct dataplane_env *env,
			  struct flc_genl *genl, struct flc_error *err);
void misses_free(struct misses *misses);

/*
 * Answer for this device from now on, and what it asks at this moment, with
 * leases of @generation.
 */
void misses_follow(struct misses *misses, int ifindex, uint32_t generation);

void misses_metrics(const struct misses *misses, struct text *text);

#endif
