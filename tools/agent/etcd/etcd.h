/* SPDX-License-Identifier: GPL-2.0 */
/* A client of an etcd cluster: endpoints with failover, TLS, auth. */
#ifndef AGENT_ETCD_H
#define AGENT_ETCD_H

#include <protobuf-c/protobuf-c.h>

#include "etcd/grpc.h"

struct etcd_config {
	const char *endpoints;	/* comma list, "http://" or "https://" */
	const char *ca_file;	/* "" or NULL: not given */
	const char *cert_file;
	const char *key_file;
	const char *username;
	const char *password;
};

struct etcd;
struct etcd_call;

/*
 * Larger responses are refused, so that no server can exhaust the agent's memory.
 */
#define ETCD_MAX_MESSAGE	(4U << 20)

/*
 * etcd_new - a client; nothing is connected before the first call
 * @error: on failure what is wrong with @config, @error_len bytes
 * Return: the client, or NULL.
 */
struct etcd *etcd_new(struct loop *loop, const struct etcd_config *config,
		      char *error, size_t error_len);

/* Pending calls end without an answer. */
void etcd_free(struct etcd *etcd);

/*
 * The answer of a call: @status->code GRPC_OK and @reply, or an error and NULL.
 * @reply is gone when the callback returns.
 */
typedef void (*etcd_reply_fn)(void *ctx, const struct grpc_status *status,
			      const ProtobufCMessage *reply);

/*
 * etcd_call - one request, one answer
 * @method: "etcdserverpb.KV/Range"
 * @request: packed before this returns
 * @reply_type: of the answer
 *
 * Every endpoint is tried once; a request may therefore be carried out more
 * than once. Authenticates first if need be, and again if the token is old.
 */
struct etcd_call *etcd_call(struct etcd *etcd, const char *method,
			    const ProtobufCMessage *request,
			    const ProtobufCMessageDescriptor *reply_type,
			    etcd_reply_fn done, void *ctx);
void etcd_call_cancel(struct etcd_call *call);

/* For streams, which choose and change their endpoint themselves. */
struct loop *etcd_loop(struct etcd *etcd);
struct curl_loop *etcd_streams(struct etcd *etcd);
const char *etcd_endpoint(const struct etcd *etcd);
const struct tls_files *etcd_tls(const struct etcd *etcd);
const char *etcd_token(const struct etcd *etcd);
bool etcd_needs_login(const struct etcd *etcd);

/* @endpoint failed: switch to the next one, unless that was done already. */
void etcd_next_endpoint(struct etcd *etcd, const char *endpoint);

/* The server rejected @token: the next call logs in again. */
void etcd_forget_token(struct etcd *etcd, const char *token);

/* Log in now; the token is kept when @done is called. */
struct etcd_call *etcd_login(struct etcd *etcd, etcd_reply_fn done, void *ctx);

/* Whether @status means that the token is not valid (any more). */
bool etcd_token_refused(const struct grpc_status *status);

/* Counters, for /metrics. */
struct etcd_stats {
	unsigned long calls;
	unsigned long failures;
	unsigned long failovers;
	unsigned long logins;
};

const struct etcd_stats *etcd_stats(const struct etcd *etcd);

#endif
