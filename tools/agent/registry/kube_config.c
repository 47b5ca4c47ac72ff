// SPDX-License-Identifier: GPL-2.0
/* The network config of a cluster: a file, adapted to the API's data. */
#include "registry/kube_config.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

#define ERROR_LEN 256
#define FILE_MAX (1U << 20)

char *kube_config_read(const char *path, char *error)
{
	/* A FIFO must not block this. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;
	struct stat st;
	ssize_t len = -1;

	if (fd >= 0 && !fstat(fd, &st)) {
		if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
			snprintf(error, ERROR_LEN,
				 "%.120s is no regular file, or has more than 1 MiB: --net-config-path is the network config",
				 path);
			close(fd);
			return NULL;
		}
		text = xcalloc(1, st.st_size + 1);
		len = read(fd, text, st.st_size);
	}
	if (len < 0) {
		snprintf(error, ERROR_LEN,
			 "cannot read the network config %.120s (is it mounted, and --net-config-path right?): %s",
			 path, strerror(errno));
		free(text);
		text = NULL;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

/* Find members by name in any case, like Go's decoder. */

static json_t *member(json_t *root, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach(root, key, value)
		if (!strcasecmp(key, name))
			return value;
	return NULL;
}

static void drop(json_t *root, const char *name)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(root, next, key, value)
		if (!strcasecmp(key, name))
			json_object_del(root, key);
}

static void set_length(json_t *root, const char *name,
		       const struct flc_prefix *subnet)
{
	if (!flc_prefix_is_set(subnet))
		return;
	drop(root, name);
	json_object_set_new(root, name, json_integer(subnet->len));
}

static bool is_on(json_t *root, const char *name, bool otherwise)
{
	json_t *value = member(root, name);

	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

char *kube_config_adapt(const char *text, const struct subnets *own,
			struct kube_families *families)
{
	static const char *const ranges[] = {
		"SubnetMin", "SubnetMax", "IPv6SubnetMin", "IPv6SubnetMax",
	};
	json_t *root = json_loads(text, 0, NULL);
	char *out, *copy;
	size_t i;

	families->v4 = is_on(root, "EnableIPv4", true);
	families->v6 = is_on(root, "EnableIPv6", false);
	if (!json_is_object(root)) {
		json_decref(root);
		return xstrdup(text);
	}
	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		drop(root, ranges[i]);
	set_length(root, "SubnetLen", &own->v4);
	set_length(root, "IPv6SubnetLen", &own->v6);
	out = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	copy = xstrdup(out ? out : text);
	free(out);
	return copy;
}
