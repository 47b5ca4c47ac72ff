// SPDX-License-Identifier: GPL-2.0
/* Bodies of the strategic-merge patches of a Node's status. */
#include "kube/patch.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static char *dump(json_t *root)
{
	char *text = json_dumps(root, JSON_COMPACT), *copy;

	json_decref(root);
	copy = xstrdup(text ? text : "{}");
	free(text);
	return copy;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

char *kube_patch_annotations(const struct kube_node *node, const char *prefix,
			     char *const wanted[KUBE_WRITTEN])
{
	json_t *annotations = json_object();
	char key[KUBE_PREFIX_LEN + 40];
	int i;

	for (i = 0; i < KUBE_WRITTEN; i++) {
		if (same(node->annotations[i], wanted[i]))
			continue;
		kube_annotation_name(key, sizeof(key), prefix, i);
		json_object_set_new(annotations, key,
				    wanted[i] ? json_string(wanted[i]) :
						json_null());
	}
	if (!json_object_size(annotations)) {
		json_decref(annotations);
		return NULL;
	}
	return dump(json_pack("{s:{s:o}}", "metadata", "annotations",
			      annotations));
}

char *kube_patch_condition(time_t now)
{
	char text[40];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return dump(json_pack("{s:{s:[{s:s,s:s,s:s,s:s,s:s,s:s}]}}", "status",
			      "conditions", "type", "NetworkUnavailable",
			      "status", "False", "lastHeartbeatTime", text,
			      "lastTransitionTime", text, "reason",
			      "FlannelIsUp", "message",
			      "Flannel is running on this node"));
}
