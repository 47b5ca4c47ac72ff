// SPDX-License-Identifier: GPL-2.0
/* A growing string with formatted appends. */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"

void text_vadd(struct text *text, const char *fmt, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return;
	if (text->size - text->len < (size_t)n + 1) {
		text->size = (text->len + n + 1) * 2;
		text->data = xrealloc(text->data, text->size, 1);
	}
	vsnprintf(text->data + text->len, n + 1, fmt, args);
	text->len += n;
}

void text_add(struct text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_vadd(text, fmt, args);
	va_end(args);
}

void text_free(struct text *text)
{
	free(text->data);
	*text = (struct text){ 0 };
}
