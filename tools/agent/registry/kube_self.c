// SPDX-License-Identifier: GPL-2.0
/*
 * This node's own Node. Annotations and the condition NetworkUnavailable are patched
 * only if they differ from the wanted ones. A user who edits them, a cloud controller
 * that resets the condition, and a Node that was deleted and registered again are all
 * the same case: they differ. There is one patch at a time.
 */
#include "registry/kube_self.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/util.h"
#include "kube/patch.h"

#define REQUEST_MS	10000
#define LOOK_MS		1000	/* whether the node is set up */
#define RETRY_MIN_MS	500
#define RETRY_MAX_MS	30000
#define REPAIR_MIN_MS	100
#define REPAIR_MAX_MS	60000
#define QUIET_MS	10000	/* then the next repair counts as the first */

enum job { NOTHING, ANNOTATIONS, CONDITION, TAKE_BACK };

struct kube_self {
	struct kube_self_env env;
	struct loop *loop;
	char *path;		/* of its status */
	struct kube_node node;
	bool there;

	char *claimed;
	char *key;		/* of the entry */
	bool released;		/* remove all of ours */
	registry_fn done;	/* callback of a pending claim or release; or NULL */
	void *done_ctx;
	bool sent;		/* the patch for @done was sent */

	struct kube_request *request;
	enum job job;
	struct loop_timer timer;
	struct backoff error_pause, repair_pause;
	uint64_t not_before_ms;
	struct log_trouble trouble, edited, condition_edited;
	bool said;		/* the Node has had the wanted data before */
	bool condition_said;
	unsigned long repairs;
};

static void tend(void *ctx);

struct kube_self *kube_self_new(const struct kube_self_env *env)
{
	struct kube_self *self = xcalloc(1, sizeof(*self));

	self->env = *env;
	self->loop = kube_api_loop(env->api);
	self->path = xasprintf("/api/v1/nodes/%s/status", env->name);
	self->error_pause = BACKOFF(RETRY_MIN_MS, RETRY_MAX_MS);
	self->repair_pause = BACKOFF(REPAIR_MIN_MS, REPAIR_MAX_MS);
	return self;
}

void kube_self_free(struct kube_self *self)
{
	if (!self)
		return;
	if (self->request)
		kube_request_cancel(self->request);
	loop_timer_cancel(self->loop, &self->timer);
	kube_node_clear(&self->node);
	free(self->path);
	free(self->claimed);
	free(self->key);
	free(self);
}

const struct kube_node *kube_self_node(const struct kube_self *self)
{
	return self->there ? &self->node : NULL;
}

const char *kube_self_claimed(const struct kube_self *self)
{
	return self->claimed;
}

unsigned long kube_self_repairs(const struct kube_self *self)
{
	return self->repairs;
}

/* Answers */

static void answer(struct kube_self *self, const struct registry_answer *reply)
{
	registry_fn done = self->done;

	self->done = NULL;
	if (done)
		done(self->done_ctx, reply);
}

static void answer_ok(struct kube_self *self)
{
	struct registry_answer reply = { .result = REGISTRY_OK };

	if (!self->done)
		return;
	reply.entry.name = self->key;
	reply.entry.value = self->claimed ? self->claimed : "";
	reply.entry.value_len = strlen(reply.entry.value);
	reply.entry.version = atoll(self->node.version);
	reply.entry.lease = 1;
	answer(self, &reply);
}

static void tend_after(struct kube_self *self, uint64_t ms)
{
	loop_timer_set(self->loop, &self->timer, ms, tend, self);
}

/* What to write */

static char *annotations_body(const struct kube_self *self)
{
	char *wanted[KUBE_WRITTEN] = { NULL }, *body;

	if (!self->released)
		kube_node_want(wanted, self->claimed, &self->node);
	body = kube_patch_annotations(&self->node, self->env.prefix, wanted);
	kube_texts_clear(wanted, KUBE_WRITTEN);
	return body;
}

static bool wants_condition(const struct kube_self *self)
{
	const struct kube_condition *is = &self->node.unavailable;

	return self->claimed && self->env.set_up && *self->env.set_up &&
	       !(is->there && is->is_false);
}

/* Data that this agent wrote has been changed. */
static void tell_edit(struct kube_self *self, enum job job)
{
	if (job == ANNOTATIONS && self->said) {
		if (log_due(&self->edited, "edited"))
			log_notice("somebody changed annotations of this node's Node %s: restoring them",
				   self->env.name);
	} else if (job == CONDITION && self->condition_said) {
		if (log_due(&self->condition_edited, "edited"))
			log_notice("somebody set the condition NetworkUnavailable of this node's Node %s: restoring it",
				   self->env.name);
	} else {
		return;
	}
	self->repairs++;
}

static void patch_done(void *ctx, const struct kube_reply *reply);

