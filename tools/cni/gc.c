// SPDX-License-Identifier: GPL-2.0
#include "gc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "delegate_conf.h"
#include "lib/addr.h"
#include "plugin.h"
#include "saved.h"

#define HOST_LOCAL_DIR	"/var/lib/cni/networks"

/* An ADD holds the lock only briefly. */
#define LOCK_SECONDS	10

/* A mistake would cost a container its network: refuse the whole list. */
static int check_attachments(const struct netconf *conf, struct cni_error *err)
{
	json_t *one;
	size_t i;

	if (!conf->attachments)
		return cni_fail(err, CNI_BAD_CONFIG,
				"\"cni.dev/valid-attachments\" is missing in the network configuration");
	json_array_foreach(conf->attachments, i, one) {
		if (!json_is_string(json_object_get(one, "containerID")) ||
		    !json_is_string(json_object_get(one, "ifname")))
			return cni_fail(err, CNI_BAD_CONFIG,
					"item %zu of \"cni.dev/valid-attachments\" has no \"containerID\" or no \"ifname\"",
					i);
	}
	return 0;
}

/* @ifname: NULL for any */
static bool is_valid(const struct netconf *conf, const char *id,
		     const char *ifname)
{
	json_t *one;
	size_t i;

	json_array_foreach(conf->attachments, i, one) {
		if (!strcmp(json_string_value(json_object_get(one, "containerID")), id) &&
		    (!ifname ||
		     !strcmp(json_string_value(json_object_get(one, "ifname")), ifname)))
			return true;
	}
	return false;
}

/* Several networks may share the folder. */
static bool is_ours(const json_t *delegate, const struct netconf *conf)
{
	const char *name = json_string_value(json_object_get(delegate, "name"));

	return name && !strcmp(name, conf->name);
}

static int end_one(const struct call *call, const struct netconf *conf,
		   const struct saved_name *name, struct cni_error *err)
{
	struct call del = {
		.command = COMMAND_DEL,
		.id = name->id,
		.ifname = name->ifname ? name->ifname : "eth0",
		.path = call->path,
	};
	bool damaged;
	json_t *delegate;
	int ret = 0;

	delegate = saved_get(conf->data_dir, del.id, del.ifname, &damaged, err);
	if (!delegate && !damaged)
		return err->code == CNI_OK ? 0 : -1;
	if (delegate && !is_ours(delegate, conf)) {
		json_decref(delegate);
		return 0;
	}
	if (delegate)
		ret = plugin_run(delegate_type(delegate), &del, delegate, NULL, err);
	if (!ret)
		ret = saved_remove(conf->data_dir, del.id, del.ifname, err);
	json_decref(delegate);
	return ret;
}

/* Keeps the first of several errors. Return: -1. */
static int note(struct cni_error *first, struct cni_error *err)
{
	if (first->code == CNI_OK)
		*first = *err;
	else
		free(err->said);
	return -1;
}

static int end_interfaces(const struct call *call, const struct netconf *conf,
			  struct cni_error *first)
{
	struct cni_error err = { 0 };
	struct saved_name *names;
	size_t count, i;
	int ret = 0;

	if (saved_list(conf->data_dir, &names, &count, &err))
		return note(first, &err);
	for (i = 0; i < count; i++) {
		if (is_valid(conf, names[i].id, names[i].ifname))
			continue;
		err = (struct cni_error) { 0 };
		if (end_one(call, conf, &names[i], &err))
			ret = note(first, &err);
	}
	saved_list_free(names, count);
	return ret;
}

/* The owner of an address: the first line of its file, in newer ones also the second. */
static bool read_owner(int folder, const char *file, char *id, char *ifname,
		       size_t size)
{
	int fd = openat(folder, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
	bool found;

	if (!stream) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	*ifname = '\0';
	found = fgets(id, size, stream);
	if (found && !fgets(ifname, size, stream))
		*ifname = '\0';
	fclose(stream);
	id[strcspn(id, "\r\n")] = '\0';
	ifname[strcspn(ifname, "\r\n")] = '\0';
	return found && *id;
}

static int lock(int folder, const char *path, struct cni_error *err)
{
	int fd = openat(folder, "lock", O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
			0600);
	time_t until = time(NULL) + LOCK_SECONDS;

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK || time(NULL) >= until) {
			close(fd);
			cni_fail(err, CNI_TRY_AGAIN, "%s/lock is held by somebody else",
				 path);
			return -1;
		}
		usleep(50 * 1000);
	}
	if (fd < 0)
		cni_fail(err, CNI_IO, "cannot open %s/lock: %s", path,
			 strerror(errno));
	return fd;
}

static int free_addresses_of(DIR *folder, const char *path,
			     const struct netconf *conf, struct cni_error *err)
{
	char id[512], ifname[512];
	struct flc_addr addr;
	struct dirent *entry;
	int ret = 0;

	while ((entry = readdir(folder))) {
		/* There are other files, too: "lock", "last_reserved_ip.0" */
		if (!flc_addr_parse(&addr, entry->d_name) ||
		    !read_owner(dirfd(folder), entry->d_name, id, ifname,
				sizeof(id)) ||
		    is_valid(conf, id, *ifname ? ifname : NULL))
			continue;
		if (unlinkat(dirfd(folder), entry->d_name, 0) && errno != ENOENT)
			ret = cni_fail(err, CNI_IO, "cannot remove %s/%s: %s",
				       path, entry->d_name, strerror(errno));
	}
	return ret;
}

static int free_addresses(const struct netconf *conf, struct cni_error *first)
{
	const char *dir = json_string_value(json_object_get(conf->ipam, "dataDir"));
	struct cni_error err = { 0 };
	int ret = -1, held;
	char path[4096];
	DIR *folder;

	if (strcmp(delegate_ipam_type(conf->ipam), "host-local"))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", dir && *dir ? dir : HOST_LOCAL_DIR,
		 conf->name);
	folder = opendir(path);
	if (!folder && errno == ENOENT)
		return 0;
	if (!folder) {
		cni_fail(&err, CNI_IO, "cannot read %s: %s", path, strerror(errno));
		return note(first, &err);
	}
	held = lock(dirfd(folder), path, &err);
	if (held >= 0) {
		ret = free_addresses_of(folder, path, conf, &err);
		close(held);
	}
	closedir(folder);
	return ret ? note(first, &err) : 0;
}

int gc_run(const struct call *call, const struct netconf *conf,
	   struct cni_error *err)
{
	int ret;

	if (check_attachments(conf, err))
		return -1;
	ret = end_interfaces(call, conf, err);
	if (free_addresses(conf, err))
		ret = -1;
	return ret;
}
