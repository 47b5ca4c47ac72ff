/* SPDX-License-Identifier: GPL-2.0 */
/* The registry of a single machine: a JSON file. */
#ifndef AGENT_REGISTRY_FILE_H
#define AGENT_REGISTRY_FILE_H

#include "base/loop.h"
#include "network/registry.h"

/*
 * registry_file_new - store the registry in @path, shared by several agents
 * @error: the reason of a failure, @error_len bytes
 *
 * The file holds
 *	{"config": {NETWORK CONFIG},
 *	 "subnets": {"10.5.52.0-24": {"value": {LEASE}, "version": N,
 *				      "expires": SECONDS}, ...}}
 * and only "config" has to be written by hand. A subnet without
 * "expires" is a reservation.
 *
 * Return: the registry, or NULL.
 */
struct registry *registry_file_new(struct loop *loop, const char *path,
				   char *error, size_t error_len);

#endif
