// SPDX-License-Identifier: GPL-2.0
/*
 * A small HTTP/1.1 server: one request per connection, a few connections at a time,
 * each for at most a few seconds, so that no client can block the agent. When all
 * slots are in use, the oldest connection is closed for a new one: clients that
 * behave get an answer, however many others do not.
 */
#include "base/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "lib/addr.h"

#define CONNECTIONS	64
#define BACKLOG		256
#define ACCEPTS		32	/* per round of the loop */
#define LIFETIME_MS	5000
#define PAUSE_MS	200	/* when no file descriptor is free */
#define REQUEST_LEN	4096

struct connection {
	TAILQ_ENTRY(connection) link;
	struct http_server *server;
	struct loop_fd watch;
	struct loop_timer timer;
	char request[REQUEST_LEN];
	size_t request_len;
	struct text answer;
	size_t sent;
};

struct http_server {
	TAILQ_HEAD(, connection) connections;	/* the oldest first */
	struct loop *loop;
	struct loop_fd watch;
	http_handler handler;
	void *ctx;
	struct loop_timer pause;
	struct log_trouble trouble;
	size_t count;
};

static void connection_end(struct connection *conn)
{
	struct http_server *server = conn->server;

	TAILQ_REMOVE(&server->connections, conn, link);
	server->count--;
	loop_timer_cancel(server->loop, &conn->timer);
	loop_fd_del(server->loop, &conn->watch);
	close(conn->watch.fd);
	text_free(&conn->answer);
	free(conn);
}

static void connection_expired(void *ctx)
{
	connection_end(ctx);
}

static const char *reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	}
	return "Service Unavailable";
}

static void compose(struct connection *conn)
{
	struct http_reply reply = { .status = 404 };
	char method[8], path[256];
	bool head;

	if (sscanf(conn->request, "%7s %255s HTTP/1.", method, path) != 2)
		reply.status = 400;
	else if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		reply.status = 405;
	head = reply.status != 400 && !strcmp(method, "HEAD");

	if (reply.status == 404) {
		path[strcspn(path, "?")] = '\0';
		conn->server->handler(conn->server->ctx, path, &reply);
	}
	if (!reply.body.len)
		text_add(&reply.body, "%s\n", reason(reply.status));

	text_add(&conn->answer,
		 "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%sConnection: close\r\n\r\n",
		 reply.status, reason(reply.status),
		 reply.content_type ? reply.content_type :
				      "text/plain; charset=utf-8",
		 reply.body.len,
		 reply.status == 405 ? "Allow: GET, HEAD\r\n" : "");
	if (!head)
		text_add(&conn->answer, "%s", reply.body.data);
	text_free(&reply.body);
}

static void send_answer(struct connection *conn)
{
	ssize_t n;

	while (conn->sent < conn->answer.len) {
		n = send(conn->watch.fd, conn->answer.data + conn->sent,
			 conn->answer.len - conn->sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			loop_fd_mod(conn->server->loop, &conn->watch, EPOLLOUT);
			return;
		}
		if (n < 0)
			break;
		conn->sent += n;
	}
	shutdown(conn->watch.fd, SHUT_WR);
	connection_end(conn);
}

static void connection_ready(void *ctx, uint32_t events)
{
	struct connection *conn = ctx;
	ssize_t n;

	if (conn->answer.len) {
		send_answer(conn);
		return;
	}
	if (!(events & EPOLLIN)) {
		connection_end(conn);
		return;
	}
	n = recv(conn->watch.fd, conn->request + conn->request_len,
		 sizeof(conn->request) - 1 - conn->request_len, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		connection_end(conn);
		return;
	}
	conn->request_len += n;
	conn->request[conn->request_len] = '\0';
	if (!strstr(conn->request, "\r\n\r\n") &&
	    conn->request_len < sizeof(conn->request) - 1)
		return;
	compose(conn);
	send_answer(conn);
}

