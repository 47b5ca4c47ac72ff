// SPDX-License-Identifier: GPL-2.0
/*
 * Internal: a netlink connection: requests and their answers, dumps, and the
 * kernel's own messages about what it refused.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/attr.h"
#include "lib/nl.h"

/* How often a dump is repeated because its table changed meanwhile. */
#define FLC_NL_DUMP_TRIES	8

void flc_nl_close(struct flc_nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	free(nl->tx);
	free(nl->rx);
	memset(nl, 0, sizeof(*nl));
}

static int flc_nl_setup(struct flc_nl *nl, int bus)
{
	/* Older kernels refuse some of these; the library works without them. */
	static const int options[] = {
		NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK,
	};
	int on = 1;
	size_t i;

	nl->tx = malloc(FLC_NL_TX);
	nl->rx = malloc(FLC_NL_RX);
	if (!nl->tx || !nl->rx) {
		errno = ENOMEM;
		return -1;
	}
	nl->sock = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!nl->sock)
		return -1;
	if (mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return -1;
	nl->portid = mnl_socket_get_portid(nl->sock);
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		mnl_socket_setsockopt(nl->sock, options[i], &on, sizeof(on));
	return 0;
}

int flc_nl_open(struct flc_nl *nl, int bus, struct flc_error *err)
{
	int code;

	memset(nl, 0, sizeof(*nl));
	if (!flc_nl_setup(nl, bus))
		return 0;
	code = errno;
	flc_nl_close(nl);
	return flc_error_set(err, code, "cannot open a netlink socket: %s",
			     strerror(code));
}

struct nlmsghdr *flc_nl_begin(struct flc_nl *nl, uint16_t type, uint16_t flags,
			      size_t header)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->tx);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	/* A single bit of the two means NLM_F_REPLACE or NLM_F_EXCL. */
	if ((flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	mnl_nlmsg_put_extra_header(nlh, header);
	return nlh;
}

/* The attributes NLMSGERR_ATTR_* of an acknowledgment or end of dump. */
static void flc_nl_ext_ack(const struct nlmsghdr *nlh, size_t skip,
			   const struct nlattr **tb)
{
	memset(tb, 0, (NLMSGERR_ATTR_MAX + 1) * sizeof(*tb));
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		flc_attr_split_msg(nlh, skip, tb, NLMSGERR_ATTR_MAX);
}

/* Name the attribute that the kernel points to, or the missing one. */
static void flc_nl_where(const struct flc_nl *nl, const struct nlattr **tb,
			 char *buf, size_t size)
{
	const struct nlmsghdr *sent = (const struct nlmsghdr *)nl->tx;
	uint32_t offset = 0, nest = 0, missing = 0;
	char name[48] = "";

	if (!nl->locate || !flc_attr_u32(tb[NLMSGERR_ATTR_OFFS], &offset) ||
	    !flc_attr_u32(tb[NLMSGERR_ATTR_MISS_NEST], &nest) ||
	    !flc_attr_u32(tb[NLMSGERR_ATTR_MISS_TYPE], &missing))
		return;
	if (!offset && !missing)
		return;
	nl->locate(sent, missing ? nest : offset, missing, name, sizeof(name));
	if (*name)
		snprintf(buf, size, " (%s%s)", missing ? "missing: " : "",
			 name);
}

/* Describe @code, with the kernel's own message about it. */
static int flc_nl_refused(const struct flc_nl *nl, int code,
			  const struct nlattr **tb, struct flc_error *err)
{
	char where[64] = "", said[256] = "";
	const char *hint = "";

	if (!flc_attr_str(tb[NLMSGERR_ATTR_MSG], said, sizeof(said)))
		said[0] = '\0';
	if (code == EPERM && !*said)
		hint = ": CAP_NET_ADMIN in the network namespace is needed";
	flc_nl_where(nl, tb, where, sizeof(where));
	flc_error_set(err, code, "%s%s%s", *said ? said : strerror(code), where,
		      hint);
	if (err && flc_attr_u32(tb[NLMSGERR_ATTR_COOKIE], &err->index))
		err->has_index = tb[NLMSGERR_ATTR_COOKIE];
	return -code;
}

static void flc_nl_ack(struct flc_nl *nl, const struct nlmsghdr *nlh,
		       struct flc_nl_answer *answer, struct flc_error *err)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	const struct nlmsgerr *ack = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*ack);

	answer->done = true;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ack) || ack->error > 0) {
		answer->result = flc_error_set(err, EBADMSG,
					       "malformed acknowledgment from the kernel");
		return;
	}
	if (!ack->error || answer->result)
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) &&
	    ack->msg.nlmsg_len >= sizeof(ack->msg))
		skip += ack->msg.nlmsg_len - sizeof(ack->msg);
	flc_nl_ext_ack(nlh, skip, tb);
	answer->result = flc_nl_refused(nl, -ack->error, tb, err);
}

