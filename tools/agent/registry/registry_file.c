// SPDX-License-Identifier: GPL-2.0
/*
 * The registry in a JSON file. Writers are serialised by a lock file next to it and
 * replace the file as a whole; inotify notifies readers.
 */
#include "registry/registry_file.h"

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
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/util.h"

#define EXPIRY_CHECK_MS	30000
#define SETTLE_MS	10	/* changes in quick succession are reported once */
#define LOCK_MS		5000	/* how long another process may hold the lock */
#define LOCK_RETRY_MS	40
#define RENEW_SECONDS	86400
#define MAX_SIZE	(16 << 20)

/*
 * A pending operation or answer: handled by the event loop, like those of etcd, and
 * retried while another process holds the lock.
 */
struct pending {
	TAILQ_ENTRY(pending) link;
	struct registry_file *rf;
	struct loop_timer timer;
	registry_fn done;
	void *ctx;
	struct registry_answer answer;
	char error[256];
	char *name, *value;	/* data for the answer's pointers */

	/* The change to make, under the lock. */
	bool (*edit)(struct pending *p, json_t *root);
	char *target, *text;
	int64_t version;
	uint64_t ttl, give_up;
};

struct registry_file {
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

static struct registry_file *to_registry_file(struct registry *reg)
{
	return container_of(reg, struct registry_file, reg);
}

/* Open the file, and return its owner and mode in @st. Never blocks. */
static int open_file(const struct registry_file *rf, struct stat *st,
		     char *error, size_t error_len)
{
	int fd = open(rf->path,
		      O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno == ENOENT)
		snprintf(error, error_len,
			 "%s does not exist: create it with {\"config\": {\"Network\": \"10.244.0.0/16\"}}",
			 rf->path);
	else if (fd < 0 || fstat(fd, st))
		snprintf(error, error_len, "cannot read %s: %s", rf->path,
			 strerror(errno));
	else if (!S_ISREG(st->st_mode) || st->st_size > MAX_SIZE)
		snprintf(error, error_len,
			 "%s must be a regular file of at most %d MiB",
			 rf->path, MAX_SIZE >> 20);
	else
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The file's contents without expired entries. NULL: see @error. */
static json_t *load(struct registry_file *rf, struct stat *st, char *error,
		    size_t error_len)
{
	json_t *root, *subnets, *entry, *expires;
	time_t now = time(NULL);
	json_error_t why;
	const char *name;
	void *tmp;
	int fd;

	fd = open_file(rf, st, error, error_len);
	if (fd < 0)
		return NULL;
	root = json_loadfd(fd, 0, &why);
	close(fd);
	if (!root) {
		snprintf(error, error_len,
			 "%s is not valid JSON: %s (line %d, column %d)",
			 rf->path, why.text, why.line, why.column);
		return NULL;
	}
	subnets = json_object_get(root, "subnets");
	if (!json_is_object(root) || (subnets && !json_is_object(subnets))) {
		snprintf(error, error_len,
			 "%s must hold an object with \"config\" and \"subnets\" objects",
			 rf->path);
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

static int save(struct registry_file *rf, json_t *root, const struct stat *like,
		char *error, size_t error_len)
{
	char *text = json_dumps(root, JSON_INDENT(2)), *lines;
	int err;

	if (!text) {
		snprintf(error, error_len, "cannot make JSON of %s",
			 rf->path);
		return -1;
	}
	lines = xasprintf("%s\n", text);
	err = file_replace(rf->path, lines, strlen(lines), like);
	free(lines);
	free(text);
	if (err)
		snprintf(error, error_len, "cannot write %s: %s", rf->path,
			 strerror(-err));
	return err;
}

/*
 * Take the lock if it is free. Only users who may write the file may hold it.
 * Return: a file descriptor, or a negative errno: -EWOULDBLOCK if it is taken.
 */
static int take_lock(struct registry_file *rf)
{
	struct stat st;
	int fd, err;

	fd = open(rf->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
				    O_NONBLOCK | O_NOCTTY, 0600);
	if (fd < 0)
		return -errno;
	/* Anyone could lock a file created by an earlier version. */
	if (fstat(fd, &st) ||
	    ((st.st_mode & 077) && fchmod(fd, 0600)) ||
	    flock(fd, LOCK_EX | LOCK_NB)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* Answers */

static void pending_free(struct pending *p)
{
	loop_timer_cancel(p->rf->loop, &p->timer);
	TAILQ_REMOVE(&p->rf->pending, p, link);
	free(p->name);
	free(p->value);
	free(p->target);
	free(p->text);
	free(p);
}

static void tell_answer(void *ctx)
{
	struct pending *p = ctx;

	p->done(p->ctx, &p->answer);
	pending_free(p);
}

static struct pending *pending_new(struct registry_file *rf, registry_fn done,
				   void *ctx)
{
	struct pending *p = xcalloc(1, sizeof(*p));

	p->rf = rf;
	p->done = done;
	p->ctx = ctx;
	p->answer.result = REGISTRY_ERROR;
	p->answer.error = p->error;
	TAILQ_INSERT_TAIL(&rf->pending, p, link);
	loop_timer_set(rf->loop, &p->timer, 0, tell_answer, p);
	return p;
}

static int64_t entry_version(json_t *entry)
{
	/* An entry written by hand has no version, but exists. */
	int64_t version = json_integer_value(json_object_get(entry, "version"));

	return version > 0 ? version : 1;
}

/* @entry as stored in the file; @value holds the text of its value. */
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

static void registry_file_get_config(struct registry *reg, registry_fn done,
				     void *ctx)
{
	struct pending *p = pending_new(to_registry_file(reg), done, ctx);
	json_t *root, *config;
	struct stat st;

	root = load(p->rf, &st, p->error, sizeof(p->error));
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

	if (version < 2)	/* 1 is the version of entries written by hand */
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
 * Claim and release: if the entry has the version, replace it with the text or
 * delete it. Return: whether to write the file.
 */
static bool edit_entry(struct pending *p, json_t *root)
{
	json_t *subnets = json_object_get(root, "subnets");
	json_t *entry = json_object_get(subnets, p->target);

	if ((entry ? entry_version(entry) : 0) != p->version) {
		p->answer.result = entry ? REGISTRY_CONFLICT :
					   REGISTRY_NOT_FOUND;
		if (entry)
			pending_entry(p, p->target, entry);
		return false;
	}
	if (p->text) {
		put_entry(root, p->target, p->text, p->ttl);
		pending_entry(p, p->target, json_object_get(subnets, p->target));
	} else {
		json_object_del(subnets, p->target);
	}
	return true;
}

static bool edit_expiry(struct pending *p, json_t *root)
{
	json_t *entry = json_object_get(json_object_get(root, "subnets"),
					p->target);

	if (!entry) {
		p->answer.result = REGISTRY_NOT_FOUND;
		return false;
	}
	json_object_set_new(entry, "expires",
			    json_integer(time(NULL) + p->ttl));
	return true;
}

static void edit_locked(struct pending *p)
{
	struct registry_file *rf = p->rf;
	struct stat st;
	json_t *root;

	root = load(rf, &st, p->error, sizeof(p->error));
	if (!root)
		return;
	if (p->edit(p, root) &&
	    !save(rf, root, &st, p->error, sizeof(p->error))) {
		p->answer.result = REGISTRY_OK;
		p->answer.ttl = p->ttl;
	}
	json_decref(root);
}

static void try_edit(void *ctx)
{
	struct pending *p = ctx;
	struct registry_file *rf = p->rf;
	int fd = take_lock(rf);

	if (fd == -EWOULDBLOCK && loop_now() < p->give_up) {
		loop_timer_set(rf->loop, &p->timer,
			       LOCK_RETRY_MS / 2 + random_below(LOCK_RETRY_MS),
			       try_edit, p);
		return;
	}
	if (fd == -EWOULDBLOCK) {
		snprintf(p->error, sizeof(p->error),
			 "another process has held the lock %s for more than %d s",
			 rf->lock_path, LOCK_MS / 1000);
	} else if (fd < 0) {
		snprintf(p->error, sizeof(p->error), "cannot lock %s: %s",
			 rf->lock_path, strerror(-fd));
	} else {
		edit_locked(p);
		close(fd);
	}
	tell_answer(p);
}

static struct pending *edit_new(struct registry *reg, const char *name,
				bool (*edit)(struct pending *p, json_t *root),
				registry_fn done, void *ctx)
{
	struct pending *p = pending_new(to_registry_file(reg), done, ctx);

	p->edit = edit;
	p->target = xstrdup(name);
	p->give_up = loop_now() + LOCK_MS;
	loop_timer_set(p->rf->loop, &p->timer, 0, try_edit, p);
	return p;
}

static void registry_file_claim(struct registry *reg, const char *name,
				const char *value, int64_t version,
				int64_t lease, uint64_t ttl, registry_fn done,
				void *ctx)
{
	struct pending *p = edit_new(reg, name, edit_entry, done, ctx);

	p->text = xstrdup(value);
	p->version = version;
	p->ttl = ttl;
}

static void registry_file_release(struct registry *reg, const char *name,
				  int64_t version, registry_fn done, void *ctx)
{
	edit_new(reg, name, edit_entry, done, ctx)->version = version;
}

static void registry_file_renew(struct registry *reg, const char *name,
				int64_t lease, registry_fn done, void *ctx)
{
	edit_new(reg, name, edit_expiry, done, ctx)->ttl = RENEW_SECONDS;
}

/* Follow */

static void tell_state(struct registry_file *rf, const char *why)
{
	if (rf->in_touch == !why)
		return;
	rf->in_touch = !why;
	rf->events->state(rf->events_ctx, why);
}

/* Every change is reported as a snapshot: the reader determines what is new. */
static void tell_all(void *ctx)
{
	struct registry_file *rf = ctx;
	struct registry_entry entry;
	json_t *root, *value;
	const char *name;
	char error[256], *text;
	struct stat st;

	loop_timer_set(rf->loop, &rf->expiry, EXPIRY_CHECK_MS, tell_all,
		       rf);
	root = load(rf, &st, error, sizeof(error));
	if (!root) {
		tell_state(rf, error);
		return;
	}
	rf->events->snapshot_begin(rf->events_ctx);
	json_object_foreach(json_object_get(root, "subnets"), name, value) {
		fill_entry(&entry, name, value, &text);
		rf->events->put(rf->events_ctx, &entry);
		free(text);
	}
	rf->events->snapshot_end(rf->events_ctx);
	tell_state(rf, NULL);
	json_decref(root);
}

static void directory_changed(void *ctx, uint32_t events)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct registry_file *rf = ctx;
	const struct inotify_event *ev;
	ssize_t len, pos;

	while ((len = read(rf->watch.fd, buf, sizeof(buf))) > 0) {
		for (pos = 0; pos < len; pos += sizeof(*ev) + ev->len) {
			ev = (const struct inotify_event *)(buf + pos);
			if (rf->events &&
			    ((ev->mask & IN_Q_OVERFLOW) ||
			     (ev->len && !strcmp(ev->name, rf->base))))
				loop_timer_set(rf->loop, &rf->reread,
					       SETTLE_MS, tell_all, rf);
		}
	}
}

static void registry_file_follow(struct registry *reg,
				 const struct registry_events *events,
				 void *ctx)
{
	struct registry_file *rf = to_registry_file(reg);

	rf->events = events;
	rf->events_ctx = ctx;
	rf->in_touch = true;
	loop_timer_set(rf->loop, &rf->reread, 0, tell_all, rf);
}

static void registry_file_metrics(struct registry *reg, void *ctx,
				  void (*add)(void *ctx, const char *fmt, ...))
{
}

static void registry_file_free(struct registry *reg)
{
	struct registry_file *rf = to_registry_file(reg);

	while (!TAILQ_EMPTY(&rf->pending))
		pending_free(TAILQ_FIRST(&rf->pending));
	loop_timer_cancel(rf->loop, &rf->reread);
	loop_timer_cancel(rf->loop, &rf->expiry);
	loop_fd_del(rf->loop, &rf->watch);
	if (rf->watch.fd > 0)
		close(rf->watch.fd);
	free(rf->path);
	free(rf->lock_path);
	free(rf->base);
	free(rf);
}

static const struct registry_ops registry_file_ops = {
	.free = registry_file_free,
	.get_config = registry_file_get_config,
	.claim = registry_file_claim,
	.renew = registry_file_renew,
	.release = registry_file_release,
	.follow = registry_file_follow,
	.metrics = registry_file_metrics,
};

struct registry *registry_file_new(struct loop *loop, const char *path,
				   char *error, size_t error_len)
{
	struct registry_file *rf = xcalloc(1, sizeof(*rf));
	char *copy = xstrdup(path), *dir;
	int fd;

	rf->reg.ops = &registry_file_ops;
	rf->loop = loop;
	rf->path = xstrdup(path);
	rf->lock_path = xasprintf("%s.lock", path);
	rf->base = xstrdup(basename(copy));
	TAILQ_INIT(&rf->pending);

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
		registry_file_free(&rf->reg);
		return NULL;
	}
	free(copy);
	loop_fd_add(loop, &rf->watch, fd, EPOLLIN, directory_changed, rf);
	return &rf->reg;
}
