// SPDX-License-Identifier: GPL-2.0
/*
 * The registry in etcd, key by key as flannel lays it out: <prefix>/config and
 * <prefix>/subnets/<name>. An etcd lease gives a key its time to live; a key
 * without one is a reservation.
 */
#include "registry/registry_etcd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/util.h"
#include "etcd/etcd_kv.h"
#include "etcd/etcd_lease.h"
#include "etcd/etcd_watch.h"

#define PAGE_KEYS	500	/* of a listing */
#define LIST_RETRY_MS	1000
#define LIST_RETRY_MAX_MS 30000

/*
 * Nodes that have missed changes read all leases anew at a time of their own: all
 * of them together at most a thousand pages a second.
 */
#define LIST_SPREAD_MAX_MS 45000

/*
 * What no sign gives away is found by reading all leases now and then: of n nodes
 * each one after 600 ms for each of them, so that there are n / 300 pages a second.
 */
#define RELIST_MS	600
#define RELIST_MIN_MS	600000

TAILQ_HEAD(operation_list, operation);

struct store_etcd {
	struct registry reg;
	struct etcd *etcd;
	struct operation_list operations;
	char *config_key;
	char *subnets;		/* "<prefix>/subnets/" */
	char *subnets_end;	/* first key behind them */

	/* The follower. */
	const struct registry_events *events;
	void *events_ctx;
	struct etcd_watch *watch;
	struct loop_timer list;		/* the next listing */
	struct backoff backoff;		/* of listings that failed */
	unsigned int relist_ms;		/* between listings that nothing asks for */
	char *next_key;		/* of the listing */
	int64_t revision;	/* of the listing; 0: not known yet */
	struct etcd_history history;	/* of the listing */
	unsigned int count;	/* leases in it */
	int64_t page;
	bool skip;		/* over a key whose value is too large */
	bool in_touch;
	unsigned long listings;

	/* This node's own lease, as etcd has it; version 0: nobody knows. */
	char own_name[256];
	int64_t own_version;
	int64_t own_lease;	/* the etcd lease that it hangs on */
	int64_t spare;		/* an etcd lease that may be there, for a claim */
	bool refused;		/* the last claim, for good */
};

static struct store_etcd *to_store(struct registry *reg)
{
	return container_of(reg, struct store_etcd, reg);
}

/* An operation under way: whom to tell, and what it needs on the way. */
struct operation {
	TAILQ_ENTRY(operation) link;
	struct store_etcd *store;
	registry_fn done;
	void *ctx;
	char *name;
	char *key;
	char *value;
	int64_t version;
	int64_t lease;
	bool granted;		/* one was made, or should have been */
	uint64_t ttl;
};

static struct operation *operation_new(struct registry *reg, const char *name,
				       registry_fn done, void *ctx)
{
	struct operation *op = xcalloc(1, sizeof(*op));

	op->store = to_store(reg);
	TAILQ_INSERT_HEAD(&op->store->operations, op, link);
	op->done = done;
	op->ctx = ctx;
	if (name) {
		op->name = xstrdup(name);
		op->key = xasprintf("%s%s", op->store->subnets, name);
	}
	return op;
}

static void operation_free(struct operation *op)
{
	TAILQ_REMOVE(&op->store->operations, op, link);
	free(op->name);
	free(op->key);
	free(op->value);
	free(op);
}

static void operation_end(struct operation *op,
			  const struct registry_answer *answer)
{
	op->done(op->ctx, answer);
	operation_free(op);
}

static void operation_error(struct operation *op,
			    const struct grpc_status *status)
{
	struct registry_answer answer = {
		.result = REGISTRY_ERROR, .error = status->text,
	};

	operation_end(op, &answer);
}

/*
 * The name of a key below subnets/, in @buf. NULL if it does not fit, or is not all
 * of the key: "10.5.1.0-24" and a zero byte and more is no name of that lease.
 */
static const char *entry_name(const struct store_etcd *store,
			      const Etcd__KeyValue *kv, char *buf, size_t size)
{
	size_t skip = strlen(store->subnets);

	if (kv->key.len < skip || kv->key.len - skip >= size ||
	    memcmp(kv->key.data, store->subnets, skip) ||
	    memchr(kv->key.data, '\0', kv->key.len))
		return NULL;
	memcpy(buf, kv->key.data + skip, kv->key.len - skip);
	buf[kv->key.len - skip] = '\0';
	return buf;
}

