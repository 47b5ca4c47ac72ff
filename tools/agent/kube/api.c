// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to a Kubernetes API server, over HTTP/1.1: one connection per watch;
 * other requests reuse their connections.
 */
#include "kube/api.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/curl_loop.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/util.h"

#define CONNECT_MS	5000L
#define REPLY_MAX	(2U << 20)
#define ERROR_BODY_MAX	(16U << 10)

/* A body that trickles counts as no answer. */
#define SLOW_BYTES	100L
#define SLOW_SECONDS	20L

/* libcurl reads up to a hundred times this at once, and all of it is parsed. */
#define READ_BYTES	4096L

#define WAIT_MAX_MS	300000	/* limit for Retry-After */

/* The kernel detects that the other side is gone. */
static const struct curl_patience patience = {
	.idle = 10, .each = 5, .dead_ms = 20000,
};

#define COUNTS		48

static const char *const verbs[KUBE_VERBS] = {
	[KUBE_GET] = "get", [KUBE_LIST] = "list", [KUBE_WATCH] = "watch",
	[KUBE_PATCH] = "patch",
};

struct count {
	enum kube_verb verb;
	long code;
	unsigned long n;
};

struct kube_api {
	TAILQ_HEAD(, kube_request) pending;
	struct loop *loop;
	struct curl_loop *cl;
	struct kube_access access;
	struct tls_files tls;
	struct count counts[COUNTS];
	size_t count;
	uint64_t heard_ms;	/* 0: never */
	struct log_trouble token_trouble;
};

struct kube_request {
	TAILQ_ENTRY(kube_request) link;
	struct curl_transfer transfer;
	struct kube_api *api;
	struct kube_request_params params;
	CURL *easy;
	struct curl_slist *headers;
	char *url, *path, *body;
	char curl_error[CURL_ERROR_SIZE];

	char *in;
	size_t in_len, in_size;
	bool too_large;
	bool begun;		/* the answer */
	bool unwanted;		/* the outcome */
	bool in_callback, cancelled;
};

struct kube_api *kube_api_new(struct loop *loop, struct kube_access *access)
{
	struct kube_api *api = xcalloc(1, sizeof(*api));

	api->loop = loop;
	api->cl = curl_loop_new(loop);
	api->access = *access;
	*access = KUBE_ACCESS_NONE;
	api->tls.ca_file = api->access.ca_file;
	api->tls.cert_file = api->access.cert_file;
	api->tls.key_file = api->access.key_file;
	TAILQ_INIT(&api->pending);
	return api;
}

static void free_request(struct kube_request *request)
{
	TAILQ_REMOVE(&request->api->pending, request, link);
	curl_easy_cleanup(request->easy);
	curl_slist_free_all(request->headers);
	free(request->url);
	free(request->path);
	free(request->body);
	free(request->in);
	free(request);
}

void kube_request_cancel(struct kube_request *request)
{
	request->cancelled = true;
	if (request->in_callback)	/* its end frees it */
		return;
	curl_loop_stop(request->api->cl, request->easy);
	free_request(request);
}

void kube_api_free(struct kube_api *api)
{
	struct kube_request *request;

	if (!api)
		return;
	while ((request = TAILQ_FIRST(&api->pending)))
		kube_request_cancel(request);
	curl_loop_free(api->cl);
	kube_access_clear(&api->access);
	free(api);
}

struct loop *kube_api_loop(const struct kube_api *api)
{
	return api->loop;
}

int64_t kube_api_silence(const struct kube_api *api)
{
	return api->heard_ms ? (int64_t)(loop_now() - api->heard_ms) : -1;
}

static void count(struct kube_api *api, enum kube_verb verb, long code)
{
	size_t i;

	for (i = 0; i < api->count; i++)
		if (api->counts[i].verb == verb && api->counts[i].code == code)
			break;
	if (i == COUNTS)
		return;
	if (i == api->count)
		api->counts[api->count++] =
			(struct count){ .verb = verb, .code = code };
	api->counts[i].n++;
}

bool kube_api_count(const struct kube_api *api, size_t i, const char **verb,
		    long *code, unsigned long *n)
{
	if (i >= api->count)
		return false;
	*verb = verbs[api->counts[i].verb];
	*code = api->counts[i].code;
	*n = api->counts[i].n;
	return true;
}

