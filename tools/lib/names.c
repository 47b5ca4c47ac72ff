// SPDX-License-Identifier: GPL-2.0
/* Names of the ABI's numbers. The tables are in names_gen.c. */
#include <string.h>

#include "lib/names.h"

const char *flc_name(const struct flc_names *names, unsigned int value)
{
	return value < names->n ? names->name[value] : NULL;
}

int flc_name_find(const struct flc_names *names, const char *name)
{
	unsigned int i;

	for (i = 0; i < names->n; i++)
		if (names->name[i] && !strcmp(names->name[i], name))
			return i;
	return -1;
}
