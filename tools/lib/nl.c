// SPDX-License-Identifier: GPL-2.0
/*
 * Internal: a netlink connection: requests and their answers, dumps, and the
 * kernel's own words about what it refused.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/attr.h"
#include "lib/nl.h"

/* How often a dump is begun again because its table changed meanwhile. */
#define FL_NL_DUMP_TRIES	8

void fl_nl_close(struct fl_nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	free(nl->tx);
	free(nl->rx);
	memset(nl, 0, sizeof(*nl));
}

static int fl_nl_setup(struct fl_nl *nl, int bus)
{
	/* Older kernels refuse some of these: they serve without, too. */
	static const int options[] = {
		NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK,
	};
	int on = 1;
	size_t i;

	nl->tx = malloc(FL_NL_TX);
	nl->rx = malloc(FL_NL_RX);
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

int fl_nl_open(struct fl_nl *nl, int bus, struct fl_error *err)
{
	int code;

	memset(nl, 0, sizeof(*nl));
	if (!fl_nl_setup(nl, bus))
		return 0;
	code = errno;
	fl_nl_close(nl);
	return fl_error_set(err, code, "cannot open a netlink socket: %s",
			    strerror(code));
}

struct nlmsghdr *fl_nl_begin(struct fl_nl *nl, uint16_t type, uint16_t flags,
			     size_t header)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->tx);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	/* One bit of the two alone is NLM_F_REPLACE or NLM_F_EXCL. */
	if ((flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	mnl_nlmsg_put_extra_header(nlh, header);
	return nlh;
}

/* The attributes NLMSGERR_ATTR_* of an acknowledgment or end of dump. */
static void fl_nl_ext_ack(const struct nlmsghdr *nlh, size_t skip,
			  const struct nlattr **tb)
{
	memset(tb, 0, (NLMSGERR_ATTR_MAX + 1) * sizeof(*tb));
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		fl_attr_split_msg(nlh, skip, tb, NLMSGERR_ATTR_MAX);
}

/* The attribute that the kernel points to, or is missing one: by its name. */
static void fl_nl_where(const struct fl_nl *nl, const struct nlattr **tb,
			char *buf, size_t size)
{
	const struct nlmsghdr *sent = (const struct nlmsghdr *)nl->tx;
	uint32_t offset = 0, nest = 0, missing = 0;
	char name[48] = "";

	if (!nl->locate || !fl_attr_u32(tb[NLMSGERR_ATTR_OFFS], &offset) ||
	    !fl_attr_u32(tb[NLMSGERR_ATTR_MISS_NEST], &nest) ||
	    !fl_attr_u32(tb[NLMSGERR_ATTR_MISS_TYPE], &missing))
		return;
	if (!offset && !missing)
		return;
	nl->locate(sent, missing ? nest : offset, missing, name, sizeof(name));
	if (*name)
		snprintf(buf, size, " (%s%s)", missing ? "missing: " : "",
			 name);
}

/* Put @code into words, with what the kernel has to say about it. */
static int fl_nl_refused(const struct fl_nl *nl, int code,
			 const struct nlattr **tb, struct fl_error *err)
{
	char where[64] = "", said[256] = "";
	const char *hint = "";

	if (!fl_attr_str(tb[NLMSGERR_ATTR_MSG], said, sizeof(said)))
		said[0] = '\0';
	if (code == EPERM && !*said)
		hint = ": CAP_NET_ADMIN in the network namespace is needed";
	fl_nl_where(nl, tb, where, sizeof(where));
	fl_error_set(err, code, "%s%s%s", *said ? said : strerror(code), where,
		     hint);
	if (err && fl_attr_u32(tb[NLMSGERR_ATTR_COOKIE], &err->index))
		err->has_index = tb[NLMSGERR_ATTR_COOKIE];
	return -code;
}

static void fl_nl_ack(struct fl_nl *nl, const struct nlmsghdr *nlh,
		      struct fl_nl_answer *answer, struct fl_error *err)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	const struct nlmsgerr *ack = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*ack);

	answer->done = true;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ack) || ack->error > 0) {
		answer->result = fl_error_set(err, EBADMSG,
					      "malformed acknowledgment from the kernel");
		return;
	}
	if (!ack->error || answer->result)
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) &&
	    ack->msg.nlmsg_len >= sizeof(ack->msg))
		skip += ack->msg.nlmsg_len - sizeof(ack->msg);
	fl_nl_ext_ack(nlh, skip, tb);
	answer->result = fl_nl_refused(nl, -ack->error, tb, err);
}

