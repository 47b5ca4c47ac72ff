// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of all commands, valid ones and mutations of them: bits flipped,
 * lengths and types of attributes changed, parts removed, repeated or exchanged.
 * The kernel's answer does not matter, only that the kernel survives.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kit.h"
#include "lib/genl_priv.h"

#define FUZZ_SIZE	4096

/**
 * struct fuzz - the state
 * @random: numbers
 * @sock: where messages go
 * @family: type of the messages
 * @dev: device
 * @buf: the message
 */
struct fuzz {
	struct kit_random random;
	struct mnl_socket *sock;
	uint16_t family;
	int dev;
	char buf[FUZZ_SIZE];
};

static bool one_in(struct fuzz *fuzz, uint32_t n)
{
	return !kit_random_below(&fuzz->random, n);
}

static void put_random(struct fuzz *fuzz, struct nlmsghdr *nlh, uint16_t type,
		       size_t len)
{
	uint8_t bytes[32];
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = kit_random(&fuzz->random);
	mnl_attr_put(nlh, type, len, bytes);
}

/* Few enough to collide with each other. */
static void put_subnet(struct fuzz *fuzz, struct nlmsghdr *nlh)
{
	uint8_t ip[16] = { 10, kit_random(&fuzz->random) & 3,
			   kit_random(&fuzz->random) & 15, 0 };
	bool ipv4 = !one_in(fuzz, 3);

	mnl_attr_put(nlh, FLANNEL_A_LEASE_ADDRESS, ipv4 ? 4 : 16, ip);
	mnl_attr_put_u8(nlh, FLANNEL_A_LEASE_PREFIX_LEN,
			one_in(fuzz, 8) ? kit_random(&fuzz->random) : 24);
}

static void put_mac(struct fuzz *fuzz, struct nlmsghdr *nlh, uint16_t type)
{
	uint8_t mac[6] = { 2, 0, 0, 0, 0, kit_random(&fuzz->random) & 15 };

	if (one_in(fuzz, 16))
		memset(mac, 0, sizeof(mac));
	mnl_attr_put(nlh, type, sizeof(mac), mac);
}

static void put_lease(struct fuzz *fuzz, struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, FLANNEL_A_LEASE);

	put_subnet(fuzz, nlh);
	put_mac(fuzz, nlh, FLANNEL_A_LEASE_MAC);
	put_random(fuzz, nlh, FLANNEL_A_LEASE_REMOTE4, 4);
	if (one_in(fuzz, 4))
		put_random(fuzz, nlh, FLANNEL_A_LEASE_REMOTE6, 16);
	if (one_in(fuzz, 4))
		mnl_attr_put_u32(nlh, FLANNEL_A_LEASE_FLAGS,
				 kit_random(&fuzz->random) & 1);
	mnl_attr_nest_end(nlh, nest);
}

static void put_fdb(struct fuzz *fuzz, struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, FLANNEL_A_FDB);

	put_mac(fuzz, nlh, FLANNEL_A_FDB_MAC);
	put_random(fuzz, nlh, FLANNEL_A_FDB_REMOTE, one_in(fuzz, 4) ? 16 : 4);
	if (one_in(fuzz, 4))
		put_random(fuzz, nlh, FLANNEL_A_FDB_PORT, 2);
	if (one_in(fuzz, 8))
		mnl_attr_put_u32(nlh, FLANNEL_A_FDB_IFINDEX, fuzz->dev);
	mnl_attr_nest_end(nlh, nest);
}

static void put_miss(struct fuzz *fuzz, struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, FLANNEL_A_MISS);
	uint8_t ip[4] = { 10, kit_random(&fuzz->random) & 3,
			  kit_random(&fuzz->random) & 15, 0 };

	mnl_attr_put_u8(nlh, FLANNEL_A_MISS_KIND,
			kit_random_below(&fuzz->random, 3));
	mnl_attr_put(nlh, FLANNEL_A_MISS_ADDRESS, sizeof(ip), ip);
	put_mac(fuzz, nlh, FLANNEL_A_MISS_MAC);
	mnl_attr_nest_end(nlh, nest);
}

/* A message that a user would send. */
static struct nlmsghdr *sound(struct fuzz *fuzz)
{
	uint32_t n = 1 + kit_random_below(&fuzz->random, 4);
	struct nlmsghdr *nlh;
	struct genlmsghdr *genl;