static void flc_nl_dump_done(struct flc_nl *nl, const struct nlmsghdr *nlh,
			     struct flc_nl_answer *answer,
			     struct flc_error *err)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	int code = 0;

	answer->done = true;
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(code))
		memcpy(&code, mnl_nlmsg_get_payload(nlh), sizeof(code));
	if (code >= 0 || answer->result)
		return;
	flc_nl_ext_ack(nlh, sizeof(code), tb);
	answer->result = flc_nl_refused(nl, -code, tb, err);
}

static void flc_nl_message(struct flc_nl *nl, const struct nlmsghdr *nlh,
			   struct flc_nl_answer *answer, struct flc_error *err)
{
	/* The rest of an abandoned answer, or a message that is not for us. */
	if (nlh->nlmsg_seq != nl->seq || nlh->nlmsg_pid != nl->portid)
		return;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		break;
	case NLMSG_ERROR:
		flc_nl_ack(nl, nlh, answer, err);
		break;
	case NLMSG_DONE:
		flc_nl_dump_done(nl, nlh, answer, err);
		break;
	case NLMSG_OVERRUN:
		answer->done = true;
		answer->result = flc_error_set(err, ENOBUFS, "lost a reply from the kernel: %s",
					       strerror(ENOBUFS));
		break;
	default:
		if (answer->fn && !answer->result)
			answer->result = answer->fn(nlh, answer->ctx, err);
	}
}

void flc_nl_input(struct flc_nl *nl, const void *data, size_t len,
		  struct flc_nl_answer *answer, struct flc_error *err)
{
	const struct nlmsghdr *nlh = data;
	int left = len;

	while (!answer->done && mnl_nlmsg_ok(nlh, left)) {
		flc_nl_message(nl, nlh, answer, err);
		nlh = mnl_nlmsg_next(nlh, &left);
	}
}

static int flc_nl_receive(struct flc_nl *nl, struct flc_nl_answer *answer,
			  struct flc_error *err)
{
	struct sockaddr_nl from;
	struct iovec iov = { .iov_base = nl->rx, .iov_len = FLC_NL_RX };
	struct msghdr msg = {
		.msg_name	= &from,
		.msg_namelen	= sizeof(from),
		.msg_iov	= &iov,
		.msg_iovlen	= 1,
	};
	ssize_t len;

	do {
		len = recvmsg(mnl_socket_get_fd(nl->sock), &msg, 0);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return flc_error_set(err, errno,
				     "no reply from the kernel: %s",
				     strerror(errno));
	if (msg.msg_flags & MSG_TRUNC)
		return flc_error_set(err, EMSGSIZE, "the kernel's reply is longer than %d bytes",
				     FLC_NL_RX);
	/* Only messages from the kernel count. */
	if (!from.nl_pid)
		flc_nl_input(nl, nl->rx, len, answer, err);
	return 0;
}

static int flc_nl_exchange(struct flc_nl *nl, struct flc_nl_answer *answer,
			   struct flc_error *err)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)nl->tx;
	ssize_t len;
	int ret;

	nlh->nlmsg_seq = ++nl->seq;
	do {
		len = mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return flc_error_set(err, errno,
				     "cannot send to the kernel: %s",
				     strerror(errno));
	while (!answer->done) {
		ret = flc_nl_receive(nl, answer, err);
		if (ret)
			return ret;
	}
	return answer->result;
}

int flc_nl_talk(struct flc_nl *nl, flc_nl_fn *fn, void *ctx,
		struct flc_error *err)
{
	struct flc_nl_answer answer = { .fn = fn, .ctx = ctx };

	return flc_nl_exchange(nl, &answer, err);
}

int flc_nl_dump(struct flc_nl *nl, flc_nl_fn *fn, void *ctx,
		void (*again)(void *ctx), bool *interrupted,
		struct flc_error *err)
{
	int i, ret;

	for (i = 0; i < FLC_NL_DUMP_TRIES; i++) {
		struct flc_nl_answer answer = { .fn = fn, .ctx = ctx };

		again(ctx);
		ret = flc_nl_exchange(nl, &answer, err);
		*interrupted = answer.interrupted;
		if (ret || !answer.interrupted)
			return ret;
	}
	return 0;
}
