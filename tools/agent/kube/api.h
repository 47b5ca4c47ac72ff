/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to an API server of Kubernetes. */
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
	long code;		/* of HTTP; 0: there was no answer, or half of one */
	const char *error;	/* who, what and why; NULL if it was done */
	bool refused;		/* it will not be done soon either */
	unsigned int wait_ms;	/* the server wants to be left alone; 0: no word */
	const char *body;	/* if it was done and nobody took it by parts */
	size_t len;
};

struct kube_request_params {
	enum kube_verb verb;
	const char *path;		/* with its query */
	const char *body;		/* of a patch; NULL: none */
	unsigned int timeout_ms;	/* for all of it; 0: as long as it flows */
	bool fresh;			/* over a connection of its own */
	/*
	 * The body by parts as it comes, if it was not refused; NULL: it is put
	 * together for done(). False: no more of it is wanted, which is an error.
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
 * kube_api_new - a client; nothing is connected before the first request
 * @access: taken over, and cleared in the end
 */
struct kube_api *kube_api_new(struct loop *loop, struct kube_access *access);

/* Requests that are under way end without their answer. */
void kube_api_free(struct kube_api *api);

/* @params and what it names are copied, or not needed after this. */
struct kube_request *kube_request_start(struct kube_api *api,
					const struct kube_request_params *params);

/* From one of its own callbacks, too. */
void kube_request_cancel(struct kube_request *request);

struct loop *kube_api_loop(const struct kube_api *api);

/* Milliseconds since the server last answered anything; -1: it never has. */
int64_t kube_api_silence(const struct kube_api *api);

/* Requests that have ended so, one after the other from @i = 0 on. */
bool kube_api_count(const struct kube_api *api, size_t i, const char **verb,
		    long *code, unsigned long *count);

#endif