/* What comes */

static long http_code(struct kube_request *request)
{
	long code = 0;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &code);
	return code;
}

static bool is_done(long code)
{
	return code >= 200 && code < 300;
}

static bool keep(struct kube_request *request, const char *data, size_t len,
		 size_t max)
{
	if (request->in_len + len > max)
		return false;
	if (request->in_len + len > request->in_size) {
		request->in_size = 2 * (request->in_len + len);
		request->in = xrealloc(request->in, request->in_size, 1);
	}
	memcpy(request->in + request->in_len, data, len);
	request->in_len += len;
	return true;
}

static size_t read_body(char *data, size_t size, size_t n, void *ctx)
{
	struct kube_request *request = ctx;
	size_t len = size * n;

	request->api->heard_ms = loop_now();
	if (!is_done(http_code(request))) {
		/* The beginning of a long error page is enough. */
		keep(request, data, len, ERROR_BODY_MAX);
		return len;
	}
	if (!request->params.data) {
		if (keep(request, data, len, REPLY_MAX))
			return len;
		request->too_large = true;
		return 0;
	}
	request->in_callback = true;
	request->unwanted = !request->params.data(request->params.ctx, data, len);
	request->in_callback = false;
	return request->unwanted || request->cancelled ? 0 : len;
}

/* The empty line after the headers. */
static size_t read_header(char *line, size_t size, size_t n, void *ctx)
{
	struct kube_request *request = ctx;
	size_t len = size * n;

	request->api->heard_ms = loop_now();
	if (len > 2 || request->begun || !is_done(http_code(request)))
		return len;
	request->begun = true;
	if (!request->params.begins)
		return len;
	request->in_callback = true;
	request->params.begins(request->params.ctx);
	request->in_callback = false;
	return request->cancelled ? 0 : len;
}

/* The end */

/* The server describes the error in a Status, if the body is one. */
static char *server_says(const struct kube_request *request)
{
	json_t *root = request->in_len ?
		       json_loadb(request->in, request->in_len, 0, NULL) : NULL;
	const char *message;
	char *text;

	message = json_string_value(json_object_get(root, "message"));
	text = message && *message ? xasprintf(": %.300s", message) :
				     xstrdup("");
	json_decref(root);
	return text;
}

static const char *hint(const struct kube_api *api, long code)
{
	static const char needed[] =
		" (its ClusterRole needs: get pods; get, list, watch nodes; patch nodes/status)";
	bool file = api->access.token_file;

	if (code == 401 && !file && !api->access.token && !api->access.cert_file)
		return " (no token and no client certificate is given)";
	if (code == 401)
		return file ? " (is the token still valid? it is read again for each attempt)" :
			      " (is the token, or the certificate, one of this cluster?)";
	if (code == 403)
		return needed;
	return "";
}

static char *error_text(struct kube_request *request, CURLcode result, long code)
{
	struct kube_api *api = request->api;
	const char *verb = verbs[request->params.verb];
	int path_len = strcspn(request->path, "?");
	char *says, *text;

	if (result == CURLE_OK || (code && !is_done(code))) {
		says = server_says(request);
		text = xasprintf("%s: cannot %s %.*s: HTTP status %ld%s%s",
				 api->access.server, verb, path_len,
				 request->path, code, says, hint(api, code));
		free(says);
		return text;
	}
	if (request->too_large)
		return xasprintf("%s: cannot %s %.*s: the answer has more than %u bytes",
				 api->access.server, verb, path_len,
				 request->path, REPLY_MAX);
	if (request->unwanted)
		return xasprintf("%s: %s %.*s: the answer is not what an API server answers",
				 api->access.server, verb, path_len,
				 request->path);
	return xasprintf("%s: cannot %s %.*s: %s", api->access.server, verb,
			 path_len, request->path,
			 request->curl_error[0] ? request->curl_error :
						  curl_easy_strerror(result));
}

static unsigned int wait_ms(struct kube_request *request)
{
	curl_off_t seconds = 0;

	curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &seconds);
	if (seconds <= 0)
		return 0;
	return seconds < WAIT_MAX_MS / 1000 ? seconds * 1000 : WAIT_MAX_MS;
}

