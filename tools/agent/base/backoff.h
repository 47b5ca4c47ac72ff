/* SPDX-License-Identifier: GPL-2.0 */
/* Growing pauses between retries, randomised so that nodes do not retry in step. */
#ifndef AGENT_BACKOFF_H
#define AGENT_BACKOFF_H

struct backoff {
	unsigned int min_ms, max_ms;
	unsigned int next_ms;	/* 0: as the first time */
};

#define BACKOFF(min, max) ((struct backoff){ .min_ms = (min), .max_ms = (max) })

/*
 * backoff_pause - how long to wait until the next try
 * Return: milliseconds, from a half to one and a half of a time that doubles
 * with each call, up to @max_ms.
 */
unsigned int backoff_pause(struct backoff *backoff);

/* After success: the next pause is short again. */
void backoff_reset(struct backoff *backoff);

/* A random time within a quarter of @ms, before or after it. */
unsigned int backoff_jitter(unsigned int ms);

#endif
