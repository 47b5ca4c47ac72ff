// SPDX-License-Identifier: GPL-2.0
/* What went wrong, in a text that can be shown unchanged. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/error.h"

int flc_error_set(struct flc_error *err, int code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return -code;
	err->code = code;
	err->has_index = false;
	err->index = 0;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return -code;
}

void flc_error_prepend(struct flc_error *err, const char *fmt, ...)
{
	char old[FLC_ERROR_TEXT];
	size_t used;
	va_list args;

	if (!err)
		return;
	memcpy(old, err->text, sizeof(old));
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", old);
}
