/* SPDX-License-Identifier: GPL-2.0 */
/* Internal: a netlink socket that only listens, and detection of lost events. */
#ifndef LIBFLANNEL_LISTEN_H
#define LIBFLANNEL_LISTEN_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

/**
 * struct flc_listen - a connection
 * @sock: socket, non-blocking
 * @rx: FLC_NL_RX bytes: receive buffer
 */
struct flc_listen {
	struct mnl_socket *sock;
	char *rx;
};

/**
 * struct flc_listen_ops - where events go
 * @message: called for each message; returns the number of events or a negative
 *	errno
 * @lost: events were lost
 */
struct flc_listen_ops {
	int (*message)(const struct nlmsghdr *nlh, void *ctx,
		       struct flc_error *err);
	void (*lost)(void *ctx);
};

/**
 * flc_listen_open - open a socket, without joining a group
 * @listen: connection
 * @bus: NETLINK_ROUTE or NETLINK_GENERIC
 * @rcvbuf: bytes of receive buffer, 0 for a large default
 * @err: error
 *
 * Return: 0 or a negative errno; then there is nothing to close.
 */
int flc_listen_open(struct flc_listen *listen, int bus, size_t rcvbuf,
		    struct flc_error *err);

/* Safe on a zeroed connection. */
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
 * flc_listen_process - read received messages
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
 * flc_listen_input - process a datagram
 * @data: messages
 * @len: their length in bytes
 * @ops: where they go
 * @ctx: for @ops
 * @err: error
 *
 * A malformed message counts as lost; the messages after it are processed.
 *
 * Return: number of events, or a negative errno.
 */
int flc_listen_input(const void *data, size_t len,
		     const struct flc_listen_ops *ops, void *ctx,
		     struct flc_error *err);

#endif
