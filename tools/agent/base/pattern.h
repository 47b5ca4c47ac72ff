/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Regular expressions as users of flanneld write them: \d, \w, (?i). The library's
 * syntax is Perl's, a superset of Go's.
 */
#ifndef AGENT_PATTERN_H
#define AGENT_PATTERN_H

#include "lib/error.h"

struct pattern;

/**
 * pattern_new - read a regular expression
 * @text: the expression
 * @err: what is wrong with it, and where
 *
 * Return: the expression, or NULL.
 */
struct pattern *pattern_new(const char *text, struct flc_error *err);

void pattern_free(struct pattern *pattern);

/*
 * pattern_finds - does the expression match anywhere in @text?
 * @err: set if matching takes too long
 *
 * Return: 1 or 0, or a negative errno, to be treated like 0.
 */
int pattern_finds(const struct pattern *pattern, const char *text,
		  struct flc_error *err);

#endif
