// SPDX-License-Identifier: GPL-2.0
/* Growing pauses between retries, randomised so that nodes do not retry in step. */
#include "base/backoff.h"

#include "base/util.h"

unsigned int backoff_pause(struct backoff *backoff)
{
	unsigned int ms = backoff->next_ms ? backoff->next_ms : backoff->min_ms;

	backoff->next_ms = ms < backoff->max_ms / 2 ? 2 * ms : backoff->max_ms;
	return ms / 2 + random_below(ms + 1);
}

void backoff_reset(struct backoff *backoff)
{
	backoff->next_ms = 0;
}

unsigned int backoff_jitter(unsigned int ms)
{
	return ms - ms / 4 + random_below(ms / 2 + 1);
}
