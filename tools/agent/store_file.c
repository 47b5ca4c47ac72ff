// SPDX-License-Identifier: GPL-2.0
/*
 * The registry in a JSON file. Writers take turns by a lock beside the file
 * and put a whole new file in its place; readers are told by inotify.
 */
#include "store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "util.h"

#define EXPIRY_CHECK_MS	30000
#define SETTLE_MS	10	/* changes that come together are told once */

/* An answer on its way: told from the event loop, as etcd's are. */
struct pending {
	TAILQ_ENTRY(pending) link;
	struct store_file *store;
	struct loop_timer timer;
	registry_fn done;
	void *ctx;
	struct registry_answer answer;
	char error[256];
	char *name, *value;	/* behind the answer's pointers */
};

struct store_file {
	TAILQ_HEAD(, pending) pending;
	struct registry reg;
	struct loop *loop;
	char *path, *lock_path, *base;
	struct loop_fd watch;
	struct loop_timer reread, expiry;
	const struct registry_events *events;
	void *events_ctx;
	bool in_touch;
};

static struct store_file *to_store(struct registry *reg)
{
	return container_of(reg, struct store_file, reg);
}

/* The file's contents with what has expired left out. NULL: see @error. */
static json_t *load(struct store_file *store, char *error, size_t error_len)
{
	json_t *root, *subnets, *entry, *expires;
	time_t now = time(NULL);
	json_error_t why;
	const char *name;
	void *tmp;

	root = json_load_file(store->path, 0, &why);
	if (!root && access(store->path, F_OK)) {
		snprintf(error, error_len,
			 "%s does not exist: create it with {\"config\": {\"Network\": \"10.244.0.0/16\"}}",
			 store->path);
		return NULL;
	}
	if (!root) {
		snprintf(error, error_len,
			 "%s is not valid JSON: %s (line %d, column %d)",
			 store->path, why.text, why.line, why.column);
		return NULL;
	}
	subnets = json_object_get(root, "subnets");
	if (!json_is_object(root) || (subnets && !json_is_object(subnets))) {
		snprintf(error, error_len,
			 "%s must hold an object with \"config\" and \"subnets\" objects",
			 store->path);
		json_decref(root);
		return NULL;
	}
	if (!subnets) {
		subnets = json_object();
		json_object_set_new(root, "subnets", subnets);
	}
	json_object_foreach_safe(subnets, tmp, name, entry) {
		expires = json_object_get(entry, "expires");
		if (json_is_integer(expires) &&
		    json_integer_value(expires) <= now)
			json_object_del(subnets, name);
	}
	return root;
}

static int save(struct store_file *store, json_t *root, char *error,
		size_t error_len)
{
	char *tmp = xasprintf("%s.new", store->path);
	FILE *file = fopen(tmp, "we");

	if (!file)
		goto fail;
	if (json_dumpf(root, file, JSON_INDENT(2)) || fputc('\n', file) == EOF ||
	    fflush(file) || fsync(fileno(file))) {
		fclose(file);
		goto fail;
	}
	if (fclose(file) || rename(tmp, store->path))
		goto fail;
	free(tmp);
	return 0;

fail:
	snprintf(error, error_len, "cannot write %s: %s", tmp, strerror(errno));
	unlink(tmp);
	free(tmp);
	return -1;
}

