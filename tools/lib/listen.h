/* SPDX-License-Identifier: GPL-2.0 */
/* Internal: a netlink socket that only listens, and what it may miss. */
#ifndef LIBFLANNEL_LISTEN_H
#define LIBFLANNEL_LISTEN_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

/**
 * struct flc_listen - a connection
 * @sock: socket, non-blocking
 * @rx: FLC_NL_RX bytes: what was received
 */
struct flc_listen {
	struct mnl_socket *sock;
	char *rx;
};

/**
 * struct flc_listen_ops - where events go
 * @message: gets each message; returns the number of events or a negative
 *	errno
 * @lost: events were lost
 */
struct flc_listen_ops {
	int (*message)(const struct nlmsghdr *nlh, void *ctx,
		       struct flc_error *err);
	void (*lost)(void *ctx);
};

/**
 * flc_listen_open - open a socket that has joined no group yet
 * @listen: connection
 * @bus: NETLINK_ROUTE or NETLINK_GENERIC
 * @rcvbuf: bytes of receive buffer, 0 for a large default
 * @err: error
 *
 * Return: 0 or a negative errno: there is nothing to close then.
 */
int flc_listen_open(struct flc_listen *listen, int bus, size_t rcvbuf,
		    struct flc_error *err);

/* Safe on a connection that is all zero. */
void flc_listen_close(struct flc_listen *listen);

/**
 * flc_listen_join - listen to a multicast group
 * @listen: connection
 * @group: number of the group
 * @name: its name, for messages
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_listen_join(struct flc_listen *listen, unsigned int group,
		    const char *name, struct flc_error *err);

/**
 * flc_listen_process - take in what has come
 * @listen: connection
 * @ops: where it goes
 * @ctx: for @ops
 * @err: error
 *
 * Return: number of events, or a negative errno.
 */
int flc_listen_process(struct flc_listen *listen,
		       const struct flc_listen_ops *ops, void *ctx,
		       struct flc_error *err);

/**
 * flc_listen_input - take in a datagram
 * @data: messages
 * @len: bytes of them
 * @ops: where they go
 * @ctx: for @ops
 * @err: error
 *
 * A message that is malformed counts as lost; those behind it are taken in.
 *
 * Return: number of events, or a negative errno.
 */
int flc_listen_input(const void *data, size_t len,
		     const struct flc_listen_ops *ops, void *ctx,
		     struct flc_error *err);

#endif