static void fl_nl_dump_done(struct fl_nl *nl, const struct nlmsghdr *nlh,
			    struct fl_nl_answer *answer, struct fl_error *err)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	int code = 0;

	answer->done = true;
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(code))
		memcpy(&code, mnl_nlmsg_get_payload(nlh), sizeof(code));
	if (code >= 0 || answer->result)
		return;
	fl_nl_ext_ack(nlh, sizeof(code), tb);
	answer->result = fl_nl_refused(nl, -code, tb, err);
}

static void fl_nl_message(struct fl_nl *nl, const struct nlmsghdr *nlh,
			  struct fl_nl_answer *answer, struct fl_error *err)
{
	/* The rest of an answer that nobody waited for, or not for us. */
	if (nlh->nlmsg_seq != nl->seq || nlh->nlmsg_pid != nl->portid)
		return;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		break;
	case NLMSG_ERROR:
		fl_nl_ack(nl, nlh, answer, err);
		break;
	case NLMSG_DONE:
		fl_nl_dump_done(nl, nlh, answer, err);
		break;
	case NLMSG_OVERRUN:
		answer->done = true;
		answer->result = fl_error_set(err, ENOBUFS, "answer from the kernel was lost: %s",
					      strerror(ENOBUFS));
		break;
	default:
		if (answer->fn && !answer->result)
			answer->result = answer->fn(nlh, answer->ctx, err);
	}
}

void fl_nl_input(struct fl_nl *nl, const void *data, size_t len,
		 struct fl_nl_answer *answer, struct fl_error *err)
{
	const struct nlmsghdr *nlh = data;
	int left = len;

	while (!answer->done && mnl_nlmsg_ok(nlh, left)) {
		fl_nl_message(nl, nlh, answer, err);
		nlh = mnl_nlmsg_next(nlh, &left);
	}
}

static int fl_nl_receive(struct fl_nl *nl, struct fl_nl_answer *answer,
			 struct fl_error *err)
{
	struct sockaddr_nl from;
	struct iovec iov = { .iov_base = nl->rx, .iov_len = FL_NL_RX };
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
		return fl_error_set(err, errno, "no answer from the kernel: %s",
				    strerror(errno));
	if (msg.msg_flags & MSG_TRUNC)
		return fl_error_set(err, EMSGSIZE, "the kernel's answer is longer than %d bytes",
				    FL_NL_RX);
	/* Only the kernel's word counts. */
	if (!from.nl_pid)
		fl_nl_input(nl, nl->rx, len, answer, err);
	return 0;
}

static int fl_nl_exchange(struct fl_nl *nl, struct fl_nl_answer *answer,
			  struct fl_error *err)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)nl->tx;
	ssize_t len;
	int ret;

	nlh->nlmsg_seq = ++nl->seq;
	do {
		len = mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return fl_error_set(err, errno, "cannot send to the kernel: %s",
				    strerror(errno));
	while (!answer->done) {
		ret = fl_nl_receive(nl, answer, err);
		if (ret)
			return ret;
	}
	return answer->result;
}

int fl_nl_talk(struct fl_nl *nl, fl_nl_fn *fn, void *ctx,
	       struct fl_error *err)
{
	struct fl_nl_answer answer = { .fn = fn, .ctx = ctx };

	return fl_nl_exchange(nl, &answer, err);
}

int fl_nl_dump(struct fl_nl *nl, fl_nl_fn *fn, void *ctx,
	       void (*again)(void *ctx), bool *interrupted,
	       struct fl_error *err)
{
	int i, ret;

	for (i = 0; i < FL_NL_DUMP_TRIES; i++) {
		struct fl_nl_answer answer = { .fn = fn, .ctx = ctx };

		again(ctx);
		ret = fl_nl_exchange(nl, &answer, err);
		*interrupted = answer.interrupted;
		if (ret || !answer.interrupted)
			return ret;
	}
	return 0;
}