	memset(fuzz->buf, 0, sizeof(fuzz->buf));
	nlh = mnl_nlmsg_put_header(fuzz->buf);
	nlh->nlmsg_type = fuzz->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = 1 + kit_random_below(&fuzz->random,
					 FLANNEL_CMD_MISS_ANSWER);
	genl->version = FLANNEL_GENL_VERSION;
	if (one_in(fuzz, 16))
		nlh->nlmsg_flags |= NLM_F_DUMP;
	mnl_attr_put_u32(nlh, FLANNEL_A_IFINDEX, fuzz->dev);
	switch (genl->cmd) {
	case FLANNEL_CMD_LEASE_SET:
	case FLANNEL_CMD_LEASE_DEL:
	case FLANNEL_CMD_LEASE_GET:
		while (n--)
			put_lease(fuzz, nlh);
		break;
	case FLANNEL_CMD_FDB_SET:
	case FLANNEL_CMD_FDB_DEL:
	case FLANNEL_CMD_FDB_GET:
		while (n--)
			put_fdb(fuzz, nlh);
		break;
	case FLANNEL_CMD_MISS_ANSWER:
		put_lease(fuzz, nlh);
		put_fdb(fuzz, nlh);
		put_miss(fuzz, nlh);
		break;
	case FLANNEL_CMD_LEASE_FLUSH:
		mnl_attr_put_u32(nlh, FLANNEL_A_GENERATION,
				 kit_random(&fuzz->random) & 1);
		break;
	}
	return nlh;
}

/* A position after the headers, with the alignment of attributes. */
static uint32_t somewhere(struct fuzz *fuzz, const struct nlmsghdr *nlh)
{
	uint32_t head = NLMSG_HDRLEN + GENL_HDRLEN;

	if (nlh->nlmsg_len <= head)
		return head;
	return head + (kit_random_below(&fuzz->random,
					nlh->nlmsg_len - head) & ~3U);
}

static void mutate(struct fuzz *fuzz, struct nlmsghdr *nlh)
{
	uint32_t at = somewhere(fuzz, nlh), from = somewhere(fuzz, nlh);
	uint32_t len = 4 * (1 + kit_random_below(&fuzz->random, 8));
	uint16_t *word = (uint16_t *)(fuzz->buf + at);

	switch (kit_random_below(&fuzz->random, 8)) {
	case 0:
		fuzz->buf[at + kit_random_below(&fuzz->random, 4)] ^=
			1 << kit_random_below(&fuzz->random, 8);
		break;
	case 1:		/* length of an attribute, if there is one */
		word[0] = kit_random_below(&fuzz->random, 64);
		break;
	case 2:		/* its type */
		word[1] = kit_random(&fuzz->random) & 0xc01f;
		break;
	case 3:
		word[0] = kit_random(&fuzz->random);
		break;
	case 4:		/* cut off */
		nlh->nlmsg_len = at;
		break;
	case 5:		/* grow: append zeros, or data from elsewhere */
		if (nlh->nlmsg_len + len <= FUZZ_SIZE)
			nlh->nlmsg_len += len;
		break;
	case 6:
		if (at + len <= FUZZ_SIZE && from + len <= FUZZ_SIZE)
			memmove(fuzz->buf + at, fuzz->buf + from, len);
		break;
	case 7:
		((struct genlmsghdr *)mnl_nlmsg_get_payload(nlh))->cmd =
			kit_random(&fuzz->random) & 0x1f;
		break;
	}
	/* Never a message for another family. */
	nlh->nlmsg_type = fuzz->family;
	if (one_in(fuzz, 32))
		nlh->nlmsg_flags ^= 1 << kit_random_below(&fuzz->random, 12);
	nlh->nlmsg_flags |= NLM_F_REQUEST;
}

/* Reads all answers; returns how many were "done". */
static unsigned long drain(struct fuzz *fuzz)
{
	static char answer[65536];
	unsigned long taken = 0;
	ssize_t len;

	while ((len = recv(mnl_socket_get_fd(fuzz->sock), answer,
			   sizeof(answer), MSG_DONTWAIT)) > 0 ||
	       (len < 0 && errno == ENOBUFS)) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)answer;

		if (len >= (ssize_t)NLMSG_LENGTH(sizeof(int)) &&
		    nlh->nlmsg_type == NLMSG_ERROR &&
		    !*(const int *)mnl_nlmsg_get_payload(nlh))
			taken++;
	}
	return taken;
}

int cmd_fuzz(struct args *args)
{
	struct fuzz *fuzz = calloc(1, sizeof(*fuzz));
	unsigned long i, sent = 0, taken = 0;
	unsigned long count = arg_number(args, "count", 20000);
	unsigned long seed = arg_number(args, "seed", 1);
	struct flc_genl *genl = kit_open();
	struct nlmsghdr *nlh;
	uint32_t n;

	if (!fuzz)
		die("no memory");
	fuzz->random.state = seed;
	fuzz->dev = arg_dev(args);
	fuzz->family = flc_genl_family(genl)->id;
	args_end(args);
	fuzz->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!fuzz->sock || mnl_socket_bind(fuzz->sock, 0, MNL_SOCKET_AUTOPID))
		die("netlink socket: %s", strerror(errno));
	for (i = 0; i < count; i++) {
		nlh = sound(fuzz);
		if (!one_in(fuzz, 8))
			for (n = 1 + kit_random_below(&fuzz->random, 4); n; n--)
				mutate(fuzz, nlh);
		if (mnl_socket_sendto(fuzz->sock, nlh, nlh->nlmsg_len) > 0)
			sent++;
		taken += drain(fuzz);
	}
	printf("sent=%lu\ntaken=%lu\n", sent, taken);
	mnl_socket_close(fuzz->sock);
	flc_genl_close(genl);
	free(fuzz);
	return 0;
}
