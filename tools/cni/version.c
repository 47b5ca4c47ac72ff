// SPDX-License-Identifier: GPL-2.0
#include "version.h"

#include <string.h>

static const char *const versions[] = {
	VERSION_OLDEST, "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0",
	VERSION_NEWEST,
};

#define VERSIONS (sizeof(versions) / sizeof(versions[0]))

/* Its index among the known versions, or -1. */
static int place(const char *version)
{
	size_t i;

	for (i = 0; i < VERSIONS; i++) {
		if (!strcmp(versions[i], version))
			return i;
	}
	return -1;
}

int version_check(const char *version, struct cni_error *err)
{
	if (place(version) >= 0)
		return 0;
	return cni_fail(err, CNI_BAD_VERSION,
			"incompatible CNI versions: cniVersion is \"%.64s\"; this plug-in knows 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0 and 1.1.0",
			version);
}

bool version_at_least(const char *version, const char *than)
{
	return place(version) >= place(than);
}

json_t *version_answer(void)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < VERSIONS; i++)
		json_array_append_new(list, json_string(versions[i]));
	return json_pack("{s:s, s:o}", "cniVersion", VERSION_NEWEST,
			 "supportedVersions", list);
}
