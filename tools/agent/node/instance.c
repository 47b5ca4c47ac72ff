// SPDX-License-Identifier: GPL-2.0
/*
 * The lock of the agent: a file beside the subnet file, accessible only by its
 * owner, so that nobody else can hold it. It has the agent's process id and, in a
 * second line, the type of its overlay.
 */
#include "node/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "network/subnet_env.h"

static pid_t read_pid(int fd)
{
	char buf[16] = "";

	if (pread(fd, buf, sizeof(buf) - 1, 0) <= 0)
		return 0;
	return atoi(buf);
}

/*
 * A file owned by root in its directory would prevent the unit's user from starting
 * an agent.
 */
static void give_to_owner_of_folder(int fd, const char *path)
{
	char *copy = xstrdup(path);
	struct stat st;

	if (!stat(dirname(copy), &st) && st.st_uid != geteuid() &&
	    fchown(fd, st.st_uid, st.st_gid))
		errno = 0;	/* keep the owner */
	free(copy);
}

static int open_lock(const char *path, bool make)
{
	int fd, flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

	if (!make) {
		fd = open(path, flags);
		return fd < 0 ? -errno : fd;
	}
	subnet_env_make_folder(path);
	fd = open(path, flags | O_CREAT, 0600);
	if (fd < 0)
		return -errno;
	give_to_owner_of_folder(fd, path);
	return fd;
}

static int take(int fd, pid_t *holder)
{
	char buf[16];
	int len;

	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			*holder = read_pid(fd);
		return -errno;
	}
	len = snprintf(buf, sizeof(buf), "%d\n", getpid());
	if (ftruncate(fd, 0) || pwrite(fd, buf, len, 0) != len)
		errno = 0;	/* without it there is a lock, too */
	return 0;
}

void instance_tell(int fd, const char *kind, unsigned int moves)
{
	char buf[64];
	int len;

	if (fd < 0)
		return;
	len = snprintf(buf, sizeof(buf), "%d\n%s %u\n", getpid(), kind, moves);
	/* This order lets a reader see the complete new text at any moment. */
	if (pwrite(fd, buf, len, 0) != len || ftruncate(fd, len))
		log_warning("cannot write the lock: %s", strerror(errno));
}

int instance_look(const char *subnet_file, struct instance *seen)
{
	char *path = xasprintf("%s.lock", subnet_file);
	int fd = open_lock(path, false);
	char buf[64] = "";
	ssize_t len;

	free(path);
	if (fd < 0)
		return fd;
	len = pread(fd, buf, sizeof(buf) - 1, 0);
	close(fd);
	if (len <= 0 || sscanf(buf, "%d\n%15s %u", &seen->pid, seen->kind,
			       &seen->moves) != 3)
		return -ENOENT;
	return 0;
}

/* The process id in the file may be that of any process. */
static bool owns(int fd, pid_t pid)
{
	char *path = xasprintf("/proc/%d", pid);
	struct stat lock, process;
	bool ok;

	ok = !fstat(fd, &lock) && !stat(path, &process) &&
	     lock.st_uid == process.st_uid;
	free(path);
	return ok;
}

int instance_signal(const char *subnet_file, const struct instance *seen,
		    int signo)
{
	char *path = xasprintf("%s.lock", subnet_file);
	int fd = open_lock(path, false), ret = 0;

	free(path);
	if (fd < 0)
		return fd;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		ret = -ESRCH;
	else if (!owns(fd, seen->pid))
		ret = -EPERM;
	else if (kill(seen->pid, signo))
		ret = -errno;
	close(fd);
	return ret;
}

int instance_lock(const char *subnet_file, pid_t *holder, bool make)
{
	char *path = xasprintf("%s.lock", subnet_file);
	int fd, ret;

	*holder = 0;
	fd = open_lock(path, make);
	free(path);
	if (fd < 0)
		return fd;
	ret = take(fd, holder);
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}
