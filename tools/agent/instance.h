/* SPDX-License-Identifier: GPL-2.0 */
/* That one agent alone works for a subnet file: the lock beside that file. */
#ifndef AGENT_INSTANCE_H
#define AGENT_INSTANCE_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * instance_lock - say that this process is the agent of a subnet file
 * @subnet_file: path of the subnet file; the lock is beside it
 * @holder: set to the process that has the lock already, or to 0
 * @make: make the folder and the lock if they are not there; without them there
 *	is no agent
 *
 * The lock ends with the process, however that ends.
 *
 * Return: its file descriptor, to be closed; -EWOULDBLOCK if another process has
 * it; another negative errno if there can be no lock.
 */
int instance_lock(const char *subnet_file, pid_t *holder, bool make);

#endif
