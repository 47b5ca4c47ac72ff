/* SPDX-License-Identifier: GPL-2.0 */
/* JSON as it arrives from the API server, split into objects of limited size. */
#ifndef AGENT_KUBE_STREAM_H
#define AGENT_KUBE_STREAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A Node is refused beyond this; the API server's own limit is 1.5 MiB. */
#define KUBE_OBJECT_MAX	(1U << 20)

enum kube_stream_kind {
	KUBE_STREAM_LIST,	/* one object, whose "items" are the objects */
	KUBE_STREAM_WATCH,	/* consecutive objects */
};

struct kube_stream_ops {
	/* The next object. Return false to stop. */
	bool (*object)(void *ctx, const char *json, size_t len);
	/* An object is too large and was skipped; @head is its beginning. */
	void (*too_large)(void *ctx, const char *head, size_t len);
};

struct kube_stream;

struct kube_stream *kube_stream_new(enum kube_stream_kind kind,
				    const struct kube_stream_ops *ops, void *ctx);
void kube_stream_free(struct kube_stream *stream);

/*
 * kube_stream_feed - process received data
 *
 * Return: false if the data is invalid, or object() returned false.
 */
bool kube_stream_feed(struct kube_stream *stream, const char *data, size_t len);

/*
 * kube_stream_finish - get the parts of a list around its items
 *
 * Return: the list without its items, or NULL: it is incomplete or not JSON.
 */
json_t *kube_stream_finish(struct kube_stream *stream);

#endif
