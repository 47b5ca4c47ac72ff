// SPDX-License-Identifier: GPL-2.0
/* Internal: a netlink socket that only listens, and detection of lost events. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/listen.h"
#include "lib/nl.h"

/* Some ten thousand events: the kernel charges about 800 bytes per event. */
#define FLC_LISTEN_RCVBUF	(8 * 1024 * 1024)

/* Datagrams that are read at once, so that others get their turn. */
#define FLC_LISTEN_BURST	128

void flc_listen_close(struct flc_listen *listen)
{
	if (listen->sock)
		mnl_socket_close(listen->sock);
	free(listen->rx);
	memset(listen, 0, sizeof(*listen));
}

static int flc_listen_setup(struct flc_listen *listen, int bus, int rcvbuf)
{
	int fd;

	listen->rx = malloc(FLC_NL_RX);
	if (!listen->rx) {
		errno = ENOMEM;
		return -1;
	}
	listen->sock = mnl_socket_open2(bus, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!listen->sock ||
	    mnl_socket_bind(listen->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return -1;
	fd = mnl_socket_get_fd(listen->sock);
	/* Without privileges the administrator's limit applies. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf,
		       sizeof(rcvbuf)) < 0)
		return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf,
				  sizeof(rcvbuf));
	return 0;
}

int flc_listen_open(struct flc_listen *listen, int bus, size_t rcvbuf,
		    struct flc_error *err)
{
	int code;

	memset(listen, 0, sizeof(*listen));
	if (rcvbuf > INT32_MAX / 2)
		return flc_error_set(err, EINVAL,
				     "a receive buffer of %zu bytes is too large: the limit is %d",
				     rcvbuf, INT32_MAX / 2);
	if (!flc_listen_setup(listen, bus, rcvbuf ? rcvbuf : FLC_LISTEN_RCVBUF))
		return 0;
	code = errno;
	flc_listen_close(listen);
	return flc_error_set(err, code, "cannot open a netlink socket: %s",
			     strerror(code));
}

int flc_listen_join(struct flc_listen *listen, unsigned int group,
		    const char *name, struct flc_error *err)
{
	if (!mnl_socket_setsockopt(listen->sock, NETLINK_ADD_MEMBERSHIP,
				   &group, sizeof(group)))
		return 0;
	if (errno == EPERM)
		return flc_error_set(err, EPERM,
				     "cannot listen to the group \"%s\": CAP_NET_ADMIN in the network namespace is needed",
				     name);
	return flc_error_set(err, errno,
			     "cannot listen to the group \"%s\": %s", name,
			     strerror(errno));
}

int flc_listen_input(const void *data, size_t len,
		     const struct flc_listen_ops *ops, void *ctx,
		     struct flc_error *err)
{
	const struct nlmsghdr *nlh = data;
	int left = len, n = 0, bad = 0, ret;

	while (mnl_nlmsg_ok(nlh, left)) {
		if (nlh->nlmsg_type == NLMSG_OVERRUN) {
			ops->lost(ctx);
			n++;
		} else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE) {
			ret = ops->message(nlh, ctx, bad ? NULL : err);
			if (ret >= 0) {
				n += ret;
			} else if (!bad) {
				/* The caller has to read the contents again. */
				bad = ret;
				ops->lost(ctx);
			}
		}
		nlh = mnl_nlmsg_next(nlh, &left);
	}
	return bad ? bad : n;
}

/* Returns the number of events, or a negative errno: -EAGAIN if there are no more. */
static int flc_listen_receive(struct flc_listen *listen,
			      const struct flc_listen_ops *ops, void *ctx,
			      struct flc_error *err)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = listen->rx, .iov_len = FLC_NL_RX };
	struct msghdr msg = {
		.msg_name	= &from,
		.msg_namelen	= sizeof(from),
		.msg_iov	= &iov,
		.msg_iovlen	= 1,
	};
	ssize_t len;

	do {
		len = recvmsg(mnl_socket_get_fd(listen->sock), &msg, 0);
	} while (len < 0 && errno == EINTR);
	if (len < 0 && errno == EAGAIN)
		return -EAGAIN;
	if ((len < 0 && errno == ENOBUFS) ||
	    (len >= 0 && (msg.msg_flags & MSG_TRUNC))) {
		ops->lost(ctx);
		return 1;
	}
	if (len < 0)
		return flc_error_set(err, errno, "cannot receive events: %s",
				     strerror(errno));
	/* Only messages from the kernel count. */
	if (from.nl_pid)
		return 0;
	return flc_listen_input(listen->rx, len, ops, ctx, err);
}

int flc_listen_process(struct flc_listen *listen,
		       const struct flc_listen_ops *ops, void *ctx,
		       struct flc_error *err)
{
	int i, n = 0, ret;

	for (i = 0; i < FLC_LISTEN_BURST; i++) {
		ret = flc_listen_receive(listen, ops, ctx, err);
		if (ret == -EAGAIN)
			break;
		if (ret < 0)
			return ret;
		n += ret;
	}
	return n;
}
