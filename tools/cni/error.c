// SPDX-License-Identifier: GPL-2.0
#include "error.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "version.h"

int cni_fail(struct cni_error *err, enum cni_code code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -1;
}

/* External text may be cut in the middle of a character, or be invalid. */
static void make_ascii(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

void cni_error_print(const struct cni_error *err, const char *version)
{
	char text[sizeof(err->text)];
	json_t *json;

	if (err->said) {
		puts(err->said);
		return;
	}
	strcpy(text, err->text);
	make_ascii(text);
	json = json_pack("{s:s, s:i, s:s}",
			 "cniVersion", version ? version : VERSION_NEWEST,
			 "code", err->code, "msg", text);
	json_dumpf(json, stdout, JSON_INDENT(4));
	putchar('\n');
	json_decref(json);
}
