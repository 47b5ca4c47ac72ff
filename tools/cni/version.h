/* SPDX-License-Identifier: GPL-2.0 */
/* Versions of the CNI specification. */
#ifndef CNI_VERSION_H
#define CNI_VERSION_H

#include <jansson.h>
#include <stdbool.h>

#include "error.h"

/* The default if a configuration names none. */
#define VERSION_OLDEST	"0.1.0"
#define VERSION_NEWEST	"1.1.0"

/* Refuses a version that this plug-in does not support. Return: 0 or -1. */
int version_check(const char *version, struct cni_error *err);

/* Is @version, a supported one, @than or newer? */
bool version_at_least(const char *version, const char *than);

/* Answers the command VERSION. Return: a new object. */
json_t *version_answer(void);

#endif