static void fill_entry(struct registry_entry *entry, const char *name,
		       const Etcd__KeyValue *kv)
{
	entry->name = name;
	entry->value = kv->value.len ? (const char *)kv->value.data : "";
	entry->value_len = kv->value.len;
	entry->version = kv->mod_revision;
	entry->lease = kv->lease;
}

/* Config */

static void config_read(void *ctx, const struct grpc_status *status,
			const ProtobufCMessage *reply)
{
	const Etcd__RangeResponse *range = (const Etcd__RangeResponse *)reply;
	struct registry_answer answer = { .result = REGISTRY_NOT_FOUND };
	struct operation *op = ctx;

	if (status->code) {
		operation_error(op, status);
		return;
	}
	if (range->n_kvs) {
		answer.result = REGISTRY_OK;
		answer.config = range->kvs[0]->value.len ?
				(const char *)range->kvs[0]->value.data : "";
		answer.config_len = range->kvs[0]->value.len;
	}
	operation_end(op, &answer);
}

static void get_config(struct registry *reg, registry_fn done, void *ctx)
{
	struct operation *op = operation_new(reg, NULL, done, ctx);

	etcd_range(op->store->etcd, op->store->config_key, NULL, 0, 0, false,
		   config_read, op);
}

/* Claim */

static void forgotten(void *ctx, const struct grpc_status *status,
		      const ProtobufCMessage *reply)
{
	if (status->code)
		log_debug("etcd: a lease that is not needed stays until it expires: %s",
			  status->text);
}

/* What the failed condition of a transaction found. NULL: no such key. */
static const Etcd__KeyValue *found_instead(const Etcd__TxnResponse *txn)
{
	const Etcd__RangeResponse *range;

	if (!txn->n_responses ||
	    txn->responses[0]->response_case !=
	    ETCD__RESPONSE_OP__RESPONSE_RESPONSE_RANGE)
		return NULL;
	range = txn->responses[0]->response_range;
	return range->n_kvs ? range->kvs[0] : NULL;
}

static void set_own(struct operation *op, int64_t version)
{
	struct store_etcd *store = op->store;

	snprintf(store->own_name, sizeof(store->own_name), "%s", op->name);
	store->own_version = version;
	store->own_lease = op->lease;
	store->refused = false;
	if (store->spare && store->spare != op->lease)
		etcd_lease_revoke(store->etcd, store->spare, forgotten, NULL);
	store->spare = 0;
}

/* News of this node's own lease. */
static void note_own(struct store_etcd *store, const char *name, int64_t version)
{
	if (!strcmp(store->own_name, name))
		store->own_version = version;
}

/* The claim is lost, and the etcd lease that was made for it is of no use. */
static void drop_spare(struct operation *op)
{
	struct store_etcd *store = op->store;

	if (!store->spare || store->spare != op->lease)
		return;
	etcd_lease_revoke(store->etcd, store->spare, forgotten, NULL);
	/* The revocation may overtake a grant of the same id. */
	store->spare = 0;
}

static void claim_grant(struct operation *op);
static void claim_kept_alive(void *ctx, const struct grpc_status *status,
			     const ProtobufCMessage *reply);

/*
 * Whether it was done nobody knows if the connection failed: the etcd lease is kept
 * for the next try then. One that etcd refuses leaves nothing behind.
 */
static void claim_failed(struct operation *op, const struct grpc_status *status)
{
	struct registry_answer answer = {
		.result = REGISTRY_ERROR, .error = status->text,
	};

	if (status->code == GRPC_PERMISSION_DENIED) {
		answer.refused = true;
		op->store->refused = true;
		drop_spare(op);
	}
	operation_end(op, &answer);
}

