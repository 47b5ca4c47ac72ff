/* SPDX-License-Identifier: GPL-2.0 */
/* A string that grows. */
#ifndef AGENT_TEXT_H
#define AGENT_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/* All zero is the empty string, with @data NULL. */
struct text {
	char *data;
	size_t len, size;
};

void text_add(struct text *text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_vadd(struct text *text, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));
void text_free(struct text *text);

#endif
