// SPDX-License-Identifier: GPL-2.0
/*
 * All Nodes of the cluster, and every change of them. They are listed in pages, and
 * watched from the list's resourceVersion on; bookmarks advance it if nothing
 * happens. A broken watch continues from its position. If the server no longer has
 * that position (410), or has another history, the watch begins with a list.
 *
 * A stopped server keeps its connections open: after a silence a small request
 * goes to it over another connection. Only small clusters are silent.
 */
#include "kube/watch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/util.h"
#include "kube/stream.h"

#define NODES		"/api/v1/nodes"
#define PAGE_NODES	500

#define RETRY_MIN_MS	500
#define RETRY_MAX_MS	30000
#define RELIST_MS	1000

/* The server ends a watch after a timeout that we choose. */
#define WATCH_MIN_S	300
#define WATCH_MAX_S	600
#define WATCH_GRACE_S	30

#define SILENCE_MS	20000
#define PROBE_MS	10000
#define SILENT_FOR_LONG_MS 180000

/* All nodes lose their watches at once. They reconnect with at most 500 per second. */
#define SPREAD_MS	2	/* per node */
#define SPREAD_MAX_MS	20000

#define VERSION_LEN	32
#define FAILURES	3	/* then it may be the position to watch from */

enum next {
	GO_ON,
	AGAIN,		/* from its position */
	ANEW,		/* with a list */
};

struct kube_watch {
	struct kube_api *api;
	struct loop *loop;
	const struct kube_watch_ops *ops;
	void *ctx;

	struct kube_request *request;	/* a page of the list, or the watch */
	struct kube_request *probe;
	struct kube_stream *stream, *probe_stream;
	struct loop_timer timer;	/* the pause before the next request */
	struct loop_timer silence;
	struct loop_timer asked;	/* a list was requested */
	struct backoff backoff;

	char version[VERSION_LEN];	/* position to watch from; "": list first */
	char *next_page;		/* NULL: the first one */
	unsigned int nodes, page_nodes;	/* of the list, about */
	unsigned int spread;
	uint64_t heard_ms;		/* the last event */
	uint64_t begun_ms;		/* of the watch */
	bool fresh;			/* use a new connection */
	unsigned int failures;		/* watches that returned only an error */

	/* What went wrong while the body was read, and how to continue. */
	enum next next;
	char why[200];

	char *trouble;			/* last reported to ops->state() */
	struct kube_watch_stats stats;
};

static void begin(void *ctx);

static void tell_state(struct kube_watch *watch, const char *why)
{
	if (!why != !watch->trouble)
		watch->ops->state(watch->ctx, why);
	free(watch->trouble);
	watch->trouble = why ? xstrdup(why) : NULL;
}

static bool trouble(struct kube_watch *watch, enum next next, const char *why)
{
	watch->next = next;
	snprintf(watch->why, sizeof(watch->why), "%s", why);
	return false;
}

static void forget_list(struct kube_watch *watch)
{
	free(watch->next_page);
	watch->next_page = NULL;
	watch->version[0] = '\0';
}

/* Pauses */

static void drop_stream(struct kube_watch *watch)
{
	kube_stream_free(watch->stream);
	watch->stream = NULL;
	loop_timer_cancel(watch->loop, &watch->silence);
}

static void drop_probe(struct kube_watch *watch)
{
	if (watch->probe)
		kube_request_cancel(watch->probe);
	watch->probe = NULL;
	kube_stream_free(watch->probe_stream);
	watch->probe_stream = NULL;
}

static void begin_after(struct kube_watch *watch, unsigned int ms)
{
	drop_stream(watch);
	drop_probe(watch);
	loop_timer_set(watch->loop, &watch->timer, ms, begin, watch);
}

/* Retry a failure, at growing intervals. */
static void retry(struct kube_watch *watch, const char *why, unsigned int wait_ms)
{
	unsigned int pause = backoff_pause(&watch->backoff);

	if (pause < wait_ms)
		pause = wait_ms + random_below(wait_ms / 4 + 1);
	pause += random_below(watch->spread + 1);
	watch->fresh = true;
	tell_state(watch, why);
	log_debug("kube: %s; again in %u ms", why, pause);
	begin_after(watch, pause);
}

/* The list */

