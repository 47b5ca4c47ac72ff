// SPDX-License-Identifier: GPL-2.0
/*
 * Regular expressions, by PCRE2. It backtracks, and some expressions would take
 * forever: the number of steps, their depth and their memory are limited.
 */
#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* The subject is a name or an address, which takes a few dozen of these. */
#define MOST_STEPS	100000
#define MOST_DEPTH	1000
#define MOST_KIB	1024

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

static int tell_bad(const char *text, int code, size_t offset,
		    struct flc_error *err)
{
	PCRE2_UCHAR why[160];

	if (pcre2_get_error_message(code, why, sizeof(why)) < 0)
		strcpy((char *)why, "cannot be read");
	return flc_error_set(err, EINVAL,
			     "\"%s\" is not a valid regular expression: %s, at character %zu",
			     text, (const char *)why, offset + 1);
}

struct pattern *pattern_new(const char *text, struct flc_error *err)
{
	struct pattern *pattern = xcalloc(1, sizeof(*pattern));
	PCRE2_SIZE offset = 0;
	int code = 0;

	/* \C, a single byte, is useless in names and not safe everywhere. */
	pattern->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
				      PCRE2_NEVER_BACKSLASH_C, &code, &offset,
				      NULL);
	if (!pattern->code) {
		tell_bad(text, code, offset, err);
		pattern_free(pattern);
		return NULL;
	}
	pattern->data = pcre2_match_data_create(1, NULL);
	pattern->limits = pcre2_match_context_create(NULL);
	if (!pattern->data || !pattern->limits) {
		flc_error_set(err, ENOMEM,
			      "no memory for a regular expression");
		pattern_free(pattern);
		return NULL;
	}
	pcre2_set_match_limit(pattern->limits, MOST_STEPS);
	pcre2_set_depth_limit(pattern->limits, MOST_DEPTH);
	pcre2_set_heap_limit(pattern->limits, MOST_KIB);
	return pattern;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_match_context_free(pattern->limits);
	pcre2_match_data_free(pattern->data);
	pcre2_code_free(pattern->code);
	free(pattern);
}

int pattern_finds(const struct pattern *pattern, const char *text,
		  struct flc_error *err)
{
	int ret = pcre2_match(pattern->code, (PCRE2_SPTR)text, strlen(text), 0,
			      0, pattern->data, pattern->limits);
	PCRE2_UCHAR why[160];

	/* 0: it matches, and has more groups than we asked for. */
	if (ret >= 0)
		return 1;
	if (ret == PCRE2_ERROR_NOMATCH)
		return 0;
	if (pcre2_get_error_message(ret, why, sizeof(why)) < 0)
		strcpy((char *)why, "unknown error");
	return flc_error_set(err, ELOOP,
			     "cannot match the regular expression against \"%s\": %s",
			     text, (const char *)why);
}