static void claim_written(void *ctx, const struct grpc_status *status,
			  const ProtobufCMessage *reply)
{
	const Etcd__TxnResponse *txn = (const Etcd__TxnResponse *)reply;
	struct registry_answer answer = { .result = REGISTRY_OK };
	struct operation *op = ctx;
	const Etcd__KeyValue *kv;

	if (status->code == GRPC_NOT_FOUND && !op->granted) {
		claim_grant(op);	/* there is no such etcd lease */
		return;
	}
	if (status->code) {
		claim_failed(op, status);
		return;
	}
	answer.ttl = op->ttl;
	answer.entry.name = op->name;
	answer.entry.value = op->value;
	answer.entry.value_len = strlen(op->value);
	answer.entry.lease = op->lease;
	kv = txn->succeeded ? NULL : found_instead(txn);
	if (kv && kv->lease == op->lease &&
	    kv->value.len == strlen(op->value) &&
	    !memcmp(kv->value.data, op->value, kv->value.len))
		/* It is there already: an earlier try got through after all. */
		answer.entry.version = kv->mod_revision;
	else if (txn->succeeded)
		answer.entry.version = txn->header ? txn->header->revision : 0;
	else
		answer.result = kv ? REGISTRY_CONFLICT : REGISTRY_NOT_FOUND;

	if (answer.result == REGISTRY_OK)
		set_own(op, answer.entry.version);
	else
		drop_spare(op);
	if (answer.result == REGISTRY_CONFLICT)
		fill_entry(&answer.entry, op->name, kv);
	operation_end(op, &answer);
}

static void claim_write(struct operation *op)
{
	etcd_put_if(op->store->etcd, op->key, op->value, op->lease,
		    op->version, claim_written, op);
}

static void claim_granted(void *ctx, const struct grpc_status *status,
			  const ProtobufCMessage *reply)
{
	const Etcd__LeaseGrantResponse *grant =
		(const Etcd__LeaseGrantResponse *)reply;
	struct operation *op = ctx;

	if (!status->code) {
		op->ttl = grant->ttl;
		claim_write(op);
	} else if (status->code == GRPC_FAILED_PRECONDITION) {
		/* It is there already: the answer to an earlier try was lost. */
		etcd_lease_keep_alive(op->store->etcd, op->lease,
				      claim_kept_alive, op);
	} else {
		claim_failed(op, status);
	}
}

/*
 * The id is chosen here and kept until the claim is through, so that nothing is
 * left behind by a grant whose answer is lost, nor by one that is sent twice.
 */
static void take_spare(struct operation *op)
{
	struct store_etcd *store = op->store;

	if (!store->spare)
		store->spare = (int64_t)random_below(INT32_MAX) << 32 |
			       (1 + random_below(INT32_MAX));
	op->lease = store->spare;
}

static void claim_grant(struct operation *op)
{
	take_spare(op);
	op->granted = true;
	etcd_lease_grant(op->store->etcd, op->lease, op->ttl, claim_granted,
			 op);
}

static void claim_kept_alive(void *ctx, const struct grpc_status *status,
			     const ProtobufCMessage *reply)
{
	const Etcd__LeaseKeepAliveResponse *alive =
		(const Etcd__LeaseKeepAliveResponse *)reply;
	struct operation *op = ctx;

	/* A lease of another length than ours was not made for this. */
	if (!status->code && alive->ttl == (int64_t)op->ttl) {
		claim_write(op);
	} else if (!status->code || status->code == GRPC_NOT_FOUND) {
		if (op->granted)
			op->store->spare = 0;	/* it was, and has expired */
		claim_grant(op);
	} else {
		claim_failed(op, status);
	}
}

static void claim(struct registry *reg, const char *name, const char *value,
		  int64_t version, int64_t lease, uint64_t ttl,
		  registry_fn done, void *ctx)
{
	struct operation *op = operation_new(reg, name, done, ctx);
	struct store_etcd *store = op->store;

	op->value = xstrdup(value);
	op->version = version;
	op->ttl = ttl;
	/* The key may be deleted, and the etcd lease that it hung on still live. */
	op->lease = lease || !ttl ? lease : store->own_lease;
	if (!ttl) {
		op->lease = 0;
		claim_write(op);
	} else if (op->lease) {
		etcd_lease_keep_alive(store->etcd, op->lease, claim_kept_alive,
				      op);
	} else if (store->refused) {
		/* Is there the right to write now? Else it would be made in vain. */
		take_spare(op);
		claim_write(op);
	} else {
		claim_grant(op);
	}
}

/* Renew and release */

static void renewed(void *ctx, const struct grpc_status *status,
		    const ProtobufCMessage *reply)
{
	const Etcd__LeaseKeepAliveResponse *alive =
		(const Etcd__LeaseKeepAliveResponse *)reply;
	struct registry_answer answer = { .result = REGISTRY_OK };
	struct operation *op = ctx;

	if (status->code && status->code != GRPC_NOT_FOUND) {
		operation_error(op, status);
		return;
	}
	if (status->code || alive->ttl <= 0)
		answer.result = REGISTRY_NOT_FOUND;
	else
		answer.ttl = alive->ttl;
	operation_end(op, &answer);
}