static bool listed_object(void *ctx, const char *json, size_t len)
{
	struct kube_watch *watch = ctx;
	json_t *node = json_loadb(json, len, 0, NULL);

	watch->page_nodes++;
	if (node)
		watch->ops->node(watch->ctx, node);
	else
		watch->ops->unreadable(watch->ctx, "not valid JSON", json, len);
	json_decref(node);
	return true;
}

static void too_large(void *ctx, const char *head, size_t len)
{
	struct kube_watch *watch = ctx;
	char why[60];

	snprintf(why, sizeof(why), "it has more than %u bytes", KUBE_OBJECT_MAX);
	watch->ops->unreadable(watch->ctx, why, head, len);
}

static const struct kube_stream_ops list_ops = {
	.object = listed_object,
	.too_large = too_large,
};

static bool list_data(void *ctx, const char *data, size_t len)
{
	struct kube_watch *watch = ctx;

	return kube_stream_feed(watch->stream, data, len);
}

static bool is_number(const char *text)
{
	size_t len = strlen(text);

	return len && len < 19 && strspn(text, "0123456789") == len;
}

/* Versions may be compared only to detect an outdated one. */
static bool is_before(const char *a, const char *b)
{
	return is_number(a) && is_number(b) && atoll(a) < atoll(b);
}

static const char *version_of(json_t *object)
{
	json_t *meta = json_object_get(object, "metadata");
	json_t *version = json_object_get(meta, "resourceVersion");

	return json_is_string(version) &&
	       json_string_length(version) < VERSION_LEN ?
	       json_string_value(version) : "";
}

static void list_complete(struct kube_watch *watch, const char *version)
{
	snprintf(watch->version, sizeof(watch->version), "%s", version);
	watch->nodes = watch->page_nodes;
	watch->spread = watch->nodes < SPREAD_MAX_MS / SPREAD_MS ?
			watch->nodes * SPREAD_MS : SPREAD_MAX_MS;
	backoff_reset(&watch->backoff);
	watch->ops->list_end(watch->ctx);
}

static void page_done(void *ctx, const struct kube_reply *reply)
{
	struct kube_watch *watch = ctx;
	json_t *around, *more;
	const char *version;

	watch->request = NULL;
	if (reply->error) {
		if (reply->code == 410)
			forget_list(watch);
		retry(watch, reply->error, reply->wait_ms);
		return;
	}
	around = kube_stream_finish(watch->stream);
	version = version_of(around);
	if (!*version) {
		json_decref(around);
		retry(watch, "the API server's list of Nodes is no list", 0);
		return;
	}
	more = json_object_get(json_object_get(around, "metadata"), "continue");
	free(watch->next_page);
	watch->next_page = json_string_length(more) ?
			   xstrdup(json_string_value(more)) : NULL;
	if (!watch->next_page)
		list_complete(watch, version);
	json_decref(around);
	begin_after(watch, 0);
}

static void begin_page(struct kube_watch *watch)
{
	char *page = NULL, *path;

	if (watch->next_page) {
		page = curl_easy_escape(NULL, watch->next_page, 0);
		path = xasprintf(NODES "?limit=%d&continue=%s", PAGE_NODES,
				 page ? page : "");
		curl_free(page);
	} else {
		path = xasprintf(NODES "?limit=%d", PAGE_NODES);
		watch->page_nodes = 0;
		watch->stats.lists++;
		watch->ops->list_begin(watch->ctx);
	}
	struct kube_request_params params = {
		.verb = KUBE_LIST,
		.path = path,
		.fresh = watch->fresh,
		.data = list_data,
		.done = page_done,
		.ctx = watch,
	};
	watch->stream = kube_stream_new(KUBE_STREAM_LIST, &list_ops, watch);
	watch->request = kube_request_start(watch->api, &params);
	free(path);
}

/* The watch */

static bool error_event(struct kube_watch *watch, json_t *status)
{
	json_int_t code = json_integer_value(json_object_get(status, "code"));
	const char *says = json_string_value(json_object_get(status, "message"));
	char why[200];

	snprintf(why, sizeof(why), "the API server ends the watch: %lld %.120s",
		 (long long)code, says ? says : "");
	return trouble(watch, code == 410 ? ANEW : AGAIN, why);
}

static bool bookmark(struct kube_watch *watch, const char *version)
{
	watch->stats.bookmarks++;
	if (is_before(version, watch->version))
		return trouble(watch, ANEW,
			       "the API server went back to an earlier state");
	return true;
}

