/* SPDX-License-Identifier: GPL-2.0 */
/* JSON as it arrives from the API server, cut into objects of bounded size. */
#ifndef AGENT_KUBE_STREAM_H
#define AGENT_KUBE_STREAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A Node is refused beyond this; the API server's own limit is 1.5 MiB. */
#define KUBE_OBJECT_MAX	(1U << 20)

enum kube_stream_kind {
	KUBE_STREAM_LIST,	/* one object, whose "items" are the objects */
	KUBE_STREAM_WATCH,	/* objects one behind the other */
};

struct kube_stream_ops {
	/* The next object. False: no more of them are wanted. */
	bool (*object)(void *ctx, const char *json, size_t len);
	/* One is too large and left out; @head is how it begins. */
	void (*too_large)(void *ctx, const char *head, size_t len);
};

struct kube_stream;

struct kube_stream *kube_stream_new(enum kube_stream_kind kind,
				    const struct kube_stream_ops *ops, void *ctx);
void kube_stream_free(struct kube_stream *stream);

/*
 * kube_stream_feed - hand in what has arrived
 *
 * Return: false if it cannot be what it should be, or object() wants no more.
 */
bool kube_stream_feed(struct kube_stream *stream, const char *data, size_t len);

/*
 * kube_stream_finish - what is around the items of a list
 *
 * Return: the list with no items in it, or NULL: it is cut, or no JSON.
 */
json_t *kube_stream_finish(struct kube_stream *stream);

#endif
