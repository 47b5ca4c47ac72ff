/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ensures that only one agent uses a subnet file: the lock beside that file, in
 * which the agent also publishes the type of its overlay.
 */
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

/**
 * struct instance - what the agent of a subnet file says of itself
 * @pid: its process
 * @kind: what its overlay is made of, as dataplane_ops has it, or "starting"
 * @moves: number of requests to change that
 */
struct instance {
	pid_t pid;
	char kind[16];
	unsigned int moves;
};

/**
 * instance_tell - say what the overlay is made of by now
 * @fd: of instance_lock()
 * @kind: see struct instance
 * @moves: likewise
 */
void instance_tell(int fd, const char *kind, unsigned int moves);

/**
 * instance_look - what the agent of a subnet file says
 * @subnet_file: path of the subnet file
 * @seen: result
 *
 * It may have ended since: see instance_signal().
 *
 * Return: 0 or a negative errno; -ENOENT if none has said anything.
 */
int instance_look(const char *subnet_file, struct instance *seen);

/**
 * instance_signal - send a signal to the agent of a subnet file
 * @subnet_file: path of the subnet file
 * @seen: of instance_look()
 * @signo: signal
 *
 * Return: 0 or a negative errno; -ESRCH if there is no such agent any more.
 */
int instance_signal(const char *subnet_file, const struct instance *seen,
		    int signo);

#endif
