/* SPDX-License-Identifier: GPL-2.0 */
/* A registry in a test: calls that wait, and what the follower heard. */
#ifndef TEST_REGISTRY_CLIENT_H
#define TEST_REGISTRY_CLIENT_H

#include <stdio.h>
#include <string.h>

#include "base/loop.h"
#include "network/registry.h"

/* For what has to come, however busy the machine is */
#define SOON_MS 60000

struct client {
	struct loop *loop;
	struct registry *reg;
	struct loop_timer timer;

	/* The last answer. */
	int result;
	char error[300];
	char config[4096];
	char value[4096];
	int64_t version, lease;
	uint64_t ttl;

	/* The follower. */
	unsigned int snapshots, puts, removes;
	char last_put[100], last_removed[100];
	int64_t last_put_lease;
	bool online;
	char why[300];
	bool (*until)(struct client *c);
};

static void client_answer(void *ctx, const struct registry_answer *answer)
{
	struct client *c = ctx;

	c->result = answer->result;
	c->ttl = answer->ttl;
	snprintf(c->error, sizeof(c->error), "%s",
		 answer->error ? answer->error : "");
	snprintf(c->config, sizeof(c->config), "%.*s", (int)answer->config_len,
		 answer->config ? answer->config : "");
	snprintf(c->value, sizeof(c->value), "%.*s",
		 (int)answer->entry.value_len,
		 answer->entry.value ? answer->entry.value : "");
	c->version = answer->entry.version;
	c->lease = answer->entry.lease;
	loop_quit(c->loop, 0);
}

static inline int get_config(struct client *c)
{
	c->reg->ops->get_config(c->reg, client_answer, c);
	loop_run(c->loop);
	return c->result;
}

static inline int claim(struct client *c, const char *name, const char *value,
			int64_t version, int64_t lease, uint64_t ttl)
{
	c->reg->ops->claim(c->reg, name, value, version, lease, ttl,
			   client_answer, c);
	loop_run(c->loop);
	return c->result;
}

static inline int renew(struct client *c, const char *name, int64_t lease)
{
	c->reg->ops->renew(c->reg, name, lease, client_answer, c);
	loop_run(c->loop);
	return c->result;
}

static inline int release(struct client *c, const char *name, int64_t version)
{
	c->reg->ops->release(c->reg, name, version, client_answer, c);
	loop_run(c->loop);
	return c->result;
}

static void client_check(struct client *c)
{
	if (c->until && c->until(c))
		loop_quit(c->loop, 0);
}

static void client_snapshot_begin(void *ctx)
{
}

static void client_snapshot_end(void *ctx)
{
	struct client *c = ctx;

	c->snapshots++;
	client_check(c);
}

static void client_put(void *ctx, const struct registry_entry *entry)
{
	struct client *c = ctx;

	c->puts++;
	c->last_put_lease = entry->lease;
	snprintf(c->last_put, sizeof(c->last_put), "%s", entry->name);
	client_check(c);
}

static void client_removed(void *ctx, const char *name)
{
	struct client *c = ctx;

	c->removes++;
	snprintf(c->last_removed, sizeof(c->last_removed), "%s", name);
	client_check(c);
}

static void client_state(void *ctx, const char *why)
{
	struct client *c = ctx;

	c->online = !why;
	snprintf(c->why, sizeof(c->why), "%s", why ? why : "");
	client_check(c);
}

static const struct registry_events client_events = {
	.snapshot_begin = client_snapshot_begin,
	.snapshot_end = client_snapshot_end,
	.put = client_put,
	.removed = client_removed,
	.state = client_state,
};

static void client_timeout(void *ctx)
{
	loop_quit(((struct client *)ctx)->loop, 1);
}

/* Run until @until holds. Return: whether it did within @ms. */
static inline bool wait_for(struct client *c, bool (*until)(struct client *c),
			    unsigned int ms)
{
	bool ok;

	if (until && until(c))
		return true;
	c->until = until;
	loop_timer_set(c->loop, &c->timer, ms, client_timeout, c);
	ok = !loop_run(c->loop);
	loop_timer_cancel(c->loop, &c->timer);
	c->until = NULL;
	return ok;
}

#endif
