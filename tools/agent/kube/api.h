/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to a Kubernetes API server. */
#ifndef AGENT_KUBE_API_H
#define AGENT_KUBE_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "kube/access.h"

enum kube_verb {
	KUBE_GET,
	KUBE_LIST,
	KUBE_WATCH,
	KUBE_PATCH,
	KUBE_VERBS
};

struct kube_reply {
	long code;		/* of HTTP; 0: no answer, or a partial one */
	const char *error;	/* who, what and why; NULL on success */
	bool refused;		/* an early retry would fail, too */
	unsigned int wait_ms;	/* pause that the server asks for; 0: none */
	const char *body;	/* on success, if data() is not used */
	size_t len;
};

struct kube_request_params {
	enum kube_verb verb;
	const char *path;		/* with its query */
	const char *body;		/* of a patch; NULL: none */
	unsigned int timeout_ms;	/* for all of it; 0: unlimited while data flows */
	bool fresh;			/* over a separate connection */
	/*
	 * Parts of the body as they arrive, if the request was not refused; NULL:
	 * done() gets the whole body. False ends the request with an error.
	 */
	bool (*data)(void *ctx, const char *data, size_t len);
	void (*begins)(void *ctx);	/* the answer; may be NULL */
	/* The end. Not called after a cancellation. */
	void (*done)(void *ctx, const struct kube_reply *reply);
	void *ctx;
};

struct kube_api;
struct kube_request;

/*
 * kube_api_new - create a client; it connects at the first request
 * @access: taken over, and cleared by the client
 */
struct kube_api *kube_api_new(struct loop *loop, struct kube_access *access);

/* Pending requests end without an answer. */
void kube_api_free(struct kube_api *api);

/* @params and its pointers are copied, or not needed after this call. */
struct kube_request *kube_request_start(struct kube_api *api,
					const struct kube_request_params *params);

/* Also allowed from the request's own callbacks. */
void kube_request_cancel(struct kube_request *request);

struct loop *kube_api_loop(const struct kube_api *api);

/* Milliseconds since the server's last answer; -1: none so far. */
int64_t kube_api_silence(const struct kube_api *api);

/* Counters of requests by their result; iterate from @i = 0. */
bool kube_api_count(const struct kube_api *api, size_t i, const char **verb,
		    long *code, unsigned long *count);

#endif
