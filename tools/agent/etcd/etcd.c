// SPDX-License-Identifier: GPL-2.0
/*
 * A client of an etcd cluster: selection of the endpoint, connection and
 * authentication. A call goes to the endpoint that answered last; if it does not
 * answer, the next one is used.
 */
#include "etcd/etcd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/util.h"
#include "etcd/etcd.pb-c.h"

#define CALL_TIMEOUT_MS	8000

/*
 * Checking a password costs etcd a tenth of a second of CPU time. Do not retry soon
 * with a password that was refused.
 */
#define LOGIN_MIN_MS	1000
#define LOGIN_MAX_MS	300000

struct etcd {
	TAILQ_HEAD(, etcd_call) pending;
	struct loop *loop;
	struct curl_loop *calls;
	struct curl_loop *streams;	/* a stalled watch does not block calls */
	char **endpoints;
	size_t endpoint_count;
	size_t current;
	struct tls_files tls;
	char *username, *password;
	char *token;
	struct backoff login_pause;
	uint64_t login_not_before;
	struct grpc_status login_refusal;
	struct etcd_stats stats;
};

struct etcd_call {
	TAILQ_ENTRY(etcd_call) link;
	struct etcd *etcd;
	const char *method;
	struct grpc_call *grpc;
	ProtobufCMessage *request;
	const ProtobufCMessageDescriptor *reply_type;
	etcd_reply_fn done;
	void *ctx;
	size_t tries_left;		/* endpoints */
	bool logged_in;			/* tried for this call already */
	bool fresh;
	bool login;			/* this call is the login */
	struct etcd_call *login_call;	/* the login that this call waits for */
	struct loop_timer held;		/* a login that is not tried now */
	const char *endpoint;
	char *token;
	uint8_t *reply;
	size_t reply_len;
};

/*
 * User and password in front of the host: they would show up in logs and metrics,
 * and are not used, like in flanneld.
 */
static void skip_credentials(const char **host, size_t *len)
{
	const char *at = memrchr(*host, '@', *len);

	if (!at)
		return;
	*len -= at + 1 - *host;
	*host = at + 1;
	log_warning("etcd endpoint %.*s: ignoring the user and password in the URL; use --etcd-username and --etcd-password",
		    (int)*len, *host);
}

static bool is_scheme(const char *text, size_t len)
{
	static const char *const schemes[] = { "http", "https", "unix", "unixs" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(schemes); i++)
		if (len == strlen(schemes[i]) && !memcmp(text, schemes[i], len))
			return true;
	return false;
}

