/* SPDX-License-Identifier: GPL-2.0 */
/* A small HTTP server for health checks and metrics: GET and HEAD. */
#ifndef AGENT_HTTP_H
#define AGENT_HTTP_H

#include "base/loop.h"
#include "base/text.h"
#include "lib/error.h"

struct http_server;

struct http_reply {
	int status;			/* 200, 404 or 503 */
	const char *content_type;	/* default text/plain */
	struct text body;		/* freed by the server */
};

/* Fill @reply, initially an empty 404, for the resource at @path. */
typedef void (*http_handler)(void *ctx, const char *path,
			     struct http_reply *reply);

/*
 * http_server_new - listen on an address
 * @ip: "0.0.0.0", "::1"; empty for all of both families
 * @port: 1 to 65535
 * @err: what is wrong with them
 *
 * Return: the server, or NULL.
 */
struct http_server *http_server_new(struct loop *loop, const char *ip,
				    unsigned int port, http_handler handler,
				    void *ctx, struct flc_error *err);
void http_server_free(struct http_server *server);

#endif
