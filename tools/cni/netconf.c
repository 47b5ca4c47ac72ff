// SPDX-License-Identifier: GPL-2.0
#include "netconf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "call.h"
#include "version.h"

#define DEFAULT_SUBNET_FILE	"/run/flannel/subnet.env"
#define DEFAULT_DATA_DIR	"/var/lib/cni/flannel"

/* Far above what runtimes write. */
#define MAX_BYTES		(4 << 20)

/*
 * The value of a key, or NULL if it is missing or null. Runtimes and other plug-ins
 * accept "subnetfile" for "subnetFile", so this one does, too.
 */
static json_t *value_of(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	const char *other;
	json_t *candidate;

	if (!value) {
		json_object_foreach((json_t *)object, other, candidate) {
			if (!strcasecmp(other, key))
				value = candidate;
		}
	}
	return json_is_null(value) ? NULL : value;
}

static int take_text(const struct netconf *conf, const char *key,
		     const char **text, struct cni_error *err)
{
	json_t *value = value_of(conf->json, key);

	if (value && !json_is_string(value))
		return cni_fail(err, CNI_BAD_CONFIG,
				"\"%s\" in the network configuration is not a string",
				key);
	/* An empty one counts as none. */
	if (value && json_string_length(value))
		*text = json_string_value(value);
	return 0;
}

static int take(const struct netconf *conf, const char *key, json_type type,
		json_t **taken, struct cni_error *err)
{
	json_t *value = value_of(conf->json, key);

	if (value && json_typeof(value) != type)
		return cni_fail(err, CNI_BAD_CONFIG,
				"\"%s\" in the network configuration is not an %s",
				key, type == JSON_ARRAY ? "array" : "object");
	*taken = value;
	return 0;
}

static int take_all(struct netconf *conf, struct cni_error *err)
{
	if (take_text(conf, "cniVersion", &conf->version, err) ||
	    version_check(conf->version, err) ||
	    take_text(conf, "name", &conf->name, err) ||
	    take_text(conf, "subnetFile", &conf->subnet_file, err) ||
	    take_text(conf, "dataDir", &conf->data_dir, err) ||
	    take(conf, "delegate", JSON_OBJECT, &conf->delegate, err) ||
	    take(conf, "ipam", JSON_OBJECT, &conf->ipam, err) ||
	    take(conf, "runtimeConfig", JSON_OBJECT, &conf->runtime_config, err) ||
	    take(conf, "prevResult", JSON_OBJECT, &conf->prev_result, err) ||
	    take(conf, "cni.dev/valid-attachments", JSON_ARRAY,
		 &conf->attachments, err))
		return -1;
	if (!conf->name)
		return cni_fail(err, CNI_BAD_CONFIG, "missing network name");
	if (!call_is_name(conf->name))
		return cni_fail(err, CNI_BAD_CONFIG,
				"invalid characters in network name \"%.200s\"",
				conf->name);
	return 0;
}

int netconf_parse(struct netconf *conf, const char *text, size_t len,
		  struct cni_error *err)
{
	json_error_t error;

	*conf = (struct netconf) {
		.version = VERSION_OLDEST,
		.subnet_file = DEFAULT_SUBNET_FILE,
		.data_dir = DEFAULT_DATA_DIR,
	};
	conf->json = json_loadb(text, len, 0, &error);
	if (!conf->json)
		return cni_fail(err, CNI_NOT_JSON,
				"the network configuration on standard input is not valid JSON: line %d: %s",
				error.line, error.text);
	if (!json_is_object(conf->json))
		return cni_fail(err, CNI_NOT_JSON,
				"the network configuration on standard input is not a JSON object");
	return take_all(conf, err);
}

int netconf_read(struct netconf *conf, struct cni_error *err)
{
	char *text = malloc(MAX_BYTES + 1);
	size_t len = 0;
	ssize_t got;
	int ret;

	*conf = (struct netconf) { 0 };
	if (!text)
		return cni_fail(err, CNI_IO, "out of memory");
	do {
		got = read(STDIN_FILENO, text + len, MAX_BYTES + 1 - len);
		if (got > 0)
			len += got;
	} while (len <= MAX_BYTES && (got > 0 || (got < 0 && errno == EINTR)));
	if (got < 0)
		ret = cni_fail(err, CNI_IO, "cannot read standard input: %s",
			       strerror(errno));
	else if (len > MAX_BYTES)
		ret = cni_fail(err, CNI_BAD_CONFIG,
			       "the network configuration on standard input is longer than %d bytes",
			       MAX_BYTES);
	else
		ret = netconf_parse(conf, text, len, err);
	free(text);
	return ret;
}

void netconf_free(struct netconf *conf)
{
	json_decref(conf->json);
}
