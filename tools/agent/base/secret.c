// SPDX-License-Identifier: GPL-2.0
/* Files with secrets: systemd's credentials, a password. */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

#define SECRET_LEN 16384	/* a token of Kubernetes has 1 to 4 KiB */

char *secret_credential(const char *flag)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char *path;

	if (!folder)
		return NULL;
	path = xasprintf("%s/flannel-agent.%s", folder, flag);
	if (!access(path, F_OK))
		return path;
	free(path);
	return NULL;
}

char *secret_read(const char *path, char *error, size_t error_len)
{
	char buf[SECRET_LEN];
	ssize_t len;
	int fd;

	/* Do not block on a FIFO. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	len = fd < 0 ? -1 : read(fd, buf, sizeof(buf));
	if (len < 0)
		snprintf(error, error_len, "cannot read \"%.120s\": %s", path,
			 strerror(errno));
	if (fd >= 0)
		close(fd);
	if (len < 0)
		return NULL;
	if (len == sizeof(buf)) {
		snprintf(error, error_len, "\"%.120s\" is too long for a password",
			 path);
		return NULL;
	}
	buf[len] = '\0';
	buf[strcspn(buf, "\r\n")] = '\0';
	if (*buf)
		return xstrdup(buf);
	snprintf(error, error_len, "\"%.120s\" has no password on its first line",
		 path);
	return NULL;
}