static void renew(struct registry *reg, const char *name, int64_t lease,
		  registry_fn done, void *ctx)
{
	struct operation *op = operation_new(reg, name, done, ctx);

	etcd_lease_keep_alive(op->store->etcd, lease, renewed, op);
}

static void release_revoked(void *ctx, const struct grpc_status *status,
			    const ProtobufCMessage *reply)
{
	struct registry_answer answer = { .result = REGISTRY_OK };

	forgotten(NULL, status, reply);
	operation_end(ctx, &answer);
}

/* The etcd lease that the deleted key hung on, if nothing else needs it. */
static int64_t lease_without_key(struct operation *op,
				 const Etcd__TxnResponse *txn)
{
	struct store_etcd *store = op->store;
	const Etcd__DeleteRangeResponse *deleted;
	int64_t lease;

	if (!txn->n_responses ||
	    txn->responses[0]->response_case !=
	    ETCD__RESPONSE_OP__RESPONSE_RESPONSE_DELETE_RANGE)
		return 0;
	deleted = txn->responses[0]->response_delete_range;
	lease = deleted->n_prev_kvs ? deleted->prev_kvs[0]->lease : 0;
	if (lease != store->own_lease)
		return lease;
	if (strcmp(op->name, store->own_name))
		return 0;
	store->own_lease = 0;
	return lease;
}

static void released(void *ctx, const struct grpc_status *status,
		     const ProtobufCMessage *reply)
{
	const Etcd__TxnResponse *txn = (const Etcd__TxnResponse *)reply;
	struct registry_answer answer = { .result = REGISTRY_OK };
	struct operation *op = ctx;
	const Etcd__KeyValue *kv;

	if (status->code) {
		operation_error(op, status);
		return;
	}
	if (txn->succeeded) {
		op->lease = lease_without_key(op, txn);
		if (op->lease) {
			etcd_lease_revoke(op->store->etcd, op->lease,
					  release_revoked, op);
			return;
		}
	} else {
		kv = found_instead(txn);
		answer.result = kv ? REGISTRY_CONFLICT : REGISTRY_NOT_FOUND;
		if (kv)
			fill_entry(&answer.entry, op->name, kv);
	}
	operation_end(op, &answer);
}

static void release(struct registry *reg, const char *name, int64_t version,
		    registry_fn done, void *ctx)
{
	struct operation *op = operation_new(reg, name, done, ctx);

	etcd_delete_if(op->store->etcd, op->key, version, released, op);
}

/* Follow */

static void list_page(void *ctx);

static void tell_state(struct store_etcd *store, const char *why)
{
	if (store->in_touch == !why)
		return;
	store->in_touch = !why;
	store->events->state(store->events_ctx, why);
}

static void list_anew(void *ctx)
{
	struct store_etcd *store = ctx;

	/* What changes meanwhile is told after it. */
	etcd_watch_stop(store->watch);
	free(store->next_key);
	store->next_key = xstrdup(store->subnets);
	store->revision = 0;
	store->history = (struct etcd_history){ 0 };
	store->count = 0;
	store->page = PAGE_KEYS;
	store->skip = false;
	list_page(store);
}

static void list_after(struct store_etcd *store, unsigned int ms)
{
	loop_timer_set(etcd_loop(store->etcd), &store->list, ms, list_anew,
		       store);
}

/* Changes were missed, by this node and perhaps by all: not all at once. */
static void list_soon(struct store_etcd *store)
{
	uint64_t n = store->count, ms = n * n / PAGE_KEYS;

	if (ms > LIST_SPREAD_MAX_MS)
		ms = LIST_SPREAD_MAX_MS;
	list_after(store, random_below(ms + 1));
}

static void list_later(struct store_etcd *store)
{
	unsigned int ms = store->relist_ms;

	if (store->count > ms / RELIST_MS)
		ms = store->count * RELIST_MS;
	list_after(store, backoff_jitter(ms));
}

static void list_failed(struct store_etcd *store,
			const struct grpc_status *status)
{
	if (status->too_large && !store->skip) {
		/* Smaller pages; then the one key that is too large, alone. */
		if (store->page > 1)
			store->page = store->page > 4 ? store->page / 4 : 1;
		else
			store->skip = true;
		list_page(store);
		return;
	}
	tell_state(store, status->text);
	list_after(store, backoff_pause(&store->backoff));
}