static int take_lock(struct store_file *store, char *error, size_t error_len)
{
	int fd = open(store->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd >= 0 && !flock(fd, LOCK_EX))
		return fd;
	snprintf(error, error_len, "cannot lock %s: %s", store->lock_path,
		 strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Answers */

static void pending_free(struct pending *p)
{
	loop_timer_cancel(p->store->loop, &p->timer);
	TAILQ_REMOVE(&p->store->pending, p, link);
	free(p->name);
	free(p->value);
	free(p);
}

static void tell_answer(void *ctx)
{
	struct pending *p = ctx;

	p->done(p->ctx, &p->answer);
	pending_free(p);
}

static struct pending *pending_new(struct store_file *store, registry_fn done,
				   void *ctx)
{
	struct pending *p = xcalloc(1, sizeof(*p));

	p->store = store;
	p->done = done;
	p->ctx = ctx;
	p->answer.result = REGISTRY_ERROR;
	p->answer.error = p->error;
	TAILQ_INSERT_TAIL(&store->pending, p, link);
	loop_timer_set(store->loop, &p->timer, 0, tell_answer, p);
	return p;
}

static int64_t entry_version(json_t *entry)
{
	/* One made by hand has no version, and yet exists. */
	int64_t version = json_integer_value(json_object_get(entry, "version"));

	return version > 0 ? version : 1;
}

/* @entry as it is in the file; @value is what its value's text is kept in. */
static void fill_entry(struct registry_entry *out, const char *name,
		       json_t *entry, char **value)
{
	json_t *object = json_object_get(entry, "value");
	char *text = object ? json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY) :
			      NULL;

	*value = text ? text : xstrdup("");
	out->name = name;
	out->value = *value;
	out->value_len = strlen(*value);
	out->version = entry_version(entry);
	out->lease = json_object_get(entry, "expires") ? 1 : 0;
}

static void pending_entry(struct pending *p, const char *name, json_t *entry)
{
	p->name = xstrdup(name);
	fill_entry(&p->answer.entry, p->name, entry, &p->value);
}

/* Operations */

static void get_config(struct registry *reg, registry_fn done, void *ctx)
{
	struct pending *p = pending_new(to_store(reg), done, ctx);
	json_t *root, *config;

	root = load(p->store, p->error, sizeof(p->error));
	if (!root)
		return;
	config = json_object_get(root, "config");
	if (config) {
		p->value = json_dumps(config, JSON_COMPACT | JSON_ENCODE_ANY);
		p->answer.result = REGISTRY_OK;
		p->answer.config = p->value;
		p->answer.config_len = strlen(p->value);
	} else {
		p->answer.result = REGISTRY_NOT_FOUND;
	}
	json_decref(root);
}

static void put_entry(json_t *root, const char *name, const char *value,
		      uint64_t ttl)
{
	json_int_t version =
		json_integer_value(json_object_get(root, "version")) + 1;
	json_t *entry = json_object();

	if (version < 2)	/* 1 is what entries made by hand have */
		version = 2;
	json_object_set_new(root, "version", json_integer(version));
	json_object_set_new(entry, "value",
			    json_loads(value, JSON_DECODE_ANY, NULL));
	json_object_set_new(entry, "version", json_integer(version));
	if (ttl)
		json_object_set_new(entry, "expires",
				    json_integer(time(NULL) + ttl));
	json_object_set_new(json_object_get(root, "subnets"), name, entry);
}

/*
 * What claim, renew and release have in common: under the lock, if the entry
 * has @version, put @value in its place or delete it.
 */
static void change(struct pending *p, const char *name, const char *value,
		   int64_t version, uint64_t ttl)
{
	struct store_file *store = p->store;
	json_t *root = NULL, *subnets, *entry;
	int fd;

	fd = take_lock(store, p->error, sizeof(p->error));
	if (fd < 0)
		return;
	root = load(store, p->error, sizeof(p->error));
	if (!root)
		goto out;

	subnets = json_object_get(root, "subnets");
	entry = json_object_get(subnets, name);
	if ((entry ? entry_version(entry) : 0) != version) {
		p->answer.result = entry ? REGISTRY_CONFLICT :
					   REGISTRY_NOT_FOUND;
		if (entry)
			pending_entry(p, name, entry);
		goto out;
	}

	if (value)
		put_entry(root, name, value, ttl);
	else
		json_object_del(subnets, name);
	if (save(store, root, p->error, sizeof(p->error)))
		goto out;

	p->answer.result = REGISTRY_OK;
	p->answer.ttl = ttl;
	if (value)
		pending_entry(p, name, json_object_get(subnets, name));
out:
	json_decref(root);
	close(fd);
}

static void claim(struct registry *reg, const char *name, const char *value,
		  int64_t version, int64_t lease, uint64_t ttl,
		  registry_fn done, void *ctx)
{
	(void)lease;
	change(pending_new(to_store(reg), done, ctx), name, value, version,
	       ttl);
}

static void release(struct registry *reg, const char *name, int64_t version,
		    registry_fn done, void *ctx)
{
	change(pending_new(to_store(reg), done, ctx), name, NULL, version, 0);
}

static void renew(struct registry *reg, const char *name, int64_t lease,
		  registry_fn done, void *ctx)
{
	struct pending *p = pending_new(to_store(reg), done, ctx);
	struct store_file *store = p->store;
	json_t *root = NULL, *entry;
	const uint64_t ttl = 86400;
	int fd;

	(void)lease;
	fd = take_lock(store, p->error, sizeof(p->error));
	if (fd < 0)
		return;
	root = load(store, p->error, sizeof(p->error));
	if (!root)
		goto out;
	entry = json_object_get(json_object_get(root, "subnets"), name);
	if (!entry) {
		p->answer.result = REGISTRY_NOT_FOUND;
		goto out;
	}
	json_object_set_new(entry, "expires", json_integer(time(NULL) + ttl));
	if (save(store, root, p->error, sizeof(p->error)))
		goto out;
	p->answer.result = REGISTRY_OK;
	p->answer.ttl = ttl;
out:
	json_decref(root);
	close(fd);
}

/* Follow */

static void tell_state(struct store_file *store, const char *why)
{
	if (store->in_touch == !why)
		return;
	store->in_touch = !why;
	store->events->state(store->events_ctx, why);
}

/* Every change is told as a snapshot: the reader knows what is new in it. */
static void tell_all(void *ctx)
{
	struct store_file *store = ctx;
	struct registry_entry entry;
	json_t *root, *value;
	const char *name;
	char error[256], *text;

	loop_timer_set(store->loop, &store->expiry, EXPIRY_CHECK_MS, tell_all,
		       store);
	root = load(store, error, sizeof(error));
	if (!root) {
		tell_state(store, error);
		return;
	}
	store->events->snapshot_begin(store->events_ctx);
	json_object_foreach(json_object_get(root, "subnets"), name, value) {
		fill_entry(&entry, name, value, &text);
		store->events->put(store->events_ctx, &entry);
		free(text);
	}
	store->events->snapshot_end(store->events_ctx);
	tell_state(store, NULL);
	json_decref(root);
}

static void directory_changed(void *ctx, uint32_t events)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct store_file *store = ctx;
	const struct inotify_event *ev;
	ssize_t len, pos;

	(void)events;
	while ((len = read(store->watch.fd, buf, sizeof(buf))) > 0) {
		for (pos = 0; pos < len; pos += sizeof(*ev) + ev->len) {
			ev = (const struct inotify_event *)(buf + pos);
			if (store->events &&
			    ((ev->mask & IN_Q_OVERFLOW) ||
			     (ev->len && !strcmp(ev->name, store->base))))
				loop_timer_set(store->loop, &store->reread,
					       SETTLE_MS, tell_all, store);
		}
	}
}