static void transfer_done(struct curl_transfer *transfer, CURLcode result)
{
	struct kube_request *request = container_of(transfer,
						    struct kube_request,
						    transfer);
	long code = http_code(request);
	struct kube_reply reply = { .wait_ms = wait_ms(request) };
	char *error = NULL;

	if (!request->cancelled) {
		if (result != CURLE_OK || !is_done(code))
			error = error_text(request, result, code);
		/* A partial answer counts as none. */
		reply.code = result != CURLE_OK && is_done(code) ? 0 : code;
		reply.error = error;
		reply.refused = code == 400 || code == 401 || code == 403 ||
				code == 422;
		reply.body = error ? NULL : request->in_len ? request->in : "";
		reply.len = error ? 0 : request->in_len;
		count(request->api, request->params.verb, reply.code);
		request->in_callback = true;
		request->params.done(request->params.ctx, &reply);
	}
	free(error);
	free_request(request);
}

/* The beginning */

static void add_header(struct kube_request *request, const char *text)
{
	request->headers = curl_slist_append(request->headers, text);
}

/* A token is replaced about once per hour: read the file. */
static void add_token(struct kube_request *request)
{
	struct kube_api *api = request->api;
	char error[256], *read = NULL, *line;
	const char *token = api->access.token;

	if (api->access.token_file) {
		read = secret_read(api->access.token_file, error, sizeof(error));
		if (read)
			log_over(&api->token_trouble);
		else if (log_due(&api->token_trouble, error))
			log_error("no token for the API server: %s", error);
		token = read;
	}
	/* A line break would start another header. */
	if (token && !strpbrk(token, "\r\n")) {
		line = xasprintf("Authorization: Bearer %s", token);
		add_header(request, line);
		explicit_bzero(line, strlen(line));
		free(line);
	}
	if (read)
		explicit_bzero(read, strlen(read));
	free(read);
}

/* Like Go: requests to this host do not use a proxy. */
static void set_proxy(struct kube_request *request)
{
	const struct kube_access *access = &request->api->access;
	const char *host = strstr(access->server, "://") + 3;

	if (access->proxy)
		curl_easy_setopt(request->easy, CURLOPT_PROXY, access->proxy);
	else if (!strncmp(host, "localhost", 9) || !strncmp(host, "127.", 4) ||
		 !strncmp(host, "[::1]", 5))
		curl_easy_setopt(request->easy, CURLOPT_PROXY, "");
}

static void set_times(struct kube_request *request)
{
	const struct kube_request_params *p = &request->params;
	CURL *easy = request->easy;

	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	if (p->timeout_ms)
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)p->timeout_ms);
	if (p->verb == KUBE_WATCH)
		return;		/* a watch has its own limit for silence */
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS);
}

struct kube_request *kube_request_start(struct kube_api *api,
					const struct kube_request_params *params)
{
	struct kube_request *request = xcalloc(1, sizeof(*request));
	CURL *easy = curl_loop_easy();

	request->transfer.done = transfer_done;
	request->api = api;
	request->params = *params;
	request->easy = easy;
	request->path = xstrdup(params->path);
	request->url = xasprintf("%s%s", api->access.server, params->path);
	TAILQ_INSERT_HEAD(&api->pending, request, link);

	add_header(request, "Accept: application/json");
	add_header(request, "User-Agent: flannel-agent/" FLANNEL_VERSION);
	add_token(request);
	if (params->body) {
		request->body = xstrdup(params->body);
		add_header(request, "Content-Type: application/strategic-merge-patch+json");
		add_header(request, "Expect:");
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PATCH");
	}
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	/* A proxy's answer is not the server's. */
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->curl_error);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BYTES);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, read_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, params->fresh ? 1L : 0L);
	curl_loop_watch(easy, &patience);
	set_proxy(request);
	set_times(request);
	tls_apply(easy, &api->tls);

	if (curl_loop_start(api->cl, easy, &request->transfer)) {
		log_error("libcurl refuses the request %s", request->url);
		exit(EXIT_FAILURE);
	}
	return request;
}