static void tell_put(struct store_etcd *store, const Etcd__KeyValue *kv)
{
	struct registry_entry entry;
	char name[256];

	if (!entry_name(store, kv, name, sizeof(name))) {
		log_warning("etcd: a key of %zu bytes below %s is no lease and is ignored",
			    kv->key.len, store->subnets);
		return;
	}
	fill_entry(&entry, name, kv);
	note_own(store, name, kv->mod_revision);
	store->events->put(store->events_ctx, &entry);
}

static void listed(void *ctx, const struct grpc_status *status,
		   const ProtobufCMessage *reply)
{
	const Etcd__RangeResponse *range = (const Etcd__RangeResponse *)reply;
	struct store_etcd *store = ctx;
	const Etcd__KeyValue *last;
	const char *other;
	size_t i;

	if (status->code) {
		list_failed(store, status);
		return;
	}
	other = etcd_history_check(&store->history, range->header);
	if (other) {
		log_notice("reading all leases from the start: %s", other);
		list_after(store, backoff_pause(&store->backoff));
		return;
	}
	if (!store->revision) {
		store->revision = range->header ? range->header->revision : 0;
		store->listings++;
		store->events->snapshot_begin(store->events_ctx);
	}

	store->count += range->n_kvs;
	for (i = 0; i < range->n_kvs; i++) {
		if (store->skip)
			log_warning("etcd: the value of %.*s is too large for a lease and is ignored",
				    (int)range->kvs[i]->key.len,
				    (const char *)range->kvs[i]->key.data);
		/* Without its value, then: the subnet is taken all the same. */
		tell_put(store, range->kvs[i]);
	}

	if (range->more && range->n_kvs) {
		/*
		 * On behind the last key. What starts with it and a zero byte
		 * would be left out, but is no name of a lease.
		 */
		last = range->kvs[range->n_kvs - 1];
		free(store->next_key);
		store->next_key = xasprintf("%.*s\x01", (int)last->key.len,
					    (const char *)last->key.data);
		store->skip = false;
		list_page(store);
		return;
	}

	backoff_reset(&store->backoff);
	list_later(store);
	store->events->snapshot_end(store->events_ctx);
	tell_state(store, NULL);
	etcd_watch_start(store->watch, store->revision + 1, &store->history,
			 store->count);
}

static void list_page(void *ctx)
{
	struct store_etcd *store = ctx;

	etcd_range(store->etcd, store->next_key, store->subnets_end,
		   store->page, store->revision, store->skip, listed, store);
}

static void watch_events(void *ctx, struct Etcd__Event *const *events,
			 size_t count)
{
	struct store_etcd *store = ctx;
	char name[256];
	size_t i;

	for (i = 0; i < count; i++) {
		if (!events[i]->kv)
			continue;
		if (events[i]->type == ETCD__EVENT__EVENT_TYPE__PUT) {
			tell_put(store, events[i]->kv);
		} else if (entry_name(store, events[i]->kv, name,
				      sizeof(name))) {
			note_own(store, name, 0);
			store->events->removed(store->events_ctx, name);
		}
	}
}

static void watch_behind(void *ctx, const char *why)
{
	struct store_etcd *store = ctx;

	log_notice("reading all leases anew: %s", why);
	list_soon(store);
}

/*
 * An etcd that was made anew or restored may look the same in all but what is in
 * it. This node's own lease is what it can tell by.
 */
static void own_checked(void *ctx, const struct grpc_status *status,
			const ProtobufCMessage *reply)
{
	const Etcd__RangeResponse *range = (const Etcd__RangeResponse *)reply;
	struct store_etcd *store = ctx;
	int64_t version;

	/* If it is the connection, there will be another one. */
	if (status->code || !store->own_version)
		return;
	version = range->n_kvs ? range->kvs[0]->mod_revision : 0;
	if (version == store->own_version)
		return;
	store->own_version = 0;
	watch_behind(store, version ?
		     "the lease of this node is another one than was written" :
		     "the lease of this node is not in etcd");
}

static void watch_resumed(void *ctx)
{
	struct store_etcd *store = ctx;
	char *key;

	if (!store->own_version)
		return;
	key = xasprintf("%s%s", store->subnets, store->own_name);
	etcd_range(store->etcd, key, NULL, 0, 0, true, own_checked, store);
	free(key);
}

