// SPDX-License-Identifier: GPL-2.0
/* Lists and watches of the Kubernetes API, cut into objects wherever they are torn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/util.h"
#include "kube/stream.h"

struct seen {
	struct text objects;	/* one behind the other, with "|" */
	unsigned int count, large;
	unsigned int stop_at;	/* 0: never */
	char head[20];
};

static bool object(void *ctx, const char *json, size_t len)
{
	struct seen *seen = ctx;

	text_add(&seen->objects, "%.*s|", (int)len, json);
	seen->count++;
	return seen->count != seen->stop_at;
}

static void too_large(void *ctx, const char *head, size_t len)
{
	struct seen *seen = ctx;

	seen->large++;
	snprintf(seen->head, sizeof(seen->head), "%.*s", (int)len, head);
}

static const struct kube_stream_ops ops = {
	.object = object,
	.too_large = too_large,
};

#define LIST "{\"kind\":\"NodeList\",\"metadata\":{\"resourceVersion\":\"7\"," \
	"\"continue\":\"a\\\"]\",\"x\":[1,{\"items\":[{}]}]}," \
	"\"items\":[{\"a\":\"}]\\\\\\\"\"} , {\"items\":[{\"b\":{}}]},\n{}]," \
	"\"more\":\"items\"}\n"

/* In pieces of every size the same comes out. */
static void test_list(void **state)
{
	size_t len = strlen(LIST), piece, i, n;
	struct kube_stream *stream;
	struct seen seen;
	json_t *around, *meta;
	char *copy;

	for (piece = 1; piece <= len; piece++) {
		seen = (struct seen){ 0 };
		stream = kube_stream_new(KUBE_STREAM_LIST, &ops, &seen);
		for (i = 0; i < len; i += n) {
			n = len - i < piece ? len - i : piece;
			copy = xmemdup(LIST + i, n);	/* no byte behind it */
			assert_true(kube_stream_feed(stream, copy, n));
			free(copy);
			assert_true(i + n >= len - 1 || !kube_stream_finish(stream));
		}
		assert_string_equal(seen.objects.data,
				    "{\"a\":\"}]\\\\\\\"\"}|{\"items\":[{\"b\":{}}]}|{}|");
		around = kube_stream_finish(stream);
		assert_non_null(around);
		meta = json_object_get(around, "metadata");
		assert_string_equal("7", json_string_value(json_object_get(meta, "resourceVersion")));
		assert_string_equal("a\"]", json_string_value(json_object_get(meta, "continue")));
		assert_int_equal(json_array_size(json_object_get(around, "items")), 0);
		json_decref(around);
		kube_stream_free(stream);
		text_free(&seen.objects);
	}
}

static void test_empty_lists(void **state)
{
	static const char *const lists[] = {
		"{\"items\":[]}", "{\"items\":null}", "{}", "{\"items\":[[],3]}",
	};
	struct kube_stream *stream;
	struct seen seen = { 0 };
	json_t *around;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		stream = kube_stream_new(KUBE_STREAM_LIST, &ops, &seen);
		assert_true(kube_stream_feed(stream, lists[i], strlen(lists[i])));
		around = kube_stream_finish(stream);
		assert_non_null(around);
		json_decref(around);
		kube_stream_free(stream);
	}
	assert_int_equal(seen.count, 0);
}

static void test_watch(void **state)
{
	static const char text[] = "{\"type\":\"ADDED\"}\n{\"b\":[{}]}\r\n\t{}\n";
	struct kube_stream *stream;
	struct seen seen = { 0 };
	size_t i;

	stream = kube_stream_new(KUBE_STREAM_WATCH, &ops, &seen);
	for (i = 0; i < strlen(text); i++)
		assert_true(kube_stream_feed(stream, text + i, 1));
	assert_string_equal(seen.objects.data,
			    "{\"type\":\"ADDED\"}|{\"b\":[{}]}|{}|");
	kube_stream_free(stream);
	text_free(&seen.objects);

	seen = (struct seen){ .stop_at = 2 };
	stream = kube_stream_new(KUBE_STREAM_WATCH, &ops, &seen);
	assert_false(kube_stream_feed(stream, text, strlen(text)));
	assert_int_equal(seen.count, 2);
	kube_stream_free(stream);
	text_free(&seen.objects);
}

static void test_nonsense(void **state)
{
	static const char *const texts[] = {
		"<html>", "[{}]", "}", "{}}", "null", "\"{}\"", "{}x",
	};
	struct kube_stream *stream;
	struct seen seen;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		seen = (struct seen){ 0 };
		stream = kube_stream_new(KUBE_STREAM_WATCH, &ops, &seen);
		assert_false(kube_stream_feed(stream, texts[i], strlen(texts[i])));
		/* It does not become good by going on. */
		assert_false(kube_stream_feed(stream, "{}", 2));
		assert_null(kube_stream_finish(stream));
		kube_stream_free(stream);
		text_free(&seen.objects);
	}
}

static void test_depth(void **state)
{
	struct kube_stream *stream;
	struct seen seen = { 0 };
	char deep[1000];

	memset(deep, '[', sizeof(deep));
	stream = kube_stream_new(KUBE_STREAM_WATCH, &ops, &seen);
	assert_true(kube_stream_feed(stream, "{\"a\":", 5));
	assert_false(kube_stream_feed(stream, deep, sizeof(deep)));
	kube_stream_free(stream);
}

/* What is too large is left out, and what follows is not. */
static void test_large(void **state)
{
	struct kube_stream *stream;
	struct seen seen = { 0 };
	char part[4096];
	size_t i;

	memset(part, 'x', sizeof(part));
	stream = kube_stream_new(KUBE_STREAM_LIST, &ops, &seen);
	assert_true(kube_stream_feed(stream, "{\"items\":[{\"n\":\"", 16));
	for (i = 0; i < 40000000 / sizeof(part); i++)
		assert_true(kube_stream_feed(stream, part, sizeof(part)));
	assert_true(kube_stream_feed(stream, "\"},{}]}", 7));
	assert_int_equal(seen.large, 1);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.head, "{\"n\":\"xxxxxxxxxxxxx");
	json_decref(kube_stream_finish(stream));
	kube_stream_free(stream);
	text_free(&seen.objects);

	/* Around the items nothing is that long. */
	stream = kube_stream_new(KUBE_STREAM_LIST, &ops, &seen);
	assert_true(kube_stream_feed(stream, "{\"kind\":\"", 9));
	for (i = 0; i < 100; i++)
		if (!kube_stream_feed(stream, part, sizeof(part)))
			break;
	assert_true(i < 100);
	kube_stream_free(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_empty_lists),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
