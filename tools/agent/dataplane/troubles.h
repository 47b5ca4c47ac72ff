/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leases that are not used, and those that the kernel has refused: each is told
 * once, counted, and tried again alone.
 */
#ifndef AGENT_TROUBLES_H
#define AGENT_TROUBLES_H

#include "base/text.h"
#include "dataplane/usable.h"
#include "lib/error.h"

struct troubles;

struct troubles *troubles_new(void);
void troubles_free(struct troubles *troubles);

/* The lease @name of @subnet is not to be used, for @reason, in words @why. */
void troubles_unusable(struct troubles *troubles, const struct flc_prefix *subnet,
		       const char *name, enum unusable reason, const char *why);

/* It can be used, as far as its lease goes. */
void troubles_usable(struct troubles *troubles,
		     const struct flc_prefix *subnet);

/* The kernel has refused it; it is due again after a while. */
void troubles_failed(struct troubles *troubles, const struct flc_prefix *subnet,
		     const struct flc_error *err);

/* The subnet has no lease any more that concerns us. */
void troubles_forget(struct troubles *troubles,
		     const struct flc_prefix *subnet);

/*
 * troubles_begin - subnets are about to be sent to the kernel
 * @all: all of them: what is not named until troubles_end() has no lease
 *
 * Those that are named with troubles_usable(), and not with troubles_failed(),
 * until troubles_end() have succeeded.
 */
void troubles_begin(struct troubles *troubles, bool all);
void troubles_end(struct troubles *troubles);

/* When the first one that failed is due, of loop_now(); 0: there is none. */
uint64_t troubles_due(const struct troubles *troubles);

/* Those that failed and are due. The caller frees them. */
struct flc_prefix *troubles_take_due(struct troubles *troubles, uint64_t now,
				     size_t *count);

void troubles_metrics(const struct troubles *troubles, struct text *text);

#endif