static bool event(struct kube_watch *watch, const char *type, json_t *object)
{
	const char *version = version_of(object);

	if (!strcmp(type, "ERROR"))
		return error_event(watch, object);
	if (!strcmp(type, "ADDED") || !strcmp(type, "MODIFIED"))
		watch->ops->node(watch->ctx, object);
	else if (!strcmp(type, "DELETED"))
		watch->ops->deleted(watch->ctx, object);
	else if (strcmp(type, "BOOKMARK"))
		return trouble(watch, AGAIN,
			       "the API server's watch has an event of no known type");
	else if (!bookmark(watch, version))
		return false;
	watch->failures = 0;
	if (*version && !is_before(version, watch->version))
		snprintf(watch->version, sizeof(watch->version), "%s", version);
	return true;
}

static bool watched_object(void *ctx, const char *json, size_t len)
{
	struct kube_watch *watch = ctx;
	json_t *root = json_loadb(json, len, 0, NULL);
	json_t *type = json_object_get(root, "type");
	json_t *object = json_object_get(root, "object");
	bool go_on = true;

	watch->heard_ms = loop_now();
	if (!root)
		watch->ops->unreadable(watch->ctx, "not valid JSON", json, len);
	else if (!json_is_string(type) || !json_is_object(object))
		go_on = trouble(watch, AGAIN,
				"the API server's watch has something that is no event");
	else
		go_on = event(watch, json_string_value(type), object);
	json_decref(root);
	return go_on;
}

static const struct kube_stream_ops watch_ops = {
	.object = watched_object,
	.too_large = too_large,
};

static bool watch_data(void *ctx, const char *data, size_t len)
{
	struct kube_watch *watch = ctx;

	if (kube_stream_feed(watch->stream, data, len))
		return true;
	if (watch->next == GO_ON)
		trouble(watch, AGAIN, "the API server's watch is not JSON");
	return false;
}

static void begins(void *ctx)
{
	struct kube_watch *watch = ctx;

	watch->begun_ms = loop_now();
	watch->heard_ms = watch->begun_ms;
	watch->fresh = false;
	tell_state(watch, NULL);
}

static void relist(struct kube_watch *watch, const char *why,
		   unsigned int wait_ms)
{
	log_info("kube: listing all Nodes again: %s", why);
	forget_list(watch);
	watch->failures = 0;
	if (watch->begun_ms)
		begin_after(watch, backoff_pause(&watch->backoff) +
				   random_below(watch->spread + 1));
	else
		retry(watch, why, wait_ms);
}

static void watch_done(void *ctx, const struct kube_reply *reply)
{
	struct kube_watch *watch = ctx;
	bool planned = !reply->error && watch->begun_ms;

	watch->request = NULL;
	if (watch->begun_ms &&
	    loop_now() > watch->begun_ms + RETRY_MAX_MS)
		backoff_reset(&watch->backoff);
	if (planned && loop_now() > watch->begun_ms + WATCH_MIN_S * 1000 / 2) {
		begin_after(watch, random_below(watch->spread + 1));
		return;
	}
	watch->stats.restarts++;
	if (watch->next == AGAIN && ++watch->failures > FAILURES)
		watch->next = ANEW;
	if (watch->next == ANEW)
		relist(watch, watch->why, 0);
	else if (reply->code == 410)
		relist(watch, reply->error, reply->wait_ms);
	else if (watch->next == AGAIN)
		retry(watch, watch->why, 0);
	else if (reply->error)
		retry(watch, reply->error, reply->wait_ms);
	else
		/* It ended normally, only early: not an error yet. */
		begin_after(watch, backoff_pause(&watch->backoff));
}

/* Silence */

static void silence(void *ctx);

static void listen_on(struct kube_watch *watch)
{
	loop_timer_set(watch->loop, &watch->silence, backoff_jitter(SILENCE_MS),
		       silence, watch);
}

/* The watch ends, but not by the server. */
static void end_watch(struct kube_watch *watch, enum next next, const char *why)
{
	if (watch->request)
		kube_request_cancel(watch->request);
	watch->request = NULL;
	watch->stats.restarts++;
	if (next == ANEW)
		relist(watch, why, 0);
	else if (next == AGAIN)
		retry(watch, why, 0);
	else
		begin_after(watch, random_below(watch->spread + 1));
}

static bool no_object(void *ctx, const char *json, size_t len)
{
	return true;
}

static void no_large(void *ctx, const char *head, size_t len)
{
}

