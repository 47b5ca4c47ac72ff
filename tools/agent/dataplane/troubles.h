/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leases that are ignored, and leases that the kernel refused: each is logged once,
 * counted, and retried on its own.
 */
#ifndef AGENT_TROUBLES_H
#define AGENT_TROUBLES_H

#include "base/text.h"
#include "dataplane/usable.h"
#include "lib/error.h"

struct troubles;

struct troubles *troubles_new(void);
void troubles_free(struct troubles *troubles);

/* The lease @name of @subnet cannot be used, for @reason, described by @why. */
void troubles_unusable(struct troubles *troubles, const struct flc_prefix *subnet,
		       const char *name, enum unusable reason, const char *why);

/* The lease itself is usable. */
void troubles_usable(struct troubles *troubles,
		     const struct flc_prefix *subnet);

/* The kernel refused it; it is retried after a while. */
void troubles_failed(struct troubles *troubles, const struct flc_prefix *subnet,
		     const struct flc_error *err);

/* The subnet has no relevant lease any more. */
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

/* When the first failed one is due, in terms of loop_now(); 0: there is none. */
uint64_t troubles_due(const struct troubles *troubles);

/* The failed ones that are due. The caller frees them. */
struct flc_prefix *troubles_take_due(struct troubles *troubles, uint64_t now,
				     size_t *count);

void troubles_metrics(const struct troubles *troubles, struct text *text);

#endif