static void watch_state(void *ctx, const char *why)
{
	tell_state(ctx, why);
}

static const struct etcd_watch_ops watch_ops = {
	.events = watch_events,
	.behind = watch_behind,
	.resumed = watch_resumed,
	.state = watch_state,
};

static void follow(struct registry *reg, const struct registry_events *events,
		   void *ctx)
{
	struct store_etcd *store = to_store(reg);

	store->events = events;
	store->events_ctx = ctx;
	store->in_touch = true;
	list_anew(store);
}

static void metrics(struct registry *reg, void *ctx,
		    void (*add)(void *ctx, const char *fmt, ...))
{
	struct store_etcd *store = to_store(reg);
	const struct etcd_stats *stats = etcd_stats(store->etcd);
	struct text endpoint = { 0 };

	add(ctx, "# HELP flannel_etcd_requests_total Requests sent to etcd.\n"
		 "# TYPE flannel_etcd_requests_total counter\n"
		 "flannel_etcd_requests_total %lu\n", stats->calls);
	add(ctx, "# HELP flannel_etcd_request_failures_total Requests that no endpoint answered, or that etcd refused.\n"
		 "# TYPE flannel_etcd_request_failures_total counter\n"
		 "flannel_etcd_request_failures_total %lu\n", stats->failures);
	add(ctx, "# HELP flannel_etcd_failovers_total Changes of the endpoint.\n"
		 "# TYPE flannel_etcd_failovers_total counter\n"
		 "flannel_etcd_failovers_total %lu\n", stats->failovers);
	add(ctx, "# HELP flannel_etcd_logins_total Logins with user and password.\n"
		 "# TYPE flannel_etcd_logins_total counter\n"
		 "flannel_etcd_logins_total %lu\n", stats->logins);
	add(ctx, "# HELP flannel_etcd_watch_restarts_total Watch streams lost and opened again.\n"
		 "# TYPE flannel_etcd_watch_restarts_total counter\n"
		 "flannel_etcd_watch_restarts_total %lu\n",
	    etcd_watch_restarts(store->watch));
	add(ctx, "# HELP flannel_etcd_listings_total Readings of all leases.\n"
		 "# TYPE flannel_etcd_listings_total counter\n"
		 "flannel_etcd_listings_total %lu\n", store->listings);
	metrics_label(&endpoint, etcd_endpoint(store->etcd));
	add(ctx, "# HELP flannel_etcd_endpoint_info The endpoint in use.\n"
		 "# TYPE flannel_etcd_endpoint_info gauge\n"
		 "flannel_etcd_endpoint_info{endpoint=\"%s\"} 1\n",
	    endpoint.data);
	text_free(&endpoint);
}

static void store_free(struct registry *reg)
{
	struct store_etcd *store = to_store(reg);
	struct operation *op;

	etcd_watch_free(store->watch);
	loop_timer_cancel(etcd_loop(store->etcd), &store->list);
	etcd_free(store->etcd);
	while ((op = TAILQ_FIRST(&store->operations)))
		operation_free(op);
	free(store->config_key);
	free(store->subnets);
	free(store->subnets_end);
	free(store->next_key);
	free(store);
}

static const struct registry_ops store_etcd_ops = {
	.free = store_free,
	.get_config = get_config,
	.claim = claim,
	.renew = renew,
	.release = release,
	.follow = follow,
	.metrics = metrics,
};

void store_etcd_relist(struct registry *reg, unsigned int ms)
{
	to_store(reg)->relist_ms = ms;
}

struct registry *store_etcd_new(struct etcd *etcd, const char *prefix)
{
	struct store_etcd *store = xcalloc(1, sizeof(*store));
	size_t len = strlen(prefix);

	while (len && prefix[len - 1] == '/')
		len--;
	store->reg.ops = &store_etcd_ops;
	store->etcd = etcd;
	TAILQ_INIT(&store->operations);
	store->backoff = BACKOFF(LIST_RETRY_MS, LIST_RETRY_MAX_MS);
	store->relist_ms = RELIST_MIN_MS;
	store->config_key = xasprintf("%.*s/config", (int)len, prefix);
	store->subnets = xasprintf("%.*s/subnets/", (int)len, prefix);
	store->subnets_end = xasprintf("%.*s/subnets0", (int)len, prefix);
	store->watch = etcd_watch_new(etcd, store->subnets, store->subnets_end,
				      &watch_ops, store);
	return &store->reg;
}
