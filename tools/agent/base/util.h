/* SPDX-License-Identifier: GPL-2.0 */
/* Allocators that abort on out of memory, ARRAY_SIZE(), random numbers. */
#ifndef AGENT_UTIL_H
#define AGENT_UTIL_H

#include <stddef.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/*
 * Without memory the agent cannot work: these end the process with a message, and
 * the service manager restarts it. The kernel keeps forwarding.
 */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *old, size_t n, size_t size);
void *xmemdup(const void *data, size_t len);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A number in [0, bound) from the kernel's generator; bound must not be 0. */
unsigned int random_below(unsigned int bound);

#endif
