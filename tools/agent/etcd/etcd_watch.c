// SPDX-License-Identifier: GPL-2.0
/*
 * A watch of etcd. It resumes after the last revision it saw, on the next endpoint
 * and with growing pauses. A failed network ends the connection: the kernel probes
 * the other side (see grpc.c). A stopped server keeps its connections open, so a
 * silent stream is asked for progress, and abandoned if it stays silent. The more
 * nodes there are, the less often this happens.
 */
#include "etcd/etcd_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/util.h"

#define RETRY_MIN_MS	100
#define RETRY_MAX_MS	5000
#define ANSWER_MS	4000	/* then the stream is given up */

/*
 * Request progress after this many milliseconds of silence per node: up to four
 * hundred nodes together send seven requests per second.
 */
#define SILENCE_MS	150
#define SILENCE_MIN_MS	5000
#define SILENCE_MAX_MS	60000

/*
 * After this many changes in one message, request progress soon: etcd 3.4 sometimes
 * delays events after a burst until progress is requested.
 */
#define BURST_EVENTS	100

/*
 * All nodes lose their streams at once. They reconnect with at most 500 connections
 * per second.
 */
#define SPREAD_MS	2	/* for each node */
#define SPREAD_MAX_MS	20000

struct etcd_watch {
	struct etcd *etcd;
	char *key, *end;
	const struct etcd_watch_ops *ops;
	void *ctx;

	int64_t next_revision;		/* 0: from now on */
	struct etcd_history history;
	unsigned int nodes;		/* of the cluster, about */
	struct grpc_call *stream;
	struct etcd_call *login;
	const char *endpoint;		/* of the stream */
	char *token;
	struct loop_timer timer;	/* silence, or the pause before a retry */
	bool asked;			/* for progress */
	bool heard;			/* the stream works */
	struct backoff backoff;
	unsigned long restarts;
	char *trouble;			/* last reported to ops->state() */
};

static void connect_stream(void *ctx);

static void tell_state(struct etcd_watch *watch, const char *why)
{
	if (!why != !watch->trouble)
		watch->ops->state(watch->ctx, why);
	free(watch->trouble);
	watch->trouble = why ? xstrdup(why) : NULL;
}

static void drop_stream(struct etcd_watch *watch)
{
	if (watch->stream)
		grpc_call_cancel(watch->stream);
	if (watch->login)
		etcd_call_cancel(watch->login);
	watch->stream = NULL;
	watch->login = NULL;
	loop_timer_cancel(etcd_loop(watch->etcd), &watch->timer);
}

static unsigned int reconnect_pause(struct etcd_watch *watch)
{
	unsigned int spread = SPREAD_MAX_MS;

	if (watch->nodes < SPREAD_MAX_MS / SPREAD_MS)
		spread = watch->nodes * SPREAD_MS;
	return backoff_pause(&watch->backoff) + random_below(spread + 1);
}

static void retry(struct etcd_watch *watch, const char *why)
{
	unsigned int pause = reconnect_pause(watch);

	drop_stream(watch);
	watch->restarts++;
	tell_state(watch, why);

	if (watch->endpoint)
		etcd_next_endpoint(watch->etcd, watch->endpoint);
	log_debug("etcd: watch: %s; retrying in %u ms", why, pause);
	loop_timer_set(etcd_loop(watch->etcd), &watch->timer, pause,
		       connect_stream, watch);
}

/* Changes before @revision are not available any more; later ones are. */
static void behind(struct etcd_watch *watch, const char *why, int64_t revision)
{
	drop_stream(watch);
	watch->restarts++;
	watch->next_revision = revision;
	watch->history = (struct etcd_history){ 0 };
	loop_timer_set(etcd_loop(watch->etcd), &watch->timer,
		       reconnect_pause(watch), connect_stream, watch);
	watch->ops->behind(watch->ctx, why);
}

