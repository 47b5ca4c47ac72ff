// SPDX-License-Identifier: GPL-2.0
/*
 * The registry in etcd, with flannel's keys: <prefix>/config and
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
 * Nodes that missed changes read all leases again at random times: all of them
 * together read at most a thousand pages per second.
 */
#define LIST_SPREAD_MAX_MS 45000

/*
 * Undetected differences are found by reading all leases at intervals: each of n
 * nodes does so after 600 ms per node, so there are n / 300 pages per second.
 */
#define RELIST_MS	600
#define RELIST_MIN_MS	600000

TAILQ_HEAD(operation_list, operation);

struct registry_etcd {
	struct registry reg;
	struct etcd *etcd;
	struct operation_list operations;
	char *config_key;
	char *subnets;		/* "<prefix>/subnets/" */
	char *subnets_end;	/* first key after them */

	/* The follower. */
	const struct registry_events *events;
	void *events_ctx;
	struct etcd_watch *watch;
	struct loop_timer list;		/* the next listing */
	struct backoff backoff;		/* of listings that failed */
	unsigned int relist_ms;		/* between periodic listings */
	char *next_key;		/* of the listing */
	int64_t revision;	/* of the listing; 0: not known yet */
	struct etcd_history history;	/* of the listing */
	unsigned int count;	/* leases in it */
	int64_t page;
	bool skip;		/* skip a key whose value is too large */
	bool in_touch;
	unsigned long listings;

	/* This node's own lease, as etcd has it; version 0: unknown. */
	char own_name[256];
	int64_t own_version;
	int64_t own_lease;	/* its etcd lease */
	int64_t spare;		/* an etcd lease that may exist, for a claim */
	bool refused;		/* the last claim, permanently */
};

static struct registry_etcd *to_registry_etcd(struct registry *reg)
{
	return container_of(reg, struct registry_etcd, reg);
}

/* A pending operation: its callback, and its intermediate state. */
struct operation {
	TAILQ_ENTRY(operation) link;
	struct registry_etcd *re;
	registry_fn done;
	void *ctx;
	char *name;
	char *key;
	char *value;
	int64_t version;
	int64_t lease;
	bool granted;		/* one was created, or should have been */
	uint64_t ttl;
};

static struct operation *operation_new(struct registry *reg, const char *name,
				       registry_fn done, void *ctx)
{
	struct operation *op = xcalloc(1, sizeof(*op));

	op->re = to_registry_etcd(reg);
	TAILQ_INSERT_HEAD(&op->re->operations, op, link);
	op->done = done;
	op->ctx = ctx;
	if (name) {
		op->name = xstrdup(name);
		op->key = xasprintf("%s%s", op->re->subnets, name);
	}
	return op;
}

