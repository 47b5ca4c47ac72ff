// SPDX-License-Identifier: GPL-2.0
/*
 * One gRPC call over HTTP/2. A message is a flag byte, its length in four
 * bytes and the protobuf; the status comes in the trailers, or in the headers
 * if there is no body.
 */
#include "etcd/grpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/util.h"

#define FRAME_HEADER	5
#define CONNECT_MS	3000L

/*
 * Leave it to the kernel, on both ends of an idle connection, to find out whether
 * the other side is reachable: it costs etcd nothing.
 */
static const struct curl_patience patience = {
	.idle = 5, .each = 2, .dead_ms = 9000,
};

struct grpc_call {
	struct curl_transfer transfer;
	struct curl_loop *cl;
	struct grpc_params params;
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	char curl_error[CURL_ERROR_SIZE];

	uint8_t *out;		/* frames to send */
	size_t out_len, out_pos;
	bool upload_paused;

	uint8_t *in;		/* the frame being received */
	size_t in_len, in_size;

	bool in_callback;
	bool cancelled;
	bool is_grpc;		/* content-type said so */
	bool has_status;
	struct grpc_status status;
};

static void queue_message(struct grpc_call *call, const ProtobufCMessage *msg)
{
	size_t len = protobuf_c_message_get_packed_size(msg);
	uint8_t *p;

	call->out = xrealloc(call->out, call->out_len + FRAME_HEADER + len, 1);
	p = call->out + call->out_len;
	p[0] = 0;		/* not compressed */
	p[1] = len >> 24;
	p[2] = len >> 16;
	p[3] = len >> 8;
	p[4] = len;
	protobuf_c_message_pack(msg, p + FRAME_HEADER);
	call->out_len += FRAME_HEADER + len;
}

static size_t read_out(char *buf, size_t size, size_t n, void *ctx)
{
	struct grpc_call *call = ctx;
	size_t len = call->out_len - call->out_pos;

	if (!len) {
		if (!call->params.stream)
			return 0;
		call->upload_paused = true;
		return CURL_READFUNC_PAUSE;
	}
	if (len > size * n)
		len = size * n;
	memcpy(buf, call->out + call->out_pos, len);
	call->out_pos += len;
	if (call->out_pos == call->out_len) {
		call->out_pos = 0;
		call->out_len = 0;
	}
	return len;
}

/* grpc-message is percent-encoded. */
static void copy_message(char *out, size_t size, const char *text, size_t len)
{
	size_t i, n = 0;
	unsigned int c;

	for (i = 0; i < len && n + 1 < size; i++) {
		if (text[i] == '%' && i + 2 < len &&
		    sscanf(text + i + 1, "%2x", &c) == 1) {
			out[n++] = c;
			i += 2;
		} else {
			out[n++] = text[i];
		}
	}
	out[n] = '\0';
}

/* The value of header @name if @line is that header. */
static const char *header_value(const char *line, size_t len, const char *name,
				size_t *value_len)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) || line[n] != ':')
		return NULL;
	line += n + 1;
	len -= n + 1;
	while (len && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	*value_len = len;
	return line;
}

/* Headers and trailers alike. */
static size_t read_header(char *line, size_t size, size_t n, void *ctx)
{
	struct grpc_call *call = ctx;
	size_t len = size * n, value_len;
	char number[16] = "";
	const char *value;

	value = header_value(line, len, "content-type", &value_len);
	if (value)
		call->is_grpc = value_len >= 16 &&
				!strncasecmp(value, "application/grpc", 16);

	value = header_value(line, len, "grpc-status", &value_len);
	if (value && value_len < sizeof(number)) {
		memcpy(number, value, value_len);
		call->status.code = atoi(number);
		call->has_status = true;
	}

	value = header_value(line, len, "grpc-message", &value_len);
	if (value)
		copy_message(call->status.text, sizeof(call->status.text),
			     value, value_len);
	return len;
}

static void fail(struct grpc_call *call, int code, const char *text)
{
	call->status.code = code;
	snprintf(call->status.text, sizeof(call->status.text), "%s", text);
	call->has_status = true;
}

/* Process the complete frames received so far. */
static bool deliver(struct grpc_call *call)
{
	size_t pos = 0, len;
	const uint8_t *p;

	while (call->in_len - pos >= FRAME_HEADER) {
		p = call->in + pos;
		if (p[0]) {
			fail(call, GRPC_INTERNAL, "unexpected compressed message");
			return false;
		}
		len = (size_t)p[1] << 24 | p[2] << 16 | p[3] << 8 | p[4];
		if (len > call->params.max_message) {
			snprintf(call->status.text, sizeof(call->status.text),
				 "message of %zu bytes exceeds the limit of %zu",
				 len, call->params.max_message);
			call->status.code = GRPC_RESOURCE_EXHAUSTED;
			call->status.too_large = true;
			call->has_status = true;
			return false;
		}
		if (call->in_len - pos - FRAME_HEADER < len)
			break;

		call->in_callback = true;
		call->params.message(call->params.ctx, p + FRAME_HEADER, len);
		call->in_callback = false;
		if (call->cancelled)
			return false;
		pos += FRAME_HEADER + len;
	}
	memmove(call->in, call->in + pos, call->in_len - pos);
	call->in_len -= pos;
	return true;
}

static size_t read_body(char *data, size_t size, size_t n, void *ctx)
{
	struct grpc_call *call = ctx;
	size_t len = size * n;

	/* Do not keep error pages or empty parts. */
	if (!call->is_grpc || !len)
		return len;
	if (call->in_len + len > call->in_size) {
		call->in_size = 2 * (call->in_len + len);
		call->in = xrealloc(call->in, call->in_size, 1);
	}
	memcpy(call->in + call->in_len, data, len);
	call->in_len += len;
	return deliver(call) ? len : 0;
}