static const struct kube_stream_ops probe_ops = {
	.object = no_object,
	.too_large = no_large,
};

static bool probe_data(void *ctx, const char *data, size_t len)
{
	struct kube_watch *watch = ctx;

	return kube_stream_feed(watch->probe_stream, data, len);
}

static void probe_done(void *ctx, const struct kube_reply *reply)
{
	struct kube_watch *watch = ctx;
	json_t *around = NULL;
	bool back;

	watch->probe = NULL;
	if (!reply->error)
		around = kube_stream_finish(watch->probe_stream);
	back = around && is_before(version_of(around), watch->version);
	json_decref(around);
	drop_probe(watch);
	if (!reply->code)
		end_watch(watch, AGAIN, reply->error);
	else if (back)
		end_watch(watch, ANEW,
			  "the API server went back to an earlier state");
	else if (loop_now() > watch->heard_ms + SILENT_FOR_LONG_MS)
		/* The server is up, so this is not an error. */
		end_watch(watch, GO_ON, "");
	else
		listen_on(watch);
}

static void silence(void *ctx)
{
	struct kube_watch *watch = ctx;

	if (loop_now() < watch->heard_ms + SILENCE_MS / 2) {
		listen_on(watch);
		return;
	}
	struct kube_request_params params = {
		.verb = KUBE_LIST,
		.path = NODES "?limit=1",
		.timeout_ms = PROBE_MS,
		.fresh = true,
		.data = probe_data,
		.done = probe_done,
		.ctx = watch,
	};
	watch->probe_stream = kube_stream_new(KUBE_STREAM_LIST, &probe_ops, watch);
	watch->probe = kube_request_start(watch->api, &params);
}

static void begin_watch(struct kube_watch *watch)
{
	unsigned int seconds = WATCH_MIN_S +
			       random_below(WATCH_MAX_S - WATCH_MIN_S + 1);
	char *version = curl_easy_escape(NULL, watch->version, 0);
	char *path = xasprintf(NODES "?watch=true&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%u",
			       version ? version : "", seconds);
	struct kube_request_params params = {
		.verb = KUBE_WATCH,
		.path = path,
		.timeout_ms = (seconds + WATCH_GRACE_S) * 1000,
		.fresh = watch->fresh,
		.data = watch_data,
		.begins = begins,
		.done = watch_done,
		.ctx = watch,
	};

	watch->begun_ms = 0;
	watch->heard_ms = loop_now();
	watch->stream = kube_stream_new(KUBE_STREAM_WATCH, &watch_ops, watch);
	watch->request = kube_request_start(watch->api, &params);
	listen_on(watch);
	curl_free(version);
	free(path);
}

static void begin(void *ctx)
{
	struct kube_watch *watch = ctx;

	watch->next = GO_ON;
	if (*watch->version)
		begin_watch(watch);
	else
		begin_page(watch);
}

/* Life cycle */

struct kube_watch *kube_watch_new(struct kube_api *api,
				  const struct kube_watch_ops *ops, void *ctx)
{
	struct kube_watch *watch = xcalloc(1, sizeof(*watch));

	watch->api = api;
	watch->loop = kube_api_loop(api);
	watch->ops = ops;
	watch->ctx = ctx;
	watch->backoff = BACKOFF(RETRY_MIN_MS, RETRY_MAX_MS);
	return watch;
}

void kube_watch_free(struct kube_watch *watch)
{
	if (!watch)
		return;
	if (watch->request)
		kube_request_cancel(watch->request);
	drop_probe(watch);
	drop_stream(watch);
	loop_timer_cancel(watch->loop, &watch->timer);
	loop_timer_cancel(watch->loop, &watch->asked);
	free(watch->next_page);
	free(watch->trouble);
	free(watch);
}

void kube_watch_start(struct kube_watch *watch)
{
	loop_timer_set(watch->loop, &watch->timer, 0, begin, watch);
}

static void asked_for(void *ctx)
{
	struct kube_watch *watch = ctx;

	if (*watch->version)	/* otherwise a list is in progress */
		end_watch(watch, ANEW, "a pod CIDR became free");
}

void kube_watch_relist(struct kube_watch *watch)
{
	if (!watch->asked.armed)
		loop_timer_set(watch->loop, &watch->asked,
			       backoff_jitter(RELIST_MS), asked_for, watch);
}

const struct kube_watch_stats *kube_watch_stats(const struct kube_watch *watch)
{
	return &watch->stats;
}