static void patch(struct kube_self *self, enum job job, const char *body)
{
	struct kube_request_params params = {
		.verb = KUBE_PATCH,
		.path = self->path,
		.body = body,
		.timeout_ms = REQUEST_MS,
		.done = patch_done,
		.ctx = self,
	};

	tell_edit(self, job);
	log_debug("kube: patch of %s: %s", self->env.name, body);
	self->job = job;
	if (job != CONDITION)
		self->sent = true;
	self->request = kube_request_start(self->env.api, &params);
}

/* Slow down if another writer overwrites us all the time. */
static bool has_to_wait(struct kube_self *self)
{
	uint64_t now = loop_now();

	if (self->done || now >= self->not_before_ms)
		return false;
	tend_after(self, self->not_before_ms - now);
	return true;
}

static void tend(void *ctx)
{
	static const struct registry_answer gone = {
		.result = REGISTRY_NOT_FOUND,
	};
	struct kube_self *self = ctx;
	char *body;

	if (self->request || (!self->claimed && !self->released))
		return;
	if (!self->there) {
		answer(self, &gone);
		return;
	}
	body = annotations_body(self);
	if (!body) {
		self->said = !self->released;
		answer_ok(self);
	}
	if (wants_condition(self) && !body) {
		if (!has_to_wait(self)) {
			body = kube_patch_condition(time(NULL));
			patch(self, CONDITION, body);
		}
	} else if (body) {
		if (!has_to_wait(self))
			patch(self, self->released ? TAKE_BACK : ANNOTATIONS,
			      body);
	} else if (self->env.set_up && !*self->env.set_up) {
		tend_after(self, LOOK_MS);
	} else {
		self->condition_said = self->env.set_up;
	}
	free(body);
}

/* After a patch */

static void failed(struct kube_self *self, const struct kube_reply *reply)
{
	struct registry_answer error = {
		.result = REGISTRY_ERROR,
		.error = reply->error,
		.refused = reply->refused,
	};
	unsigned int ms = backoff_pause(&self->error_pause);

	if (self->done) {
		/* The caller will retry. */
		if (!self->released) {
			free(self->claimed);
			self->claimed = NULL;
		}
		self->released = false;
		answer(self, &error);
		return;
	}
	if (log_due(&self->trouble, reply->error))
		log_error("cannot update this node's Node (retrying): %s",
			  reply->error);
	if (ms < reply->wait_ms)
		ms = reply->wait_ms;
	self->not_before_ms = loop_now() + ms;
	tend_after(self, ms);
}

static void patch_done(void *ctx, const struct kube_reply *reply)
{
	struct kube_self *self = ctx;
	uint64_t now = loop_now();
	json_t *node;

	self->request = NULL;
	if (reply->error) {
		failed(self, reply);
		return;
	}
	if (log_over(&self->trouble))
		log_notice("this node's Node is up to date again");
	backoff_reset(&self->error_pause);
	if (now > self->not_before_ms + QUIET_MS)
		backoff_reset(&self->repair_pause);
	self->not_before_ms = now + backoff_pause(&self->repair_pause);
	if (self->job == CONDITION)
		self->condition_said = true;
	node = json_loadb(reply->body, reply->len, 0, NULL);
	self->env.patched(self->env.ctx, node);
	json_decref(node);
	if (self->job != CONDITION)
		self->said = self->job == ANNOTATIONS;
	/* Once is enough, even if another writer changes it at once. */
	if (self->sent)
		answer_ok(self);
	tend_after(self, 0);
}

/* Changes of the Node */

void kube_self_seen(struct kube_self *self, const struct kube_node *node)
{
	bool another = !self->there || strcmp(self->node.uid, node->uid);
	int i;

	kube_node_clear(&self->node);
	self->node = *node;
	for (i = 0; i < KUBE_ANNOTATIONS; i++)
		if (node->annotations[i])
			self->node.annotations[i] = xstrdup(node->annotations[i]);
	/* Data that never existed was not overwritten. */
	if (another) {
		self->said = false;
		self->condition_said = false;
		self->not_before_ms = 0;
		backoff_reset(&self->repair_pause);
	}
	self->there = true;
	if (!self->request)
		tend_after(self, 0);
}

void kube_self_gone(struct kube_self *self)
{
	if (!self->there)
		return;
	self->there = false;
	log_warning("this node's Node %s was deleted: its annotations are restored once it is registered again; traffic continues",
		    self->env.name);
	if (!self->request)
		tend_after(self, 0);
}

/* Requests */

static void wish(struct kube_self *self, registry_fn done, void *ctx)
{
	self->done = done;
	self->done_ctx = ctx;
	self->sent = false;
	if (!self->request)
		tend_after(self, 0);
}

void kube_self_claim(struct kube_self *self, const char *key, const char *value,
		     registry_fn done, void *ctx)
{
	free(self->key);
	self->key = xstrdup(key);
	if (!self->claimed || strcmp(self->claimed, value))
		self->said = false;
	free(self->claimed);
	self->claimed = xstrdup(value);
	self->released = false;
	wish(self, done, ctx);
}

void kube_self_release(struct kube_self *self, registry_fn done, void *ctx)
{
	free(self->claimed);
	self->claimed = NULL;
	self->released = true;
	wish(self, done, ctx);
}
