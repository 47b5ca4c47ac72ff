// SPDX-License-Identifier: GPL-2.0
/*
 * The leases of all nodes. They answer misses while the registry is away, and
 * determine what a snapshot has changed. Two trees: by name, and by subnet.
 */
#include "network/peers.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

/* A subnet in the tree; with several leases of one subnet, the first holds it. */
struct subnet_node {
	struct flc_prefix prefix;
	const struct peer *peer;
	unsigned int others;	/* further leases of it */
};

struct peers {
	TAILQ_HEAD(peer_list, peer) all;
	const struct peers_ops *ops;
	void *ctx;
	size_t count;
	void *by_name;			/* struct peer */
	void *by_subnet;		/* struct subnet_node */
	unsigned int lengths[2][129];	/* subnets of each length: v4, v6 */
	unsigned int snapshot;
	bool complete;
	bool out_of_touch;
	unsigned long malformed;
	size_t doubled;
	struct flc_prefix *avoided;
	size_t avoided_count;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct peer *)a)->name,
		      ((const struct peer *)b)->name);
}

static int compare_subnets(const void *a, const void *b)
{
	return flc_prefix_cmp(&((const struct subnet_node *)a)->prefix,
			      &((const struct subnet_node *)b)->prefix);
}

struct peers *peers_new(const struct peers_ops *ops, void *ctx)
{
	struct peers *peers = xcalloc(1, sizeof(*peers));

	peers->ops = ops;
	peers->ctx = ctx;
	TAILQ_INIT(&peers->all);
	return peers;
}

static void no_free(void *node)
{
}

void peers_free(struct peers *peers)
{
	struct peer *peer;

	tdestroy(peers->by_name, no_free);
	tdestroy(peers->by_subnet, free);
	while ((peer = TAILQ_FIRST(&peers->all))) {
		TAILQ_REMOVE(&peers->all, peer, link);
		free(peer->name);
		free(peer);
	}
	free(peers->avoided);
	free(peers);
}

static struct peer *find_name(const struct peers *peers, const char *name)
{
	struct peer key = { .name = (char *)name };
	void *node = tfind(&key, &peers->by_name, compare_names);

	return node ? *(struct peer **)node : NULL;
}

const struct peer *peers_find_name(const struct peers *peers, const char *name)
{
	return find_name(peers, name);
}

static struct subnet_node *find_subnet(const struct peers *peers,
				       const struct flc_prefix *prefix)
{
	struct subnet_node key = { .prefix = *prefix };
	void *node = tfind(&key, &peers->by_subnet, compare_subnets);

	return node ? *(struct subnet_node **)node : NULL;
}

static unsigned int *length_count(struct peers *peers,
				  const struct flc_prefix *p)
{
	return &peers->lengths[p->addr.family == AF_INET6][p->len];
}

static void index_subnet(struct peers *peers, const struct flc_prefix *prefix,
			 const struct peer *peer)
{
	struct subnet_node *node;
	char buf[FLC_PREFIX_STRLEN];

	if (!flc_prefix_is_set(prefix))
		return;
	node = find_subnet(peers, prefix);
	if (node) {
		node->others++;
		peers->doubled++;
		log_warning("subnet %s is leased twice: by %s, which is used, and by %s",
			    flc_prefix_text(prefix, buf), node->peer->name,
			    peer->name);
		return;
	}
	node = xcalloc(1, sizeof(*node));
	node->prefix = *prefix;
	node->peer = peer;
	tsearch(node, &peers->by_subnet, compare_subnets);
	++*length_count(peers, prefix);
}

/* Another lease of the same subnet, or NULL. */
static const struct peer *heir(const struct peers *peers,
			       const struct flc_prefix *prefix,
			       const struct peer *gone)
{
	const struct peer *peer;

	TAILQ_FOREACH(peer, &peers->all, link)
		if (peer != gone &&
		    (!flc_prefix_cmp(&peer->subnets.v4, prefix) ||
		     !flc_prefix_cmp(&peer->subnets.v6, prefix)))
			return peer;
	return NULL;
}

static void unindex_subnet(struct peers *peers, const struct flc_prefix *prefix,
			   const struct peer *peer)
{
	struct subnet_node *node;

	if (!flc_prefix_is_set(prefix))
		return;
	node = find_subnet(peers, prefix);
	if (!node)
		return;
	if (node->others) {
		node->others--;
		peers->doubled--;
		if (node->peer != peer)
			return;
		node->peer = heir(peers, prefix, peer);
		peers->ops->changed(peers->ctx, node->peer);
		return;
	}
	tdelete(node, &peers->by_subnet, compare_subnets);
	free(node);
	--*length_count(peers, prefix);
}

static void drop(struct peers *peers, struct peer *peer)
{
	tdelete(peer, &peers->by_name, compare_names);
	TAILQ_REMOVE(&peers->all, peer, link);
	peers->count--;
	peers->ops->removed(peers->ctx, peer);
	unindex_subnet(peers, &peer->subnets.v4, peer);
	unindex_subnet(peers, &peer->subnets.v6, peer);
	free(peer->name);
	free(peer);
}

