// SPDX-License-Identifier: GPL-2.0
/* A program for NFQUEUE: receives packets from firewall rules and accepts them. */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "kit.h"

/**
 * struct queue - the state of a queue
 * @sock: socket
 * @number: of the queue
 * @held: ids of packets without a verdict
 * @n_held: how many
 * @packets: number of packets received
 */
struct queue {
	struct mnl_socket *sock;
	uint16_t number;
	uint32_t held[4096];
	unsigned int n_held;
	unsigned long packets;
};

static atomic_bool ended, let_go;

static void on_end(int sig)
{
	if (sig == SIGUSR1)
		let_go = true;
	else
		ended = true;
}

static struct nlmsghdr *put_message(char *buf, int type, uint16_t number)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(number);
	return nlh;
}

static void send_message(struct queue *queue, const struct nlmsghdr *nlh)
{
	if (mnl_socket_sendto(queue->sock, nlh, nlh->nlmsg_len) < 0)
		die("nfqueue: %s", strerror(errno));
}

static void accept_packet(struct queue *queue, uint32_t id)
{
	struct nfqnl_msg_verdict_hdr verdict = {
		.verdict = htonl(NF_ACCEPT), .id = htonl(id),
	};
	char buf[256];
	struct nlmsghdr *nlh = put_message(buf, NFQNL_MSG_VERDICT,
					   queue->number);

	mnl_attr_put(nlh, NFQA_VERDICT_HDR, sizeof(verdict), &verdict);
	send_message(queue, nlh);
}

static void accept_held(struct queue *queue)
{
	unsigned int i;

	for (i = 0; i < queue->n_held; i++)
		accept_packet(queue, queue->held[i]);
	queue->n_held = 0;
}

static int on_packet(const struct nlmsghdr *nlh, void *data)
{
	struct nfqnl_msg_packet_hdr *packet;
	struct queue *queue = data;
	struct nlattr *attr;

	if (nlh->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != NFQA_PACKET_HDR)
			continue;
		packet = mnl_attr_get_payload(attr);
		queue->packets++;
		if (queue->n_held < sizeof(queue->held) / sizeof(*queue->held))
			queue->held[queue->n_held++] = ntohl(packet->packet_id);
	}
	return MNL_CB_OK;
}

static void bind_queue(struct queue *queue)
{
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params params = {
		.copy_range = htonl(64), .copy_mode = NFQNL_COPY_PACKET,
	};
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;
	int n;

	queue->sock = mnl_socket_open(NETLINK_NETFILTER);
	if (!queue->sock || mnl_socket_bind(queue->sock, 0, MNL_SOCKET_AUTOPID))
		die("nfqueue: %s", strerror(errno));
	nlh = put_message(buf, NFQNL_MSG_CONFIG, queue->number);
	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(cmd), &cmd);
	send_message(queue, nlh);
	nlh = put_message(buf, NFQNL_MSG_CONFIG, queue->number);
	nlh->nlmsg_flags |= NLM_F_ACK;
	mnl_attr_put(nlh, NFQA_CFG_PARAMS, sizeof(params), &params);
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_GSO));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
	send_message(queue, nlh);
	n = mnl_socket_recvfrom(queue->sock, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, n, 0, 0, NULL, NULL) < 0)
		die("nfqueue: queue %u: %s", queue->number, strerror(errno));
}

int cmd_nfqueue(struct args *args)
{
	struct queue queue = { .number = arg_number(args, "num", 0) };
	struct sigaction action = { .sa_handler = on_end };
	bool hold = arg_flag(args, "hold");
	static char buf[1 << 17];
	struct pollfd fd;
	int n;

	args_end(args);
	bind_queue(&queue);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	puts("listening");
	fflush(stdout);
	fd = (struct pollfd){ .fd = mnl_socket_get_fd(queue.sock), .events = POLLIN };
	while (!ended) {
		if (let_go || !hold) {
			if (let_go || queue.n_held)
				accept_held(&queue);
			let_go = false;
		}
		if (poll(&fd, 1, 100) < 1)
			continue;
		n = mnl_socket_recvfrom(queue.sock, buf, sizeof(buf));
		/* The buffer is full: unreported packets are lost, the queue continues. */
		if (n < 0 && errno != ENOBUFS)
			die("nfqueue: %s", strerror(errno));
		if (n > 0)
			mnl_cb_run(buf, n, 0, 0, on_packet, &queue);
		if (hold) {
			printf("held=%u\n", queue.n_held);
			fflush(stdout);
		}
	}
	if (let_go)
		accept_held(&queue);
	printf("packets=%lu\n", queue.packets);
	mnl_socket_close(queue.sock);
	return 0;
}