static void connection_new(struct http_server *server, int fd)
{
	struct connection *conn = xcalloc(1, sizeof(*conn));

	conn->server = server;
	if (loop_fd_add(server->loop, &conn->watch, fd, EPOLLIN,
			connection_ready, conn)) {
		close(fd);
		free(conn);
		return;
	}
	if (server->count == CONNECTIONS)
		connection_end(TAILQ_FIRST(&server->connections));
	TAILQ_INSERT_TAIL(&server->connections, conn, link);
	server->count++;
	loop_timer_set(server->loop, &conn->timer, LIFETIME_MS,
		       connection_expired, conn);
	/*
	 * Answer the clients that have sent their request before accepting others.
	 */
	connection_ready(conn, EPOLLIN);
}

static void accept_again(void *ctx)
{
	struct http_server *server = ctx;

	loop_fd_mod(server->loop, &server->watch, EPOLLIN);
}

/*
 * A connection that cannot be accepted stays pending and would wake the loop
 * immediately. Close the oldest connection to free a file descriptor.
 */
static void accept_failed(struct http_server *server, int error)
{
	if (error == EAGAIN || error == ECONNABORTED || error == EINTR)
		return;
	if (log_due(&server->trouble, strerror(error)))
		log_warning("cannot accept health checks: %s",
			    strerror(error));
	if (server->count)
		connection_end(TAILQ_FIRST(&server->connections));
	loop_fd_mod(server->loop, &server->watch, 0);
	loop_timer_set(server->loop, &server->pause, PAUSE_MS, accept_again,
		       server);
}

static void server_ready(void *ctx, uint32_t events)
{
	struct http_server *server = ctx;
	unsigned int i;
	int fd;

	for (i = 0; i < ACCEPTS; i++) {
		fd = accept4(server->watch.fd, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			accept_failed(server, errno);
			return;
		}
		connection_new(server, fd);
	}
}

static socklen_t make_sockaddr(struct sockaddr_storage *out,
			       const struct flc_addr *addr, unsigned int port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *in = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (addr->family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr->bytes, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, addr->bytes, 16);
	return sizeof(*in6);
}

static int listen_on(const char *ip, unsigned int port, struct flc_error *err)
{
	struct sockaddr_storage sa;
	const int on = 1, off = 0;
	struct flc_addr addr;
	socklen_t len;
	int fd;

	if (!flc_addr_parse(&addr, *ip ? ip : "::")) {
		flc_error_set(err, EINVAL,
			      "--healthz-ip: \"%s\" is not an IP address", ip);
		return -1;
	}
	len = make_sockaddr(&sa, &addr, port);
	fd = socket(addr.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		flc_error_set(err, errno, "cannot make a socket for --healthz-port: %s",
			      strerror(errno));
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr.family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, *ip ? &on : &off,
			   sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, len) || listen(fd, BACKLOG)) {
		flc_error_set(err, errno,
			      "cannot listen on %s port %u for health checks: %s (see --healthz-ip and --healthz-port)",
			      *ip ? ip : "::", port, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

struct http_server *http_server_new(struct loop *loop, const char *ip,
				    unsigned int port, http_handler handler,
				    void *ctx, struct flc_error *err)
{
	struct http_server *server;
	int fd = listen_on(ip, port, err);

	if (fd < 0)
		return NULL;
	server = xcalloc(1, sizeof(*server));
	server->loop = loop;
	server->handler = handler;
	server->ctx = ctx;
	TAILQ_INIT(&server->connections);
	loop_fd_add(loop, &server->watch, fd, EPOLLIN, server_ready, server);
	return server;
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	while (!TAILQ_EMPTY(&server->connections))
		connection_end(TAILQ_FIRST(&server->connections));
	loop_timer_cancel(server->loop, &server->pause);
	loop_fd_del(server->loop, &server->watch);
	close(server->watch.fd);
	free(server);
}
