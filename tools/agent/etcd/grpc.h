/* SPDX-License-Identifier: GPL-2.0 */
/* One gRPC call over HTTP/2: frames, trailers, status. */
#ifndef AGENT_GRPC_H
#define AGENT_GRPC_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/curl_loop.h"
#include "base/tls.h"

/* The gRPC status codes that are used here. */
enum grpc_code {
	GRPC_OK			= 0,
	GRPC_UNKNOWN		= 2,
	GRPC_INVALID_ARGUMENT	= 3,
	GRPC_DEADLINE_EXCEEDED	= 4,
	GRPC_NOT_FOUND		= 5,
	GRPC_PERMISSION_DENIED	= 7,
	GRPC_RESOURCE_EXHAUSTED	= 8,
	GRPC_FAILED_PRECONDITION = 9,
	GRPC_OUT_OF_RANGE	= 11,
	GRPC_INTERNAL		= 13,
	GRPC_UNAVAILABLE	= 14,
	GRPC_UNAUTHENTICATED	= 16,
};

struct grpc_status {
	int code;
	bool too_large;		/* a message was beyond max_message */
	char text[256];
};

struct grpc_params {
	const char *endpoint;		/* http://host:port or https://… */
	const char *method;		/* "package.Service/Method" */
	const struct tls_files *tls;
	const char *token;		/* etcd's auth token, or NULL */
	bool stream;			/* further messages may be sent */
	bool fresh;			/* no connection of an earlier call */
	unsigned int timeout_ms;	/* of the call; 0: none (streams) */
	size_t max_message;

	/* Each message of the answer. May cancel the call. */
	void (*message)(void *ctx, const uint8_t *data, size_t len);
	/* Once, unless cancelled. The call is gone when it returns. */
	void (*done)(void *ctx, const struct grpc_status *status);
	void *ctx;
};

struct grpc_call;

struct grpc_call *grpc_call_start(struct curl_loop *cl,
				  const struct grpc_params *params,
				  const ProtobufCMessage *request);

/* A further message of a stream. */
void grpc_call_send(struct grpc_call *call, const ProtobufCMessage *request);

/* End the call without further callbacks. Allowed from its callbacks. */
void grpc_call_cancel(struct grpc_call *call);

#endif