static void free_call(struct grpc_call *call)
{
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	free(call->url);
	free(call->out);
	free(call->in);
	free(call);
}

/* Connected, but without HTTP/2: possible reasons. */
static const char *guess(const struct grpc_call *call, CURLcode result)
{
	bool tls = !strncmp(call->url, "https:", 6);
	bool bare = !call->params.tls || !call->params.tls->cert_file;

	if (strstr(call->curl_error, "TLS fatal alert") && bare)
		return " (does etcd want a client certificate? see --etcd-certfile)";
	if (strstr(call->curl_error, "TLS fatal alert"))
		return " (is the client certificate one that etcd accepts?)";
	if (result == CURLE_HTTP2 || result == CURLE_HTTP2_STREAM ||
	    result == CURLE_UNSUPPORTED_PROTOCOL ||
	    result == CURLE_WEIRD_SERVER_REPLY ||
	    result == CURLE_GOT_NOTHING || result == CURLE_SEND_ERROR ||
	    result == CURLE_RECV_ERROR)
		return tls ? " (is this etcd's client port?)" :
			     " (is this etcd's client port, and does it want https?)";
	return "";
}

/* The connection error of libcurl as a gRPC status. */
static void transport_status(struct grpc_call *call, CURLcode result)
{
	long http = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &http);
	call->status.code = result == CURLE_OPERATION_TIMEDOUT ?
			    GRPC_DEADLINE_EXCEEDED : GRPC_UNAVAILABLE;
	if (result != CURLE_OK)
		snprintf(call->status.text, sizeof(call->status.text), "%.150s%s",
			 call->curl_error[0] ? call->curl_error :
					       curl_easy_strerror(result),
			 guess(call, result));
	else if (!call->is_grpc)
		snprintf(call->status.text, sizeof(call->status.text),
			 "HTTP status %ld instead of a gRPC response: this is not etcd's client port",
			 http);
	else
		snprintf(call->status.text, sizeof(call->status.text),
			 "the response ended without a gRPC status");
}

static void transfer_done(struct curl_transfer *transfer, CURLcode result)
{
	struct grpc_call *call = container_of(transfer, struct grpc_call,
					      transfer);

	if (!call->cancelled) {
		if (!call->has_status)
			transport_status(call, result);
		call->in_callback = true;
		call->params.done(call->params.ctx, &call->status);
	}
	free_call(call);
}

static struct curl_slist *make_headers(const struct grpc_params *params)
{
	struct curl_slist *headers = NULL;
	char *token;

	headers = curl_slist_append(headers, "content-type: application/grpc");
	headers = curl_slist_append(headers, "te: trailers");
	headers = curl_slist_append(headers, "expect:");
	/* Let a server without a leader report that instead of being silent. */
	headers = curl_slist_append(headers, "hasleader: true");
	if (params->token) {
		token = xasprintf("token: %s", params->token);
		headers = curl_slist_append(headers, token);
		free(token);
	}
	return headers;
}

/*
 * libcurl before 8.0 fails on the second call over a connection without TLS
 * ("Error in the HTTP2 framing layer"): each call gets one of its own then.
 */
static bool can_reuse(bool tls)
{
	return tls || curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
}

struct grpc_call *grpc_call_start(struct curl_loop *cl,
				  const struct grpc_params *params,
				  const ProtobufCMessage *request)
{
	struct grpc_call *call = xcalloc(1, sizeof(*call));
	CURL *easy = curl_loop_easy();
	bool local = !strncmp(params->endpoint, "unix", 4);
	bool tls = !strncmp(params->endpoint, local ? "unixs:" : "https:", 6);

	call->transfer.done = transfer_done;
	call->cl = cl;
	call->params = *params;
	call->easy = easy;
	call->url = local ?
		    xasprintf("%s://localhost/%s", tls ? "https" : "http",
			      params->method) :
		    xasprintf("%s/%s", params->endpoint, params->method);
	call->headers = make_headers(params);
	queue_message(call, request);

	curl_easy_setopt(easy, CURLOPT_URL, call->url);
	/* The text after "unix://" is the path, as in etcd's own client. */
	if (local)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
				 strstr(params->endpoint, "://") + 3);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 tls ? (long)CURL_HTTP_VERSION_2TLS :
			       (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->curl_error);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_out);
	curl_easy_setopt(easy, CURLOPT_READDATA, call);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE,
			 params->stream ? -1L : (long)call->out_len);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, read_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)params->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT,
			 params->fresh || !can_reuse(tls) ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, can_reuse(tls) ? 0L : 1L);
	curl_loop_watch(easy, &patience);
	if (tls)
		tls_apply(easy, params->tls);

	if (curl_loop_start(cl, easy, &call->transfer)) {
		log_error("libcurl refuses the call %s", call->url);
		exit(EXIT_FAILURE);
	}
	return call;
}

void grpc_call_send(struct grpc_call *call, const ProtobufCMessage *request)
{
	queue_message(call, request);
	if (call->upload_paused) {
		call->upload_paused = false;
		curl_easy_pause(call->easy, CURLPAUSE_CONT);
	}
}

void grpc_call_cancel(struct grpc_call *call)
{
	call->cancelled = true;
	if (call->in_callback)	/* its end frees the call */
		return;
	curl_loop_stop(call->cl, call->easy);
	free_call(call);
}
