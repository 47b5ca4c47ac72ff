/* SPDX-License-Identifier: GPL-2.0 */
/* What went wrong, in the form for the runtime: a code and a text. */
#ifndef CNI_ERROR_H
#define CNI_ERROR_H

/* Codes below 100 are the specification's, the others this plug-in's own. */
enum cni_code {
	CNI_OK			= 0,
	CNI_BAD_VERSION		= 1,
	CNI_UNKNOWN_CONTAINER	= 3,
	CNI_BAD_ENVIRONMENT	= 4,
	CNI_IO			= 5,
	CNI_NOT_JSON		= 6,
	CNI_BAD_CONFIG		= 7,
	CNI_TRY_AGAIN		= 11,
	CNI_NOT_AVAILABLE	= 50,
	CNI_NO_DELEGATE		= 100,
	CNI_DELEGATE_FAILED	= 101,
};

/**
 * struct cni_error - an error
 * @code: CNI_OK if there was none
 * @text: what was wrong, where, and what to do about it
 * @said: error of another plug-in, printed unchanged; NULL for our own
 */
struct cni_error {
	enum cni_code code;
	char text[1024];
	char *said;
};

/* Describes an error. Return: -1. */
int cni_fail(struct cni_error *err, enum cni_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * cni_error_print - write an error to standard output, as JSON
 * @err: error
 * @version: of the specification, from the configuration; NULL if unknown
 */
void cni_error_print(const struct cni_error *err, const char *version);

#endif
