// SPDX-License-Identifier: GPL-2.0
/* Allocation that cannot fail, and random numbers. */
#include "base/util.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"

static void __attribute__((noreturn)) out_of_memory(size_t size)
{
	log_error("out of memory (allocating %zu bytes): giving up", size);
	exit(EXIT_FAILURE);
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory(n * size);
	return p;
}

void *xrealloc(void *old, size_t n, size_t size)
{
	void *p = reallocarray(old, n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory(n * size);
	return p;
}

void *xmemdup(const void *data, size_t len)
{
	void *p = xcalloc(1, len);

	if (len)
		memcpy(p, data, len);
	return p;
}

char *xstrdup(const char *s)
{
	char *p = strdup(s);

	if (!p)
		out_of_memory(strlen(s) + 1);
	return p;
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *p;
	int n;

	va_start(args, fmt);
	n = vasprintf(&p, fmt, args);
	va_end(args);
	if (n < 0)
		out_of_memory(strlen(fmt));
	return p;
}

unsigned int random_below(unsigned int bound)
{
	uint32_t limit = UINT32_MAX - UINT32_MAX % bound, r;

	do {
		if (getrandom(&r, sizeof(r), 0) != sizeof(r))
			return 0;
	} while (r >= limit);
	return r % bound;
}
