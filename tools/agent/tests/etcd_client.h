/* SPDX-License-Identifier: GPL-2.0 */
/* The registry in etcd as a client in a test: what it is connected to, and waiting. */
#ifndef TEST_ETCD_CLIENT_H
#define TEST_ETCD_CLIENT_H

#include "registry/registry_etcd.h"
#include "registry_client.h"

#define PREFIX "/coreos.com/network"

static inline void connect_to(struct client *c, const char *endpoints)
{
	struct etcd_config config = { .endpoints = endpoints };
	char error[200];
	struct etcd *etcd;

	memset(c, 0, sizeof(*c));
	c->loop = loop_new();
	etcd = etcd_new(c->loop, &config, error, sizeof(error));
	if (!etcd)
		fail_msg("%s", error);
	c->reg = registry_etcd_new(etcd, PREFIX);
}

static inline void disconnect(struct client *c)
{
	c->reg->ops->free(c->reg);
	loop_free(c->loop);
}

static inline bool one_snapshot(struct client *c)
{
	return c->snapshots >= 1;
}

static inline bool is_online(struct client *c)
{
	return c->online;
}

static inline bool is_offline(struct client *c)
{
	return !c->online;
}

/* Follow, until the first listing is through. */
static inline void start_following(struct client *c, const char *endpoints)
{
	connect_to(c, endpoints);
	c->reg->ops->follow(c->reg, &client_events, c);
	c->online = true;
	assert_true(wait_for(c, one_snapshot, SOON_MS));
}

#endif