static void operation_free(struct operation *op)
{
	TAILQ_REMOVE(&op->re->operations, op, link);
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
 * The name of a key below subnets/, in @buf. NULL if it does not fit, or is not the
 * whole key: "10.5.1.0-24" followed by a zero byte does not name that lease.
 */
static const char *entry_name(const struct registry_etcd *re,
			      const Etcd__KeyValue *kv, char *buf, size_t size)
{
	size_t skip = strlen(re->subnets);

	if (kv->key.len < skip || kv->key.len - skip >= size ||
	    memcmp(kv->key.data, re->subnets, skip) ||
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

static void registry_etcd_get_config(struct registry *reg, registry_fn done,
				     void *ctx)
{
	struct operation *op = operation_new(reg, NULL, done, ctx);

	etcd_range(op->re->etcd, op->re->config_key, NULL, 0, 0, false,
		   config_read, op);
}

/* Claim */

static void forgotten(void *ctx, const struct grpc_status *status,
		      const ProtobufCMessage *reply)
{
	if (status->code)
		log_debug("etcd: an unneeded lease stays until it expires: %s",
			  status->text);
}

/* The key that a failed condition of a transaction found. NULL: no such key. */
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
	struct registry_etcd *re = op->re;

	snprintf(re->own_name, sizeof(re->own_name), "%s", op->name);
	re->own_version = version;
	re->own_lease = op->lease;
	re->refused = false;
	if (re->spare && re->spare != op->lease)
		etcd_lease_revoke(re->etcd, re->spare, forgotten, NULL);
	re->spare = 0;
}

/* An update of this node's own lease. */
static void note_own(struct registry_etcd *re, const char *name, int64_t version)
{
	if (!strcmp(re->own_name, name))
		re->own_version = version;
}

/* The claim is lost, and the etcd lease created for it is useless. */
static void drop_spare(struct operation *op)
{
	struct registry_etcd *re = op->re;

	if (!re->spare || re->spare != op->lease)
		return;
	etcd_lease_revoke(re->etcd, re->spare, forgotten, NULL);
	/* The revocation may overtake a grant of the same id. */
	re->spare = 0;
}

static void claim_grant(struct operation *op);
static void claim_kept_alive(void *ctx, const struct grpc_status *status,
			     const ProtobufCMessage *reply);

/*
 * If the connection failed, the outcome is unknown: keep the etcd lease for the
 * next attempt. If etcd refuses the claim, leave nothing behind.
 */
static void claim_failed(struct operation *op, const struct grpc_status *status)
{
	struct registry_answer answer = {
		.result = REGISTRY_ERROR, .error = status->text,
	};

	if (status->code == GRPC_PERMISSION_DENIED) {
		answer.refused = true;
		op->re->refused = true;
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
		/* It exists already: an earlier attempt succeeded after all. */
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
	etcd_put_if(op->re->etcd, op->key, op->value, op->lease,
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
		/* It exists already: the answer to an earlier attempt was lost. */
		etcd_lease_keep_alive(op->re->etcd, op->lease,
				      claim_kept_alive, op);
	} else {
		claim_failed(op, status);
	}
}

/*
 * The id is chosen here and kept until the claim is done, so that neither a grant
 * whose answer is lost nor one that is sent twice leaves anything behind.
 */
static void take_spare(struct operation *op)
{
	struct registry_etcd *re = op->re;

	if (!re->spare)
		re->spare = (int64_t)random_below(INT32_MAX) << 32 |
			       (1 + random_below(INT32_MAX));
	op->lease = re->spare;
}

static void claim_grant(struct operation *op)
{
	take_spare(op);
	op->granted = true;
	etcd_lease_grant(op->re->etcd, op->lease, op->ttl, claim_granted,
			 op);
}

static void claim_kept_alive(void *ctx, const struct grpc_status *status,
			     const ProtobufCMessage *reply)
{
	const Etcd__LeaseKeepAliveResponse *alive =
		(const Etcd__LeaseKeepAliveResponse *)reply;
	struct operation *op = ctx;

	/* A lease with another TTL was not created for this. */
	if (!status->code && alive->ttl == (int64_t)op->ttl) {
		claim_write(op);
	} else if (!status->code || status->code == GRPC_NOT_FOUND) {
		if (op->granted)
			op->re->spare = 0;	/* it existed, and has expired */
		claim_grant(op);
	} else {
		claim_failed(op, status);
	}
}

static void registry_etcd_claim(struct registry *reg, const char *name,
				const char *value, int64_t version,
				int64_t lease, uint64_t ttl, registry_fn done,
				void *ctx)
{
	struct operation *op = operation_new(reg, name, done, ctx);
	struct registry_etcd *re = op->re;

	op->value = xstrdup(value);
	op->version = version;
	op->ttl = ttl;
	/* The key may be deleted while its etcd lease is still alive. */
	op->lease = lease || !ttl ? lease : re->own_lease;
	if (!ttl) {
		op->lease = 0;
		claim_write(op);
	} else if (op->lease) {
		etcd_lease_keep_alive(re->etcd, op->lease, claim_kept_alive,
				      op);
	} else if (re->refused) {
		/*
		 * Is writing permitted now? Otherwise do not create an unused
		 * lease.
		 */
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

static void registry_etcd_renew(struct registry *reg, const char *name,
				int64_t lease, registry_fn done, void *ctx)
{
	struct operation *op = operation_new(reg, name, done, ctx);

	etcd_lease_keep_alive(op->re->etcd, lease, renewed, op);
}

static void release_revoked(void *ctx, const struct grpc_status *status,
			    const ProtobufCMessage *reply)
{
	struct registry_answer answer = { .result = REGISTRY_OK };

	forgotten(NULL, status, reply);
	operation_end(ctx, &answer);
}

/* The etcd lease of the deleted key, if nothing else needs it. */
static int64_t lease_without_key(struct operation *op,
				 const Etcd__TxnResponse *txn)
{
	struct registry_etcd *re = op->re;
	const Etcd__DeleteRangeResponse *deleted;
	int64_t lease;

	if (!txn->n_responses ||
	    txn->responses[0]->response_case !=
	    ETCD__RESPONSE_OP__RESPONSE_RESPONSE_DELETE_RANGE)
		return 0;
	deleted = txn->responses[0]->response_delete_range;
	lease = deleted->n_prev_kvs ? deleted->prev_kvs[0]->lease : 0;
	if (lease != re->own_lease)
		return lease;
	if (strcmp(op->name, re->own_name))
		return 0;
	re->own_lease = 0;
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
			etcd_lease_revoke(op->re->etcd, op->lease,
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

static void registry_etcd_release(struct registry *reg, const char *name,
				  int64_t version, registry_fn done, void *ctx)
{
	struct operation *op = operation_new(reg, name, done, ctx);

	etcd_delete_if(op->re->etcd, op->key, version, released, op);
}

/* Follow */

static void list_page(void *ctx);

static void tell_state(struct registry_etcd *re, const char *why)
{
	if (re->in_touch == !why)
		return;
	re->in_touch = !why;
	re->events->state(re->events_ctx, why);
}

static void list_anew(void *ctx)
{
	struct registry_etcd *re = ctx;

	/* Changes made in the meantime are reported after it. */
	etcd_watch_stop(re->watch);
	free(re->next_key);
	re->next_key = xstrdup(re->subnets);
	re->revision = 0;
	re->history = (struct etcd_history){ 0 };
	re->count = 0;
	re->page = PAGE_KEYS;
	re->skip = false;
	list_page(re);
}

static void list_after(struct registry_etcd *re, unsigned int ms)
{
	loop_timer_set(etcd_loop(re->etcd), &re->list, ms, list_anew,
		       re);
}

/* This node, and perhaps every node, missed changes: do not list all at once. */
static void list_soon(struct registry_etcd *re)
{
	uint64_t n = re->count, ms = n * n / PAGE_KEYS;

	if (ms > LIST_SPREAD_MAX_MS)
		ms = LIST_SPREAD_MAX_MS;
	list_after(re, random_below(ms + 1));
}

static void list_later(struct registry_etcd *re)
{
	unsigned int ms = re->relist_ms;

	if (re->count > ms / RELIST_MS)
		ms = re->count * RELIST_MS;
	list_after(re, backoff_jitter(ms));
}

static void list_failed(struct registry_etcd *re,
			const struct grpc_status *status)
{
	if (status->too_large && !re->skip) {
		/*
		 * Use smaller pages; finally, read the key that is too large on its
		 * own.
		 */
		if (re->page > 1)
			re->page = re->page > 4 ? re->page / 4 : 1;
		else
			re->skip = true;
		list_page(re);
		return;
	}
	tell_state(re, status->text);
	list_after(re, backoff_pause(&re->backoff));
}

static void tell_put(struct registry_etcd *re, const Etcd__KeyValue *kv)
{
	struct registry_entry entry;
	char name[256];

	if (!entry_name(re, kv, name, sizeof(name))) {
		log_warning("etcd: ignoring a key of %zu bytes below %s, which is too long for a lease",
			    kv->key.len, re->subnets);
		return;
	}
	fill_entry(&entry, name, kv);
	note_own(re, name, kv->mod_revision);
	re->events->put(re->events_ctx, &entry);
}

static void listed(void *ctx, const struct grpc_status *status,
		   const ProtobufCMessage *reply)
{
	const Etcd__RangeResponse *range = (const Etcd__RangeResponse *)reply;
	struct registry_etcd *re = ctx;
	const Etcd__KeyValue *last;
	const char *other;
	size_t i;

	if (status->code) {
		list_failed(re, status);
		return;
	}
	other = etcd_history_check(&re->history, range->header);
	if (other) {
		log_notice("restarting the listing of all leases: %s", other);
		list_after(re, backoff_pause(&re->backoff));
		return;
	}
	if (!re->revision) {
		re->revision = range->header ? range->header->revision : 0;
		re->listings++;
		re->events->snapshot_begin(re->events_ctx);
	}

	re->count += range->n_kvs;
	for (i = 0; i < range->n_kvs; i++) {
		if (re->skip)
			log_warning("etcd: ignoring the value of %.*s, which is too large for a lease",
				    (int)range->kvs[i]->key.len,
				    (const char *)range->kvs[i]->key.data);
		/* Without its value: the subnet still counts as taken. */
		tell_put(re, range->kvs[i]);
	}

	if (range->more && range->n_kvs) {
		/*
		 * Continue after the last key. A key that starts with it and a zero
		 * byte would be skipped, but is not the name of a lease.
		 */
		last = range->kvs[range->n_kvs - 1];
		free(re->next_key);
		re->next_key = xasprintf("%.*s\x01", (int)last->key.len,
					 (const char *)last->key.data);
		re->skip = false;
		list_page(re);
		return;
	}

	backoff_reset(&re->backoff);
	list_later(re);
	re->events->snapshot_end(re->events_ctx);
	tell_state(re, NULL);
	etcd_watch_start(re->watch, re->revision + 1, &re->history,
			 re->count);
}

static void list_page(void *ctx)
{
	struct registry_etcd *re = ctx;

	etcd_range(re->etcd, re->next_key, re->subnets_end,
		   re->page, re->revision, re->skip, listed, re);
}

static void watch_events(void *ctx, struct Etcd__Event *const *events,
			 size_t count)
{
	struct registry_etcd *re = ctx;
	char name[256];
	size_t i;

	for (i = 0; i < count; i++) {
		if (!events[i]->kv)
			continue;
		if (events[i]->type == ETCD__EVENT__EVENT_TYPE__PUT) {
			tell_put(re, events[i]->kv);
		} else if (entry_name(re, events[i]->kv, name,
				      sizeof(name))) {
			note_own(re, name, 0);
			re->events->removed(re->events_ctx, name);
		}
	}
}

static void watch_behind(void *ctx, const char *why)
{
	struct registry_etcd *re = ctx;

	log_notice("reading all leases again: %s", why);
	list_soon(re);
}

/*
 * A recreated or restored etcd may look the same except for its contents. This
 * node's own lease is what tells it apart.
 */
static void own_checked(void *ctx, const struct grpc_status *status,
			const ProtobufCMessage *reply)
{
	const Etcd__RangeResponse *range = (const Etcd__RangeResponse *)reply;
	struct registry_etcd *re = ctx;
	int64_t version;

	/* If the connection failed, it will be retried. */
	if (status->code || !re->own_version)
		return;
	version = range->n_kvs ? range->kvs[0]->mod_revision : 0;
	if (version == re->own_version)
		return;
	re->own_version = 0;
	watch_behind(re, version ?
		     "the lease of this node is not the one that was written" :
		     "the lease of this node is not in etcd");
}

static void watch_resumed(void *ctx)
{
	struct registry_etcd *re = ctx;
	char *key;

	if (!re->own_version)
		return;
	key = xasprintf("%s%s", re->subnets, re->own_name);
	etcd_range(re->etcd, key, NULL, 0, 0, true, own_checked, re);
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

static void registry_etcd_follow(struct registry *reg,
				 const struct registry_events *events,
				 void *ctx)
{
	struct registry_etcd *re = to_registry_etcd(reg);

	re->events = events;
	re->events_ctx = ctx;
	re->in_touch = true;
	list_anew(re);
}

static void registry_etcd_metrics(struct registry *reg, void *ctx,
				  void (*add)(void *ctx, const char *fmt, ...))
{
	struct registry_etcd *re = to_registry_etcd(reg);
	const struct etcd_stats *stats = etcd_stats(re->etcd);
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
	add(ctx, "# HELP flannel_etcd_watch_restarts_total Watch streams lost and reopened.\n"
		 "# TYPE flannel_etcd_watch_restarts_total counter\n"
		 "flannel_etcd_watch_restarts_total %lu\n",
	    etcd_watch_restarts(re->watch));
	add(ctx, "# HELP flannel_etcd_listings_total Listings of all leases.\n"
		 "# TYPE flannel_etcd_listings_total counter\n"
		 "flannel_etcd_listings_total %lu\n", re->listings);
	metrics_label(&endpoint, etcd_endpoint(re->etcd));
	add(ctx, "# HELP flannel_etcd_endpoint_info The endpoint in use.\n"
		 "# TYPE flannel_etcd_endpoint_info gauge\n"
		 "flannel_etcd_endpoint_info{endpoint=\"%s\"} 1\n",
	    endpoint.data);
	text_free(&endpoint);
}

static void registry_etcd_free(struct registry *reg)
{
	struct registry_etcd *re = to_registry_etcd(reg);
	struct operation *op;

	etcd_watch_free(re->watch);
	loop_timer_cancel(etcd_loop(re->etcd), &re->list);
	etcd_free(re->etcd);
	while ((op = TAILQ_FIRST(&re->operations)))
		operation_free(op);
	free(re->config_key);
	free(re->subnets);
	free(re->subnets_end);
	free(re->next_key);
	free(re);
}

static const struct registry_ops registry_etcd_ops = {
	.free = registry_etcd_free,
	.get_config = registry_etcd_get_config,
	.claim = registry_etcd_claim,
	.renew = registry_etcd_renew,
	.release = registry_etcd_release,
	.follow = registry_etcd_follow,
	.metrics = registry_etcd_metrics,
};

void registry_etcd_relist(struct registry *reg, unsigned int ms)
{
	to_registry_etcd(reg)->relist_ms = ms;
}

struct registry *registry_etcd_new(struct etcd *etcd, const char *prefix)
{
	struct registry_etcd *re = xcalloc(1, sizeof(*re));
	size_t len = strlen(prefix);

	while (len && prefix[len - 1] == '/')
		len--;
	re->reg.ops = &registry_etcd_ops;
	re->etcd = etcd;
	TAILQ_INIT(&re->operations);
	re->backoff = BACKOFF(LIST_RETRY_MS, LIST_RETRY_MAX_MS);
	re->relist_ms = RELIST_MIN_MS;
	re->config_key = xasprintf("%.*s/config", (int)len, prefix);
	re->subnets = xasprintf("%.*s/subnets/", (int)len, prefix);
	re->subnets_end = xasprintf("%.*s/subnets0", (int)len, prefix);
	re->watch = etcd_watch_new(etcd, re->subnets, re->subnets_end,
				   &watch_ops, re);
	return &re->reg;
}
