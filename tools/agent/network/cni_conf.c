// SPDX-License-Identifier: GPL-2.0
#include "network/cni_conf.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "network/subnet_env.h"

#define MAX_BYTES	(256 * 1024)

/* As flannel's manifest for Kubernetes has it */
static const char built_in[] =
	"{\n"
	"  \"name\": \"cbr0\",\n"
	"  \"cniVersion\": \"0.3.1\",\n"
	"  \"plugins\": [\n"
	"    {\n"
	"      \"type\": \"flannel\",\n"
	"      \"delegate\": {\n"
	"        \"hairpinMode\": true,\n"
	"        \"isDefaultGateway\": true\n"
	"      }\n"
	"    },\n"
	"    {\n"
	"      \"type\": \"portmap\",\n"
	"      \"capabilities\": {\n"
	"        \"portMappings\": true\n"
	"      }\n"
	"    }\n"
	"  ]\n"
	"}\n";

/* What a runtime would refuse, and then start no pod at all */
static const char *fault(const json_t *conf)
{
	const json_t *plugins = json_object_get(conf, "plugins"), *plugin;
	size_t i;

	if (!json_is_object(conf))
		return "it is not a JSON object";
	if (!json_string_length(json_object_get(conf, "name")))
		return "\"name\" is missing";
	if (!json_array_size(plugins))
		return "\"plugins\" is not an array of one plug-in or more";
	json_array_foreach(plugins, i, plugin) {
		if (!json_string_length(json_object_get(plugin, "type")))
			return "one of \"plugins\" has no \"type\"";
	}
	return NULL;
}

/* Return: the configuration, to be freed, or NULL. */
static char *load(const char *source, struct flc_error *err)
{
	json_error_t error;
	const char *why;
	json_t *conf;
	char *text;

	if (!*source)
		return strdup(built_in);
	text = file_read(source, MAX_BYTES);
	if (!text) {
		flc_error_set(err, errno, "cannot read %s: %s", source,
			      strerror(errno));
		return NULL;
	}
	conf = json_loads(text, 0, &error);
	why = conf ? fault(conf) : error.text;
	if (why) {
		flc_error_set(err, EINVAL, "%s cannot be used as a CNI configuration: %s",
			      source, why);
		free(text);
		text = NULL;
	}
	json_decref(conf);
	return text;
}

int cni_conf_check(const char *source, struct flc_error *err)
{
	char *text = load(source, err);

	free(text);
	return text ? 0 : -EINVAL;
}

int cni_conf_keep(const char *path, const char *source, struct flc_error *err)
{
	char *text = load(source, err);
	int ret;

	if (!text)
		return -EINVAL;
	if (file_has(path, text, strlen(text))) {
		free(text);
		return 0;
	}
	subnet_env_make_folder(path);
	ret = file_replace(path, text, strlen(text), NULL);
	free(text);
	if (ret)
		return flc_error_set(err, -ret, "cannot write %s: %s", path,
				     strerror(-ret));
	return 1;
}