static unsigned int silence_ms(const struct etcd_watch *watch, size_t events)
{
	unsigned int ms = SILENCE_MAX_MS;

	if (events >= BURST_EVENTS)
		ms = SILENCE_MIN_MS;
	else if (watch->nodes < SILENCE_MAX_MS / SILENCE_MS)
		ms = watch->nodes * SILENCE_MS;
	return backoff_jitter(ms > SILENCE_MIN_MS ? ms : SILENCE_MIN_MS);
}

static void silence(void *ctx)
{
	Etcd__WatchProgressRequest progress =
		ETCD__WATCH_PROGRESS_REQUEST__INIT;
	Etcd__WatchRequest request = ETCD__WATCH_REQUEST__INIT;
	struct etcd_watch *watch = ctx;
	char why[160];

	if (watch->asked || !watch->heard) {
		snprintf(why, sizeof(why), "%.80s: no response to the watch request",
			 watch->endpoint);
		retry(watch, why);
		return;
	}
	request.request_union_case =
		ETCD__WATCH_REQUEST__REQUEST_UNION_PROGRESS_REQUEST;
	request.progress_request = &progress;
	grpc_call_send(watch->stream, &request.base);
	watch->asked = true;
	loop_timer_set(etcd_loop(watch->etcd), &watch->timer, ANSWER_MS,
		       silence, watch);
}

static void canceled(struct etcd_watch *watch,
		     const Etcd__WatchResponse *answer)
{
	struct grpc_status status = { .code = GRPC_UNKNOWN };
	char why[256];

	if (answer->compact_revision) {
		snprintf(why, sizeof(why),
			 "etcd has compacted the changes before revision %lld",
			 (long long)answer->compact_revision);
		behind(watch, why, answer->compact_revision);
		return;
	}
	snprintf(why, sizeof(why), "%.80s: watch cancelled: %.120s",
		 watch->endpoint, answer->cancel_reason);
	if (strstr(answer->cancel_reason, "Unauthenticated") ||
	    strstr(answer->cancel_reason, "invalid auth token"))
		status.code = GRPC_UNAUTHENTICATED;
	if (etcd_token_refused(&status))
		etcd_forget_token(watch->etcd, watch->token);
	retry(watch, why);
}

/* The reason why the cluster was recreated, or restored from a backup. */
static const char *other_history(struct etcd_watch *watch,
				 const Etcd__ResponseHeader *header)
{
	if (header && header->revision + 1 < watch->next_revision)
		return "etcd went back to an earlier revision";
	return etcd_history_check(&watch->history, header);
}

static void heard(struct etcd_watch *watch, const Etcd__WatchResponse *answer)
{
	bool first = !watch->heard;

	watch->heard = true;
	watch->asked = false;
	backoff_reset(&watch->backoff);
	tell_state(watch, NULL);
	loop_timer_set(etcd_loop(watch->etcd), &watch->timer,
		       silence_ms(watch, answer->n_events), silence, watch);

	/* Only events advance the revision to resume at: see silence(). */
	if (answer->header && (answer->n_events || !watch->next_revision))
		watch->next_revision = answer->header->revision + 1;
	if (answer->n_events)
		watch->ops->events(watch->ctx, answer->events,
				   answer->n_events);
	if (first)
		watch->ops->resumed(watch->ctx);
}

static void stream_message(void *ctx, const uint8_t *data, size_t len)
{
	struct etcd_watch *watch = ctx;
	Etcd__WatchResponse *answer;
	const char *other;
	char why[160];

	answer = etcd__watch_response__unpack(NULL, len, data);
	if (!answer) {
		snprintf(why, sizeof(why), "%.80s: malformed watch response",
			 watch->endpoint);
		retry(watch, why);
		return;
	}
	if (answer->canceled) {
		canceled(watch, answer);
		etcd__watch_response__free_unpacked(answer, NULL);
		return;
	}

	other = other_history(watch, answer->header);
	if (other)
		behind(watch, other, answer->header->revision + 1);
	else
		heard(watch, answer);
	etcd__watch_response__free_unpacked(answer, NULL);
}

