// SPDX-License-Identifier: GPL-2.0
/* Files that are replaced as a whole: no reader sees half of one. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

/* Create a new file, whatever exists under that name. */
static int create(const char *path)
{
	if (unlink(path) && errno != ENOENT)
		return -1;
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
}

static int write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n) {
			errno = ENOSPC;
			return -1;
		}
		data += n;
		len -= n;
	}
	return 0;
}

static int set_owner(int fd, const struct stat *like)
{
	struct stat st;

	if (!like)
		return fchmod(fd, 0644);
	if (fstat(fd, &st))
		return -1;
	if ((st.st_uid != like->st_uid || st.st_gid != like->st_gid) &&
	    fchown(fd, like->st_uid, like->st_gid))
		return -1;
	return fchmod(fd, like->st_mode & 07777);
}

int file_replace(const char *path, const void *data, size_t len,
		 const struct stat *like)
{
	char *tmp = xasprintf("%s.%d.new", path, getpid());
	int fd, err = 0;

	fd = create(tmp);
	if (fd < 0) {
		err = -errno;
		goto out;
	}
	if (write_all(fd, data, len) || set_owner(fd, like) || fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		unlink(tmp);
out:
	free(tmp);
	return err;
}

char *file_read(const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	struct stat st;
	ssize_t len;
	int err = 0;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st)) {
		err = errno;
	} else if (!S_ISREG(st.st_mode)) {
		err = EINVAL;
	} else {
		text = xcalloc(1, max + 2);
		len = pread(fd, text, max + 1, 0);
		if (len < 0)
			err = errno;
		else if ((size_t)len > max)
			err = EFBIG;
		else if (strlen(text) != (size_t)len)
			err = EILSEQ;
	}
	close(fd);
	if (err) {
		free(text);
		text = NULL;
		errno = err;
	}
	return text;
}

bool file_has(const char *path, const void *data, size_t len)
{
	/* Do not block on a FIFO at this path. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool same = false;
	struct stat st;
	char *seen;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    st.st_size == (off_t)len) {
		seen = xcalloc(1, len + 1);
		same = pread(fd, seen, len, 0) == (ssize_t)len &&
		       !memcmp(seen, data, len);
		free(seen);
	}
	close(fd);
	return same;
}
