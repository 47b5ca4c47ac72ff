/* SPDX-License-Identifier: GPL-2.0 */
/* What went wrong, in a text that can be shown unchanged. */
#ifndef LIBFLANNEL_ERROR_H
#define LIBFLANNEL_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#define FLC_ERROR_TEXT	512

/**
 * struct flc_error - an error
 * @code: errno value, positive; 0 if there was no error
 * @has_index: @index is known
 * @index: of a batch: the entry that was refused; those before it are applied
 * @text: what was wrong, where, and what to do about it
 *
 * A function of the library that can fail takes a pointer to one of these as
 * its last argument (NULL is allowed) and returns a negative errno, or NULL if
 * it returns a pointer. On success it is unchanged.
 */
struct flc_error {
	int code;
	bool has_index;
	uint32_t index;
	char text[FLC_ERROR_TEXT];
};

/**
 * flc_error_set - describe an error
 * @err: output, may be NULL
 * @code: errno value, positive
 * @fmt: what was wrong
 *
 * Return: -@code.
 */
int flc_error_set(struct flc_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * flc_error_prepend - put the place of an error in front of its text
 * @err: error that is already described, may be NULL
 * @fmt: the place; ": " is inserted after it
 */
void flc_error_prepend(struct flc_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