static void peers_removed(void *ctx, const char *name)
{
	struct peers *peers = ctx;
	struct peer *peer = find_name(peers, name);

	if (peer)
		drop(peers, peer);
}

static void peers_put(void *ctx, const struct registry_entry *entry)
{
	struct peers *peers = ctx;
	char error[LEASE_VALUE_ERROR_LEN];
	struct lease_value value;
	struct subnets subnets;
	struct peer *peer;

	if (!subnet_key_parse(&subnets, entry->name)) {
		peers->malformed++;
		log_warning("ignoring lease %s: the name is not a subnet like 10.5.52.0-24",
			    entry->name);
		return;
	}
	peer = find_name(peers, entry->name);
	if (!lease_value_parse(&value, entry->value, entry->value_len, error)) {
		peers->malformed++;
		log_warning("ignoring lease %s: %s", entry->name, error);
		/* It still counts as taken, so it must not be allocated. */
		memset(&value, 0, sizeof(value));
	}

	if (!peer) {
		peer = xcalloc(1, sizeof(*peer));
		peer->name = xstrdup(entry->name);
		peer->subnets = subnets;
		tsearch(peer, &peers->by_name, compare_names);
		TAILQ_INSERT_TAIL(&peers->all, peer, link);
		peers->count++;
		index_subnet(peers, &subnets.v4, peer);
		index_subnet(peers, &subnets.v6, peer);
	} else if (lease_value_equal(&peer->value, &value) &&
		   !peer->lease == !entry->lease) {
		/* A renewal. */
		peer->version = entry->version;
		peer->lease = entry->lease;
		peer->snapshot = peers->snapshot;
		return;
	}
	peer->value = value;
	peer->version = entry->version;
	peer->lease = entry->lease;
	peer->snapshot = peers->snapshot;
	peers->ops->changed(peers->ctx, peer);
}

static void peers_snapshot_begin(void *ctx)
{
	struct peers *peers = ctx;

	peers->snapshot++;
}

static void peers_snapshot_end(void *ctx)
{
	struct peers *peers = ctx;
	struct peer *peer, *next;

	for (peer = TAILQ_FIRST(&peers->all); peer; peer = next) {
		next = TAILQ_NEXT(peer, link);
		if (peer->snapshot != peers->snapshot)
			drop(peers, peer);
	}
	peers->complete = true;
	peers->ops->complete(peers->ctx);
}

static void peers_state(void *ctx, const char *why)
{
	struct peers *peers = ctx;

	if (why)
		log_warning("lost contact with the registry, continuing with cached leases: %s",
			    why);
	else
		log_notice("the registry can be reached again");
	peers->out_of_touch = why;
}

const struct registry_events peers_events = {
	.snapshot_begin = peers_snapshot_begin,
	.snapshot_end = peers_snapshot_end,
	.put = peers_put,
	.removed = peers_removed,
	.state = peers_state,
};

bool peers_complete(const struct peers *peers)
{
	return peers->complete;
}

bool peers_in_touch(const struct peers *peers)
{
	return peers->complete && !peers->out_of_touch;
}

size_t peers_count(const struct peers *peers)
{
	return peers->count;
}

unsigned long peers_malformed(const struct peers *peers)
{
	return peers->malformed;
}

const struct peer *peers_find_address(const struct peers *peers,
				      const struct flc_addr *addr)
{
	const unsigned int *lengths = peers->lengths[addr->family == AF_INET6];
	struct subnet_node *node;
	struct flc_prefix prefix;
	int len;

	for (len = flc_family_bits(addr->family); len > 0; len--) {
		if (!lengths[len])
			continue;
		prefix.addr = flc_addr_masked(addr, len);
		prefix.len = len;
		node = find_subnet(peers, &prefix);
		if (node)
			return node->peer;
	}
	return NULL;
}

const struct peer *peers_find_subnet(const struct peers *peers,
				     const struct flc_prefix *subnet)
{
	struct subnet_node *node = find_subnet(peers, subnet);

	return node ? node->peer : NULL;
}

void peers_avoid(struct peers *peers, const struct flc_prefix *prefixes,
		 size_t count)
{
	free(peers->avoided);
	peers->avoided = xmemdup(prefixes, count * sizeof(*prefixes));
	peers->avoided_count = count;
}

const struct flc_prefix *peers_avoided(const struct peers *peers, size_t *count)
{
	*count = peers->avoided_count;
	return peers->avoided;
}

size_t peers_doubled(const struct peers *peers)
{
	return peers->doubled;
}

const struct peer *peers_first(const struct peers *peers)
{
	return TAILQ_FIRST(&peers->all);
}

const struct peer *peers_next(const struct peer *peer)
{
	return TAILQ_NEXT(peer, link);
}
