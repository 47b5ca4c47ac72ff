// SPDX-License-Identifier: GPL-2.0
#include "saved.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far above any size that is written. */
#define MAX_BYTES	(4 << 20)

#define NAME_SIZE	512

/* Space for any ID that fits into a file name; longer ones fail as file names. */
static const char *own_name(char *buf, const char *id, const char *ifname)
{
	snprintf(buf, NAME_SIZE, "%s:%s", id, ifname);
	return buf;
}

static int make_folders(const char *path, struct cni_error *err)
{
	char *copy = strdup(path), *slash;
	int ret = 0;

	if (!copy)
		return cni_fail(err, CNI_IO, "out of memory");
	for (slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);	/* an error here also fails below */
		*slash = '/';
	}
	if (mkdir(copy, 0700) && errno != EEXIST)
		ret = cni_fail(err, CNI_IO, "cannot make the folder %s: %s",
			       path, strerror(errno));
	free(copy);
	return ret;
}

/* Return: a descriptor, or -1 with errno. */
static int open_folder(const char *dir)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool same_file(int folder, const char *a, const char *b)
{
	struct stat st_a, st_b;

	return !fstatat(folder, a, &st_a, AT_SYMLINK_NOFOLLOW) &&
	       !fstatat(folder, b, &st_b, AT_SYMLINK_NOFOLLOW) &&
	       st_a.st_ino == st_b.st_ino && st_a.st_dev == st_b.st_dev;
}

/* Did flannel's plug-in create it? */
static bool is_foreign(int folder, const char *id)
{
	struct stat st;

	return !fstatat(folder, id, &st, AT_SYMLINK_NOFOLLOW) && st.st_nlink == 1;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t sent = write(fd, text, len);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -1;
		text += sent;
		len -= sent;
	}
	return fsync(fd);
}

/* Return: 0, or -1 with errno; then the file does not exist. */
static int write_file(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int error;

	if (fd < 0)
		return -1;
	if (!write_all(fd, text, strlen(text)) && !close(fd))
		return 0;
	error = errno;
	close(fd);
	unlinkat(folder, name, 0);
	errno = error;
	return -1;
}

/* Return: 0, or -1 with errno. */
static int put(int folder, const char *id, const char *ifname, const char *text,
	       bool *fresh)
{
	char name[NAME_SIZE], draft[64];
	int error;

	own_name(name, id, ifname);
	*fresh = faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) &&
		 !is_foreign(folder, id);
	snprintf(draft, sizeof(draft), ".draft-%d", (int)getpid());
	unlinkat(folder, draft, 0);
	if (write_file(folder, draft, text))
		return -1;
	if (same_file(folder, id, name))
		unlinkat(folder, id, 0);
	if (renameat(folder, draft, folder, name)) {
		error = errno;
		unlinkat(folder, draft, 0);
		errno = error;
		return -1;
	}
	/* Without it everything works except going back to flannel's plug-in. */
	if (linkat(folder, name, folder, id, 0) && errno != EEXIST &&
	    errno != EPERM && errno != EOPNOTSUPP)
		return -1;
	return fsync(folder);
}

int saved_put(const char *dir, const char *id, const char *ifname,
	      const json_t *conf, bool *fresh, struct cni_error *err)
{
	char *text;
	int folder, ret;

	if (make_folders(dir, err))
		return -1;
	text = json_dumps(conf, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return cni_fail(err, CNI_IO, "out of memory");
	folder = open_folder(dir);
	ret = folder < 0 ? -1 : put(folder, id, ifname, text, fresh);
	if (ret)
		cni_fail(err, CNI_IO, "cannot keep the delegate's configuration in %s: %s",
			 dir, strerror(errno));
	if (folder >= 0)
		close(folder);
	free(text);
	return ret;
}

/* Return: its contents, or NULL with errno. */
static char *read_file(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	struct stat st;
	ssize_t got;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st)) {
		if (!S_ISREG(st.st_mode) || st.st_size > MAX_BYTES)
			errno = EINVAL;
		else
			text = calloc(1, st.st_size + 1);
	}
	if (text) {
		got = read(fd, text, st.st_size);
		if (got < 0) {
			free(text);
			text = NULL;
		}
	}
	close(fd);
	return text;
}

json_t *saved_get(const char *dir, const char *id, const char *ifname,
		  bool *damaged, struct cni_error *err)
{
	int folder = open_folder(dir);
	char name[NAME_SIZE], *text;
	json_t *conf;

	*damaged = false;
	err->code = CNI_OK;
	text = folder < 0 ? NULL : read_file(folder, own_name(name, id, ifname));
	if (!text && errno == ENOENT && folder >= 0 && is_foreign(folder, id))
		text = read_file(folder, id);
	if (!text && errno != ENOENT)
		cni_fail(err, CNI_IO, "cannot read what was kept of %s in %s: %s",
			 id, dir, strerror(errno));
	if (folder >= 0)
		close(folder);
	if (!text)
		return NULL;
	conf = json_loads(text, 0, NULL);
	free(text);
	if (json_is_object(conf))
		return conf;
	json_decref(conf);
	*damaged = true;
	return NULL;
}

int saved_remove(const char *dir, const char *id, const char *ifname,
		 struct cni_error *err)
{
	int folder = open_folder(dir);
	char name[NAME_SIZE];
	int ret = 0;

	if (folder < 0)
		return 0;
	own_name(name, id, ifname);
	if (same_file(folder, name, id) || is_foreign(folder, id))
		ret = unlinkat(folder, id, 0);
	if (unlinkat(folder, name, 0) && errno != ENOENT)
		ret = -1;
	if (ret && errno != ENOENT)
		ret = cni_fail(err, CNI_IO, "cannot remove %s from %s: %s", id,
			       dir, strerror(errno));
	else
		ret = 0;
	close(folder);
	return ret;
}

/* Return: 0, or -1 if out of memory. */
static int add_name(struct saved_name **names, size_t *count, const char *file)
{
	const char *colon = strchr(file, ':');
	struct saved_name *grown, name = { 0 };

	name.id = strndup(file, colon ? (size_t)(colon - file) : strlen(file));
	name.ifname = colon ? strdup(colon + 1) : NULL;
	grown = realloc(*names, (*count + 1) * sizeof(**names));
	if (grown)
		*names = grown;
	if (!grown || !name.id || (colon && !name.ifname)) {
		free(name.id);
		free(name.ifname);
		return -1;
	}
	grown[(*count)++] = name;
	return 0;
}

int saved_list(const char *dir, struct saved_name **names, size_t *count,
	       struct cni_error *err)
{
	DIR *folder = opendir(dir);
	struct dirent *entry;

	*names = NULL;
	*count = 0;
	if (!folder && errno == ENOENT)
		return 0;
	if (!folder)
		return cni_fail(err, CNI_IO, "cannot read %s: %s", dir,
				strerror(errno));
	while ((entry = readdir(folder))) {
		/* Temporary files; and second links, whose first link is listed */
		if (entry->d_name[0] == '.' ||
		    (!strchr(entry->d_name, ':') &&
		     !is_foreign(dirfd(folder), entry->d_name)))
			continue;
		if (add_name(names, count, entry->d_name)) {
			saved_list_free(*names, *count);
			closedir(folder);
			return cni_fail(err, CNI_IO, "out of memory");
		}
	}
	closedir(folder);
	return 0;
}

void saved_list_free(struct saved_name *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(names[i].id);
		free(names[i].ifname);
	}
	free(names);
}
