/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel for tests: it gets the requests that the library sends, and the
 * library's sockets receive its messages. Included by one file of a test program.
 */
#ifndef LIBFLANNEL_TEST_KERNEL_H
#define LIBFLANNEL_TEST_KERNEL_H

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/flannel.h>

#define KERNEL_FAMILY	0x77
#define KERNEL_PORT	4242
#define KERNEL_DATAGRAMS	64

/**
 * struct kernel - the state
 * @handle: called for each request except those to the controller
 * @rtnl: emulate rtnetlink, without a controller
 * @requests: how many there were
 * @longest: bytes of the longest
 * @seq: of the current request
 * @out: datagrams that wait to be received
 * @len: their lengths; a negative one is an errno from recvmsg()
 * @from: port of their sender
 * @n_out: how many
 */
static struct kernel {
	void (*handle)(const struct nlmsghdr *nlh);
	bool rtnl;
	unsigned int requests;
	size_t longest;
	uint32_t seq;
	char *out[KERNEL_DATAGRAMS];
	int len[KERNEL_DATAGRAMS];
	uint32_t from[KERNEL_DATAGRAMS];
	unsigned int n_out;
} kernel;

static inline void kernel_queue(const void *data, int len, uint32_t from)
{
	assert_true(kernel.n_out < KERNEL_DATAGRAMS);
	kernel.out[kernel.n_out] = malloc(len > 0 ? len : 1);
	if (len > 0)
		memcpy(kernel.out[kernel.n_out], data, len);
	kernel.len[kernel.n_out] = len;
	kernel.from[kernel.n_out++] = from;
}

static inline void kernel_send(const struct nlmsghdr *nlh)
{
	kernel_queue(nlh, nlh->nlmsg_len, 0);
}

/* A message of the family that answers the current request. */
static inline struct nlmsghdr *kernel_message(char *buf, uint16_t type,
					      uint16_t flags, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *gnlh;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	nlh->nlmsg_seq = kernel.seq;
	nlh->nlmsg_pid = KERNEL_PORT;
	gnlh = mnl_nlmsg_put_extra_header(nlh, sizeof(*gnlh));
	gnlh->cmd = cmd;
	gnlh->version = 1;
	return nlh;
}

/* Report success, or why and where the request failed. */
static inline void kernel_ack(const struct nlmsghdr *request, int error,
			      const char *said, uint32_t offset,
			      const uint32_t *index)
{
	char buf[1024] = "";
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *ack;

	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_flags = NLM_F_CAPPED | (said ? NLM_F_ACK_TLVS : 0);
	nlh->nlmsg_seq = request->nlmsg_seq;
	nlh->nlmsg_pid = KERNEL_PORT;
	ack = mnl_nlmsg_put_extra_header(nlh, sizeof(*ack));
	ack->error = -error;
	ack->msg = *request;
	if (said)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, said);
	if (offset)
		mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS, offset);
	if (index)
		mnl_attr_put(nlh, NLMSGERR_ATTR_COOKIE, 4, index);
	kernel_send(nlh);
}

static inline void kernel_done(int error)
{
	char buf[256] = "";
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int *code;

	nlh->nlmsg_type = NLMSG_DONE;
	nlh->nlmsg_flags = NLM_F_MULTI;
	nlh->nlmsg_seq = kernel.seq;
	nlh->nlmsg_pid = KERNEL_PORT;
	code = mnl_nlmsg_put_extra_header(nlh, sizeof(*code));
	*code = -error;
	kernel_send(nlh);
}

/* The controller: the id of the family, and its groups. */
static inline void kernel_describe_family(const struct nlmsghdr *request)
{
	static const char *const groups[] = {
		FLANNEL_GENL_MCGRP_MISS, FLANNEL_GENL_MCGRP_CHANGE,
	};
	char buf[1024] = "";
	struct nlmsghdr *nlh = kernel_message(buf, GENL_ID_CTRL, 0,
					      CTRL_CMD_NEWFAMILY);
	struct nlattr *list, *group;
	unsigned int i;

	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, KERNEL_FAMILY);
	list = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	for (i = 0; i < 2; i++) {
		group = mnl_attr_nest_start(nlh, i + 1);
		mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, groups[i]);
		mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, 100 + i);
		mnl_attr_nest_end(nlh, group);
	}
	mnl_attr_nest_end(nlh, list);
	kernel_send(nlh);
	kernel_ack(request, 0, NULL, 0, NULL);
}

static inline void kernel_reset(void (*handle)(const struct nlmsghdr *nlh))
{
	unsigned int i;

	for (i = 0; i < kernel.n_out; i++)
		free(kernel.out[i]);
	memset(&kernel, 0, sizeof(kernel));
	kernel.handle = handle;
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *sock,
				 const void *buf, size_t len);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);
unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *sock);

unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *sock)
{
	return KERNEL_PORT;
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *sock,
				 const void *buf, size_t len)
{
	const struct nlmsghdr *nlh = buf;

	assert_int_equal(nlh->nlmsg_len, len);
	kernel.seq = nlh->nlmsg_seq;
	kernel.requests++;
	if (len > kernel.longest)
		kernel.longest = len;
	if (nlh->nlmsg_type != GENL_ID_CTRL || kernel.rtnl)
		kernel.handle(nlh);
	else if (kernel.handle)
		kernel_describe_family(nlh);
	else
		kernel_ack(nlh, ENOENT, NULL, 0, NULL);
	return len;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct sockaddr_nl *from = msg->msg_name;
	int len = kernel.len[0];

	if (!kernel.n_out) {
		errno = EAGAIN;
		return -1;
	}
	memset(from, 0, sizeof(*from));
	from->nl_family = AF_NETLINK;
	from->nl_pid = kernel.from[0];
	msg->msg_flags = 0;
	if (len > 0) {
		assert_true((size_t)len <= msg->msg_iov[0].iov_len);
		memcpy(msg->msg_iov[0].iov_base, kernel.out[0], len);
	}
	free(kernel.out[0]);
	kernel.n_out--;
	memmove(kernel.out, kernel.out + 1, kernel.n_out * sizeof(char *));
	memmove(kernel.len, kernel.len + 1, kernel.n_out * sizeof(int));
	memmove(kernel.from, kernel.from + 1, kernel.n_out * sizeof(uint32_t));
	if (len >= 0)
		return len;
	errno = -len;
	return -1;
}

#endif
