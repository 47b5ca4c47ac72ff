/* SPDX-License-Identifier: GPL-2.0 */
/* Checks whether a lease of another node, which is untrusted, can be used. */
#ifndef AGENT_USABLE_H
#define AGENT_USABLE_H

#include "kernel/underlay.h"
#include "network/netconf.h"
#include "network/peers.h"

/* Why a lease is not used for one of its subnets; see usable_text(). */
enum unusable {
	USABLE,
	UNUSABLE_FAMILY,
	UNUSABLE_NETWORK,
	UNUSABLE_LENGTH,
	UNUSABLE_SPECIAL,
	UNUSABLE_UNDERLAY,
	UNUSABLE_OWN,
	UNUSABLE_ADDRESS,
	UNUSABLE_OURS,
	UNUSABLE_OFF_LINK,
	UNUSABLE_INSIDE,
	UNUSABLE_NO_WAY,
	UNUSABLE_PATH,		/* path_make() has the reason */
	UNUSABLE_COUNT
};

/**
 * struct usable_env - what a lease is held against
 * @conf: the network
 * @own: this node's lease
 * @underlay: this node's addresses
 * @near: addresses of the underlay's interface, with their prefix length
 * @near_count: how many
 * @peers: all of them, to find whose a PublicIP within the network is
 */
struct usable_env {
	const struct netconf *conf;
	const struct subnets *own;
	const struct underlay *underlay;
	const struct flc_prefix *near;
	size_t near_count;
	const struct peers *peers;
};

/**
 * usable_check - may the subnet of @family of a lease be used?
 * @env: what the lease is checked against
 * @peer: the lease
 * @family: AF_INET or AF_INET6, which the lease must have
 *
 * An unusable subnet still counts as taken and is not allocated.
 *
 * Return: USABLE, or the first reason against it.
 */
enum unusable usable_check(const struct usable_env *env,
			   const struct peer *peer, int family);

/* The reason, to follow "ignoring lease NAME: ". */
const char *usable_text(enum unusable why);

/* The same as the label of a metric. */
const char *usable_label(enum unusable why);

#endif
