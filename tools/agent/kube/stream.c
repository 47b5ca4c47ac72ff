// SPDX-License-Identifier: GPL-2.0
/*
 * JSON as it arrives from the API server. A list of 5,000 Nodes is a hundred
 * megabytes, and only one Node at a time is in memory: this code parses brackets
 * and strings only to find the end of an object.
 */
#include "kube/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define AROUND_MAX	(64U << 10)	/* of a list, without its items */
#define DEPTH_MAX	200
#define WORD_MAX	8

struct buffer {
	char *data;
	size_t len, size;
	bool over;		/* it exceeded its limit */
};

struct kube_stream {
	enum kube_stream_kind kind;
	const struct kube_stream_ops *ops;
	void *ctx;

	unsigned int depth;
	bool in_string, escaped;
	bool in_object;		/* inside of an object */
	bool in_items;
	bool wrong;
	bool ended;		/* the list is complete */

	/* The last string at the top level of a list, if it is short. */
	char word[WORD_MAX];
	size_t word_len;

	struct buffer object, around;
};

struct kube_stream *kube_stream_new(enum kube_stream_kind kind,
				    const struct kube_stream_ops *ops, void *ctx)
{
	struct kube_stream *stream = xcalloc(1, sizeof(*stream));

	stream->kind = kind;
	stream->ops = ops;
	stream->ctx = ctx;
	return stream;
}

void kube_stream_free(struct kube_stream *stream)
{
	if (!stream)
		return;
	free(stream->object.data);
	free(stream->around.data);
	free(stream);
}

static void keep(struct buffer *buffer, const char *data, size_t len, size_t max)
{
	if (!len)
		return;
	if (buffer->over || buffer->len + len > max) {
		buffer->over = true;
		return;
	}
	if (buffer->len + len > buffer->size) {
		buffer->size = 2 * (buffer->len + len);
		if (buffer->size > max)
			buffer->size = max;
		buffer->data = xrealloc(buffer->data, buffer->size, 1);
	}
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
}

/* The depth at which objects begin. */
static unsigned int base(const struct kube_stream *stream)
{
	return stream->kind == KUBE_STREAM_LIST ? 2 : 0;
}

static bool object_ends(struct kube_stream *stream)
{
	struct buffer *object = &stream->object;
	bool go_on = true;

	stream->in_object = false;
	if (object->over)
		stream->ops->too_large(stream->ctx, object->data, object->len);
	else
		go_on = stream->ops->object(stream->ctx, object->data,
					    object->len);
	object->len = 0;
	object->over = false;
	return go_on;
}

static void note_word(struct kube_stream *stream, char c)
{
	if (stream->in_object || stream->depth != 1)
		return;
	if (stream->word_len < WORD_MAX)
		stream->word[stream->word_len] = c;
	stream->word_len++;
}

static bool is_items(const struct kube_stream *stream)
{
	return stream->word_len == 5 && !memcmp(stream->word, "items", 5);
}

static void opens(struct kube_stream *stream, char c)
{
	bool list = stream->kind == KUBE_STREAM_LIST;

	if (!stream->in_object && c == '{' && stream->depth == base(stream) &&
	    (!list || stream->in_items))
		stream->in_object = true;
	else if (list && !stream->in_object && c == '[' && stream->depth == 1 &&
		 is_items(stream))
		stream->in_items = true;
	else if (!stream->depth && c != '{')
		stream->wrong = true;
	if (++stream->depth > DEPTH_MAX)
		stream->wrong = true;
}

/* Whether it is the end of an object. */
static bool closes(struct kube_stream *stream)
{
	if (!stream->depth) {
		stream->wrong = true;
		return false;
	}
	stream->depth--;
	if (stream->in_object)
		return stream->depth == base(stream);
	if (stream->in_items && stream->depth == 1)
		stream->in_items = false;
	if (!stream->depth)
		stream->ended = true;
	return false;
}

/* One character within a string. */
static void in_string(struct kube_stream *stream, char c)
{
	if (stream->escaped) {
		stream->escaped = false;
	} else if (c == '\\') {
		stream->escaped = true;
	} else if (c == '"') {
		stream->in_string = false;
		return;
	}
	note_word(stream, c);
}

/* One character outside of a string. Return: whether it ends an object. */
static bool structure(struct kube_stream *stream, char c)
{
	switch (c) {
	case '"':
		stream->in_string = true;
		if (!stream->in_object && stream->depth == 1)
			stream->word_len = 0;
		break;
	case '{':
	case '[':
		opens(stream, c);
		return false;
	case '}':
	case ']':
		return closes(stream);
	}
	/* Only white space is allowed between objects. */
	if (!stream->depth && c != ' ' && c != '\n' && c != '\r' && c != '\t')
		stream->wrong = true;
	return false;
}

bool kube_stream_feed(struct kube_stream *stream, const char *data, size_t len)
{
	size_t from = 0, i;
	bool was, end;

	for (i = 0; i < len && !stream->wrong; i++) {
		was = stream->in_object;
		end = false;
		if (stream->in_string)
			in_string(stream, data[i]);
		else
			end = structure(stream, data[i]);
		if (!was && stream->in_object) {
			keep(&stream->around, data + from, i - from, AROUND_MAX);
			from = i;
		}
		if (!end)
			continue;
		keep(&stream->object, data + from, i + 1 - from, KUBE_OBJECT_MAX);
		from = i + 1;
		if (!object_ends(stream))
			return false;
	}
	if (stream->in_object)
		keep(&stream->object, data + from, len - from, KUBE_OBJECT_MAX);
	else if (stream->kind == KUBE_STREAM_LIST)
		keep(&stream->around, data + from, len - from, AROUND_MAX);
	if (stream->around.over)
		stream->wrong = true;
	/* An endless stream keeps nothing between its objects. */
	if (stream->kind == KUBE_STREAM_WATCH)
		stream->around.len = 0;
	return !stream->wrong;
}

/*
 * Skip the commas between the items, and anything else between them. No list of
 * the API has another array at that level.
 */
static size_t drop_items(char *text, size_t len)
{
	bool quoted = false, escaped = false, items = false;
	unsigned int depth = 0;
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		char c = text[i];

		if (quoted) {
			quoted = escaped || c != '"';
			escaped = !escaped && c == '\\';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			items |= c == '[' && depth == 1;
			if (++depth == 2 && items) {
				text[n++] = c;
				continue;
			}
		} else if (c == ']' || c == '}') {
			if (depth)
				depth--;
			if (items && depth == 1)
				items = false;
		}
		if (!items)
			text[n++] = c;
	}
	return n;
}

json_t *kube_stream_finish(struct kube_stream *stream)
{
	struct buffer *around = &stream->around;

	if (stream->wrong || !stream->ended || stream->depth)
		return NULL;
	around->len = drop_items(around->data, around->len);
	return json_loadb(around->data, around->len, 0, NULL);
}