static void stream_done(void *ctx, const struct grpc_status *status)
{
	struct etcd_watch *watch = ctx;
	char why[256];

	watch->stream = NULL;
	if (status->too_large) {
		behind(watch, "too many changes at once", 0);
		return;
	}
	if (etcd_token_refused(status))
		etcd_forget_token(watch->etcd, watch->token);
	snprintf(why, sizeof(why), "%.80s: %.160s", watch->endpoint,
		 status->code ? status->text : "the watch ended");
	retry(watch, why);
}

static void logged_in(void *ctx, const struct grpc_status *status,
		      const ProtobufCMessage *reply)
{
	struct etcd_watch *watch = ctx;

	watch->login = NULL;
	if (status->code) {
		watch->endpoint = NULL;
		retry(watch, status->text);
	} else {
		connect_stream(watch);
	}
}

static void connect_stream(void *ctx)
{
	Etcd__WatchCreateRequest create = ETCD__WATCH_CREATE_REQUEST__INIT;
	Etcd__WatchRequest request = ETCD__WATCH_REQUEST__INIT;
	struct etcd_watch *watch = ctx;
	struct etcd *etcd = watch->etcd;

	if (etcd_needs_login(etcd)) {
		watch->login = etcd_login(etcd, logged_in, watch);
		return;
	}

	create.key.data = (uint8_t *)watch->key;
	create.key.len = strlen(watch->key);
	create.range_end.data = (uint8_t *)watch->end;
	create.range_end.len = strlen(watch->end);
	create.start_revision = watch->next_revision;
	request.request_union_case =
		ETCD__WATCH_REQUEST__REQUEST_UNION_CREATE_REQUEST;
	request.create_request = &create;

	watch->endpoint = etcd_endpoint(etcd);
	free(watch->token);
	watch->token = etcd_token(etcd) ? xstrdup(etcd_token(etcd)) : NULL;
	watch->heard = false;
	watch->asked = false;

	struct grpc_params params = {
		.endpoint = watch->endpoint,
		.method = "etcdserverpb.Watch/Watch",
		.tls = etcd_tls(etcd),
		.token = watch->token,
		.stream = true,
		.fresh = true,
		.max_message = ETCD_MAX_MESSAGE,
		.message = stream_message,
		.done = stream_done,
		.ctx = watch,
	};
	watch->stream = grpc_call_start(etcd_streams(etcd), &params,
					&request.base);
	loop_timer_set(etcd_loop(etcd), &watch->timer, ANSWER_MS, silence,
		       watch);
}

struct etcd_watch *etcd_watch_new(struct etcd *etcd, const char *key,
				  const char *end,
				  const struct etcd_watch_ops *ops, void *ctx)
{
	struct etcd_watch *watch = xcalloc(1, sizeof(*watch));

	watch->etcd = etcd;
	watch->key = xstrdup(key);
	watch->end = xstrdup(end);
	watch->ops = ops;
	watch->ctx = ctx;
	watch->backoff = BACKOFF(RETRY_MIN_MS, RETRY_MAX_MS);
	return watch;
}

void etcd_watch_free(struct etcd_watch *watch)
{
	drop_stream(watch);
	free(watch->trouble);
	free(watch->token);
	free(watch->key);
	free(watch->end);
	free(watch);
}

void etcd_watch_start(struct etcd_watch *watch, int64_t revision,
		      const struct etcd_history *history, unsigned int nodes)
{
	drop_stream(watch);
	watch->next_revision = revision;
	watch->history = *history;
	watch->nodes = nodes;
	loop_timer_set(etcd_loop(watch->etcd), &watch->timer, 0,
		       connect_stream, watch);
}

void etcd_watch_stop(struct etcd_watch *watch)
{
	drop_stream(watch);
}

unsigned long etcd_watch_restarts(const struct etcd_watch *watch)
{
	return watch->restarts;
}
