/* SPDX-License-Identifier: GPL-2.0 */
/* Files with secrets: systemd's credentials, a password. */
#ifndef AGENT_SECRET_H
#define AGENT_SECRET_H

#include <stddef.h>

/**
 * secret_credential - the credential that the service manager gives for a flag
 * @flag: name of the flag, "etcd-keyfile"
 *
 * It is flannel-agent.etcd-keyfile in $CREDENTIALS_DIRECTORY.
 *
 * Return: its path, to be freed; NULL if there is none.
 */
char *secret_credential(const char *flag);

/*
 * secret_read - read a password from a file
 * @path: file; its first line is the password
 * @error: why it cannot be read, @error_len bytes
 *
 * Return: the password, to be freed, or NULL.
 */
char *secret_read(const char *path, char *error, size_t error_len);

#endif