static void follow(struct registry *reg, const struct registry_events *events,
		   void *ctx)
{
	struct store_file *store = to_store(reg);

	store->events = events;
	store->events_ctx = ctx;
	store->in_touch = true;
	loop_timer_set(store->loop, &store->reread, 0, tell_all, store);
}

static void metrics(struct registry *reg, void *ctx,
		    void (*add)(void *ctx, const char *fmt, ...))
{
	(void)reg;
	(void)ctx;
	(void)add;
}

static void store_free(struct registry *reg)
{
	struct store_file *store = to_store(reg);

	while (!TAILQ_EMPTY(&store->pending))
		pending_free(TAILQ_FIRST(&store->pending));
	loop_timer_cancel(store->loop, &store->reread);
	loop_timer_cancel(store->loop, &store->expiry);
	loop_fd_del(store->loop, &store->watch);
	if (store->watch.fd > 0)
		close(store->watch.fd);
	free(store->path);
	free(store->lock_path);
	free(store->base);
	free(store);
}

static const struct registry_ops store_file_ops = {
	.free = store_free,
	.get_config = get_config,
	.claim = claim,
	.renew = renew,
	.release = release,
	.follow = follow,
	.metrics = metrics,
};

struct registry *store_file_new(struct loop *loop, const char *path,
				char *error, size_t error_len)
{
	struct store_file *store = xcalloc(1, sizeof(*store));
	char *copy = xstrdup(path), *dir;
	int fd;

	store->reg.ops = &store_file_ops;
	store->loop = loop;
	store->path = xstrdup(path);
	store->lock_path = xasprintf("%s.lock", path);
	store->base = xstrdup(basename(copy));
	TAILQ_INIT(&store->pending);

	strcpy(copy, path);
	dir = dirname(copy);
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0 ||
	    inotify_add_watch(fd, dir, IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
		snprintf(error, error_len, "cannot watch the directory %s: %s",
			 dir, strerror(errno));
		if (fd >= 0)
			close(fd);
		free(copy);
		store_free(&store->reg);
		return NULL;
	}
	free(copy);
	loop_fd_add(loop, &store->watch, fd, EPOLLIN, directory_changed, store);
	return &store->reg;
}
