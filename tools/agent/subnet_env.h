/* SPDX-License-Identifier: GPL-2.0 */
/* subnet.env: what other programs are told about this node's subnet. */
#ifndef AGENT_SUBNET_ENV_H
#define AGENT_SUBNET_ENV_H

#include <stdbool.h>

#include "netconf.h"
#include "subnet_key.h"

struct subnet_env {
	struct fl_prefix network4, network6;	/* unset: without the family */
	struct subnets subnets;
	unsigned int mtu;
	bool ip_masq;
};

/* Make the folders above @path; what fails is seen when @path is opened. */
void subnet_env_make_folder(const char *path);

/**
 * subnet_env_write - put a whole new file in place, or leave the old one
 * Return: 0, or -1 and what is wrong in the log.
 */
int subnet_env_write(const char *path, const struct subnet_env *env);

/*
 * The subnets that an earlier run wrote. False: there is no such file, or
 * nothing of use in it.
 */
bool subnet_env_read(const char *path, struct subnets *subnets);

/* The options of a Docker daemon on this node: as flannel's mk-docker-opts. */
int docker_opts_write(const char *path, const struct subnet_env *env);

#endif
