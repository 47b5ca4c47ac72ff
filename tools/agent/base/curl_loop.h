/* SPDX-License-Identifier: GPL-2.0 */
/* A libcurl multi handle that runs in the event loop. */
#ifndef AGENT_CURL_LOOP_H
#define AGENT_CURL_LOOP_H

#include <curl/curl.h>

#include "base/loop.h"

struct curl_loop;

/* What an easy handle's CURLOPT_PRIVATE must point to. */
struct curl_transfer {
	/* Called once, when the transfer is over and out of the multi handle. */
	void (*done)(struct curl_transfer *transfer, CURLcode result);
};

/**
 * curl_loop_easy - create a transfer that never blocks the loop
 *
 * Every transfer of the agent starts with this. A host name is resolved in a thread
 * of libcurl; if the transfer ends before the resolver has answered, the thread is
 * abandoned.
 *
 * Return: a handle without any request yet. Out of memory ends the agent.
 */
CURL *curl_loop_easy(void);

/**
 * struct curl_patience - how a peer that is gone without a word is noticed
 * @idle: seconds of silence before the kernel asks for a sign of life
 * @each: seconds between such questions
 * @dead_ms: milliseconds without an acknowledgment that end the connection
 */
struct curl_patience {
	int idle;
	int each;
	unsigned int dead_ms;
};

/* Has the kernel watch a transfer's connections; @patience outlives the transfer. */
void curl_loop_watch(CURL *easy, const struct curl_patience *patience);

struct curl_loop *curl_loop_new(struct loop *loop);
void curl_loop_free(struct curl_loop *cl);

/* Return: 0, or -1 if libcurl refuses; then @transfer->done is not called. */
int curl_loop_start(struct curl_loop *cl, CURL *easy,
		    struct curl_transfer *transfer);

/*
 * End a transfer without calling done(). Must not be called from one of its own
 * callbacks.
 */
void curl_loop_stop(struct curl_loop *cl, CURL *easy);

#endif
