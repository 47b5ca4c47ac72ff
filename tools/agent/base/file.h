/* SPDX-License-Identifier: GPL-2.0 */
/* Files that are replaced as a whole: no reader sees half of one. */
#ifndef AGENT_FILE_H
#define AGENT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/**
 * file_replace - put a new file in the place of the one at a path
 * @path: of the file; one with its process id is made beside it for a moment
 * @data: its contents
 * @len: of @data, in bytes
 * @like: owner and mode that it shall have; NULL: the caller's, and 0644
 *
 * A symbolic link in the way of the new file is removed, never followed. On an
 * error the old file stays as it was.
 *
 * Context: may wait for the disk.
 * Return: 0, or a negative errno.
 */
int file_replace(const char *path, const void *data, size_t len,
		 const struct stat *like);

/**
 * file_read - read a small file
 * @path: of the file; a FIFO or device is refused, not waited for
 * @max: bytes that it may have
 *
 * Return: its contents with a zero behind them, to be freed; NULL with errno if it cannot
 *         be read, is longer, or has a zero in it.
 */
char *file_read(const char *path, size_t max);

/* Whether a regular file at @path has these contents; a link is not followed. */
bool file_has(const char *path, const void *data, size_t len);

#endif
