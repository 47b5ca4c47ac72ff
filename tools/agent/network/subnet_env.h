/* SPDX-License-Identifier: GPL-2.0 */
/* subnet.env: tells other programs this node's subnet. */
#ifndef AGENT_SUBNET_ENV_H
#define AGENT_SUBNET_ENV_H

#include <stdbool.h>

#include "lib/error.h"
#include "network/netconf.h"
#include "network/subnet_key.h"

struct subnet_env {
	struct flc_prefix network4, network6;	/* unset: without the family */
	struct subnets subnets;
	unsigned int mtu;
	bool ip_masq;
};

/* Create the directories above @path; opening @path shows errors. */
void subnet_env_make_folder(const char *path);

/**
 * subnet_env_keep - the file at @path says this; if not, a whole new one is put there
 * @path: the file
 * @env: what it says
 * @err: why it cannot be written; then it is as it was
 *
 * Return: 1 if it was written, 0 if there was no need, or a negative errno.
 */
int subnet_env_keep(const char *path, const struct subnet_env *env,
		    struct flc_error *err);

/*
 * The subnets that an earlier run wrote. False: there is no such file, or nothing
 * useful in it.
 */
bool subnet_env_read(const char *path, struct subnets *subnets);

/*
 * The same for the options of the Docker daemon, as flannel's mk-docker-opts writes
 * them.
 */
int docker_opts_keep(const char *path, const struct subnet_env *env,
		     struct flc_error *err);

#endif