static bool read_endpoint(struct etcd *etcd, const char *text, size_t len,
			  char *error, size_t error_len)
{
	const char *scheme = etcd->tls.cert_file ? "https" : "http";
	const char *host = memmem(text, len, "://", 3);
	size_t scheme_len = host ? (size_t)(host - text) : strlen(scheme);

	if (host)
		scheme = text;
	host = host ? host + 3 : text;
	len -= host - text;
	while (len && host[len - 1] == '/')
		len--;
	if (!is_scheme(scheme, scheme_len)) {
		snprintf(error, error_len,
			 "etcd endpoint \"%.*s://...\": only http://, https://, unix:// and unixs:// are supported",
			 (int)scheme_len, scheme);
		return false;
	}
	if (!strncmp(scheme, "http", 4)) {
		skip_credentials(&host, &len);
	} else if (!len || len >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
		snprintf(error, error_len,
			 "etcd endpoint \"%.*s://%.*s\": the path of a socket must have 1 to %zu bytes",
			 (int)scheme_len, scheme, (int)len, host,
			 sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
		return false;
	}
	etcd->endpoints = xrealloc(etcd->endpoints, etcd->endpoint_count + 1,
				   sizeof(*etcd->endpoints));
	etcd->endpoints[etcd->endpoint_count++] =
		xasprintf("%.*s://%.*s", (int)scheme_len, scheme, (int)len, host);
	return true;
}

static bool read_endpoints(struct etcd *etcd, const char *list, char *error,
			   size_t error_len)
{
	const char *end;
	size_t len;

	for (;; list = end + 1) {
		list += strspn(list, " \t");
		end = strchrnul(list, ',');
		len = end - list;
		while (len && (list[len - 1] == ' ' || list[len - 1] == '\t'))
			len--;
		if (len && !read_endpoint(etcd, list, len, error, error_len))
			return false;
		if (!*end)
			break;
	}
	if (!etcd->endpoint_count) {
		snprintf(error, error_len, "no etcd endpoint given");
		return false;
	}
	return true;
}

static const char *given(const char *s)
{
	return s && *s ? s : NULL;
}

struct etcd *etcd_new(struct loop *loop, const struct etcd_config *config,
		      char *error, size_t error_len)
{
	struct etcd *etcd = xcalloc(1, sizeof(*etcd));

	etcd->loop = loop;
	TAILQ_INIT(&etcd->pending);
	etcd->calls = curl_loop_new(loop);
	etcd->streams = curl_loop_new(loop);
	etcd->tls.ca_file = given(config->ca_file);
	etcd->tls.cert_file = given(config->cert_file);
	etcd->tls.key_file = given(config->key_file);
	if (given(config->username))
		etcd->username = xstrdup(config->username);
	etcd->password = xstrdup(config->password ? config->password : "");
	etcd->login_pause = BACKOFF(LOGIN_MIN_MS, LOGIN_MAX_MS);

	if (!etcd->tls.cert_file != !etcd->tls.key_file) {
		snprintf(error, error_len,
			 "a client certificate needs both --etcd-certfile and --etcd-keyfile");
		goto fail;
	}
	if (!read_endpoints(etcd, config->endpoints, error, error_len))
		goto fail;
	return etcd;

fail:
	etcd_free(etcd);
	return NULL;
}

/* The call that waits for @call if that is a login, or @call itself. */
static struct etcd_call *owner_of(struct etcd_call *call)
{
	struct etcd_call *other;

	TAILQ_FOREACH(other, &call->etcd->pending, link)
		if (other->login_call == call)
			return other;
	return call;
}

void etcd_free(struct etcd *etcd)
{
	struct etcd_call *call;
	size_t i;

	while ((call = TAILQ_FIRST(&etcd->pending)))
		etcd_call_cancel(owner_of(call));
	curl_loop_free(etcd->calls);
	curl_loop_free(etcd->streams);
	for (i = 0; i < etcd->endpoint_count; i++)
		free(etcd->endpoints[i]);
	free(etcd->endpoints);
	free(etcd->username);
	free(etcd->password);
	free(etcd->token);
	free(etcd);
}

struct loop *etcd_loop(struct etcd *etcd)
{
	return etcd->loop;
}

struct curl_loop *etcd_streams(struct etcd *etcd)
{
	return etcd->streams;
}

const char *etcd_endpoint(const struct etcd *etcd)
{
	return etcd->endpoints[etcd->current];
}

const struct tls_files *etcd_tls(const struct etcd *etcd)
{
	return &etcd->tls;
}

const char *etcd_token(const struct etcd *etcd)
{
	return etcd->token;
}

const struct etcd_stats *etcd_stats(const struct etcd *etcd)
{
	return &etcd->stats;
}

bool etcd_needs_login(const struct etcd *etcd)
{
	return etcd->username && !etcd->token;
}

void etcd_next_endpoint(struct etcd *etcd, const char *endpoint)
{
	if (endpoint != etcd_endpoint(etcd) || etcd->endpoint_count < 2)
		return;
	etcd->current = (etcd->current + 1) % etcd->endpoint_count;
	etcd->stats.failovers++;
	log_debug("etcd: switching from %s to %s", endpoint, etcd_endpoint(etcd));
}

void etcd_forget_token(struct etcd *etcd, const char *token)
{
	if (!etcd->token || !token || strcmp(etcd->token, token))
		return;
	free(etcd->token);
	etcd->token = NULL;
}

bool etcd_token_refused(const struct grpc_status *status)
{
	return status->code == GRPC_UNAUTHENTICATED ||
	       (status->code == GRPC_INVALID_ARGUMENT &&
		strstr(status->text, "revision in header is old"));
}

static void free_call(struct etcd_call *call)
{
	TAILQ_REMOVE(&call->etcd->pending, call, link);
	protobuf_c_message_free_unpacked(call->request, NULL);
	free(call->token);
	free(call->reply);
	free(call);
}

/* Whether another endpoint may do better. */
static bool worth_another(const struct grpc_status *status)
{
	return !status->too_large &&
	       (status->code == GRPC_UNAVAILABLE ||
		status->code == GRPC_DEADLINE_EXCEEDED ||
		status->code == GRPC_INTERNAL || status->code == GRPC_UNKNOWN);
}

static void try_endpoint(struct etcd_call *call);

static void take_token(struct etcd *etcd, const ProtobufCMessage *reply)
{
	const Etcd__AuthenticateResponse *answer =
		(const Etcd__AuthenticateResponse *)reply;

	free(etcd->token);
	etcd->token = xstrdup(answer->token);
	etcd->stats.logins++;
	etcd->login_not_before = 0;
	backoff_reset(&etcd->login_pause);
}

/* Add endpoint and purpose to the text, for the log. */
static void name_endpoint(struct etcd_call *call, struct grpc_status *status)
{
	char *text = xstrdup(status->text);

	if (call->login)
		snprintf(status->text, sizeof(status->text),
			 "%.80s: cannot log in as \"%.40s\": %s",
			 call->endpoint, call->etcd->username, text);
	else if (call->endpoint)
		snprintf(status->text, sizeof(status->text), "%.80s: %s",
			 call->endpoint, text);
	free(text);
}

static void hold_login(struct etcd *etcd, const struct grpc_status *status)
{
	etcd->login_refusal = *status;
	etcd->login_not_before = loop_now() + backoff_pause(&etcd->login_pause);
}

/* Repeat the previous answer instead of logging in. */
static void login_held(void *ctx)
{
	struct etcd_call *call = ctx;

	call->done(call->ctx, &call->etcd->login_refusal, NULL);
	free_call(call);
}

static void finish(struct etcd_call *call, const struct grpc_status *status)
{
	struct grpc_status bad = *status;
	ProtobufCMessage *reply = NULL;

	if (!bad.code) {
		reply = protobuf_c_message_unpack(call->reply_type, NULL,
						  call->reply_len, call->reply);
		if (!reply) {
			bad.code = GRPC_INTERNAL;
			snprintf(bad.text, sizeof(bad.text),
				 "malformed response to %s",
				 call->method);
		}
	}
	if (bad.code) {
		call->etcd->stats.failures++;
		name_endpoint(call, &bad);
		if (call->login && !worth_another(&bad))
			hold_login(call->etcd, &bad);
	} else if (call->login) {
		take_token(call->etcd, reply);
	}
	call->done(call->ctx, &bad, reply);
	protobuf_c_message_free_unpacked(reply, NULL);
	free_call(call);
}

static void grpc_message(void *ctx, const uint8_t *data, size_t len)
{
	struct etcd_call *call = ctx;

	free(call->reply);
	call->reply = xmemdup(data, len);
	call->reply_len = len;
}

static void grpc_done(void *ctx, const struct grpc_status *status)
{
	struct etcd_call *call = ctx;
	struct etcd *etcd = call->etcd;

	call->grpc = NULL;
	if (etcd_token_refused(status) && etcd->username && !call->login &&
	    !call->logged_in) {
		etcd_forget_token(etcd, call->token);
		call->logged_in = true;
		try_endpoint(call);
		return;
	}
	if (worth_another(status)) {
		etcd_next_endpoint(etcd, call->endpoint);
		call->fresh = true;
		if (--call->tries_left) {
			log_debug("etcd: %s: %s: %s", call->endpoint,
				  call->method, status->text);
			try_endpoint(call);
			return;
		}
	}
	finish(call, status);
}

static void logged_in(void *ctx, const struct grpc_status *status,
		      const ProtobufCMessage *reply)
{
	struct etcd_call *call = ctx;

	call->login_call = NULL;
	if (status->code) {
		call->endpoint = NULL;	/* already part of the text */
		finish(call, status);
	} else {
		try_endpoint(call);
	}
}

static void try_endpoint(struct etcd_call *call)
{
	struct etcd *etcd = call->etcd;

	if (!call->login && etcd_needs_login(etcd)) {
		call->login_call = etcd_login(etcd, logged_in, call);
		return;
	}
	if (call->login && loop_now() < etcd->login_not_before) {
		loop_timer_set(etcd->loop, &call->held, 0, login_held, call);
		return;
	}

	call->endpoint = etcd_endpoint(etcd);
	free(call->token);
	call->token = !call->login && etcd->token ? xstrdup(etcd->token) : NULL;
	etcd->stats.calls++;

	struct grpc_params params = {
		.endpoint = call->endpoint,
		.method = call->method,
		.tls = &etcd->tls,
		.token = call->token,
		.fresh = call->fresh,
		.timeout_ms = CALL_TIMEOUT_MS,
		.max_message = ETCD_MAX_MESSAGE,
		.message = grpc_message,
		.done = grpc_done,
		.ctx = call,
	};
	call->grpc = grpc_call_start(etcd->calls, &params, call->request);
}

/* A copy with the lifetime of the call, made through the wire format. */
static ProtobufCMessage *copy_request(const ProtobufCMessage *request)
{
	size_t len = protobuf_c_message_get_packed_size(request);
	uint8_t *packed = xcalloc(1, len);
	ProtobufCMessage *copy;

	protobuf_c_message_pack(request, packed);
	copy = protobuf_c_message_unpack(request->descriptor, NULL, len,
					 packed);
	free(packed);
	if (!copy) {
		log_error("out of memory: giving up");
		exit(EXIT_FAILURE);
	}
	return copy;
}

static struct etcd_call *start_call(struct etcd *etcd, const char *method,
				    const ProtobufCMessage *request,
				    const ProtobufCMessageDescriptor *reply_type,
				    bool login, etcd_reply_fn done, void *ctx)
{
	struct etcd_call *call = xcalloc(1, sizeof(*call));

	call->etcd = etcd;
	call->method = method;
	call->request = copy_request(request);
	call->reply_type = reply_type;
	call->login = login;
	call->done = done;
	call->ctx = ctx;
	call->tries_left = etcd->endpoint_count;
	TAILQ_INSERT_HEAD(&etcd->pending, call, link);
	try_endpoint(call);
	return call;
}

struct etcd_call *etcd_call(struct etcd *etcd, const char *method,
			    const ProtobufCMessage *request,
			    const ProtobufCMessageDescriptor *reply_type,
			    etcd_reply_fn done, void *ctx)
{
	return start_call(etcd, method, request, reply_type, false, done, ctx);
}

void etcd_call_cancel(struct etcd_call *call)
{
	loop_timer_cancel(call->etcd->loop, &call->held);
	if (call->login_call)
		etcd_call_cancel(call->login_call);
	if (call->grpc)
		grpc_call_cancel(call->grpc);
	free_call(call);
}

struct etcd_call *etcd_login(struct etcd *etcd, etcd_reply_fn done, void *ctx)
{
	Etcd__AuthenticateRequest request = ETCD__AUTHENTICATE_REQUEST__INIT;

	request.name = etcd->username;
	request.password = etcd->password;
	return start_call(etcd, "etcdserverpb.Auth/Authenticate",
			  &request.base, &etcd__authenticate_response__descriptor,
			  true, done, ctx);
}
