// SPDX-License-Identifier: GPL-2.0
/*
 * This node's own lease. It is claimed by compare-and-write, so that of two
 * nodes that want one subnet only one gets it; the other one chooses anew.
 * A lease that was lost is claimed again: what runs on this node keeps its
 * addresses unless somebody else has them by now.
 */
#include "own_lease.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocate.h"
#include "backoff.h"
#include "log.h"
#include "metrics.h"
#include "subnet_env.h"
#include "util.h"

#define TTL_SECONDS	86400
#define CLAIMS_AT_ONCE	10	/* lost races before a pause */
#define RETRY_MS	1000
#define RETRY_MAX_MS	10000
#define REFUSED_MAX_MS	300000	/* the store has said no */
#define RENEW_RETRY_MS	30000

struct own_lease {
	struct own_lease_env env;
	struct lease_value value;
	struct lease_value claimed;	/* of the claim under way */
	char *text;			/* of the value */
	bool wanted;
	bool busy;			/* a request is under way */
	bool again;			/* claim again after it */

	/* What was claimed last, and is held if @held. */
	bool held;
	struct lease_value held_value;
	char name[SUBNET_KEY_LEN];
	struct subnets subnets;
	int64_t version, lease;
	uint64_t expires_ms;		/* 0: never */

	struct loop_timer timer;	/* next claim, or renewal */
	unsigned int lost_races;
	struct backoff error_pause, refused_pause;
	struct log_trouble trouble;
	unsigned long renewals, renewal_failures, losses, races;
};

static void claim(void *ctx);

struct own_lease *own_lease_new(const struct own_lease_env *env)
{
	struct own_lease *own = xcalloc(1, sizeof(*own));

	own->env = *env;
	own->error_pause = BACKOFF(RETRY_MS, RETRY_MAX_MS);
	own->refused_pause = BACKOFF(RETRY_MS, REFUSED_MAX_MS);
	return own;
}

/*
 * An answer that is still on its way would find nothing: the registry goes
 * away after this, and its answers with it.
 */
void own_lease_free(struct own_lease *own)
{
	if (!own)
		return;
	loop_timer_cancel(own->env.loop, &own->timer);
	free(own->text);
	free(own);
}

static void schedule(struct own_lease *own, uint64_t ms, void (*fn)(void *ctx))
{
	loop_timer_set(own->env.loop, &own->timer, ms, fn, own);
}

static void claim_after(struct own_lease *own, uint64_t ms)
{
	if (own->busy)
		own->again = true;
	else
		schedule(own, ms, claim);
}

/* The address that nodes know each other by. */
static bool is_mine(const struct own_lease *own, const struct lease_value *v)
{
	const struct underlay *u = own->env.underlay;

	if (fl_addr_is_set(&u->public4))
		return fl_addr_equal(&v->public4, &u->public4);
	return fl_addr_equal(&v->public6, &u->public6);
}

const struct peer *own_lease_last(const struct own_lease *own)
{
	const struct peer *peer, *other = NULL;

	for (peer = peers_first(own->env.peers); peer; peer = peers_next(peer)) {
		if (!is_mine(own, &peer->value))
			continue;
		if (allocate_fits(&peer->subnets, own->env.conf))
			return peer;
		other = peer;
	}
	return other;
}

/* Whether a lease other than the one of this very name has some of it. */
static const struct peer *overlapping(const struct own_lease *own,
				      const struct subnets *subnets,
				      const char *name)
{
	const struct peer *peer;

	for (peer = peers_first(own->env.peers); peer; peer = peers_next(peer)) {
		if (!strcmp(peer->name, name))
			continue;
		if ((fl_prefix_is_set(&subnets->v4) &&
		     fl_prefix_is_set(&peer->subnets.v4) &&
		     fl_prefix_overlaps(&subnets->v4, &peer->subnets.v4)) ||
		    (fl_prefix_is_set(&subnets->v6) &&
		     fl_prefix_is_set(&peer->subnets.v6) &&
		     fl_prefix_overlaps(&subnets->v6, &peer->subnets.v6)))
			return peer;
	}
	return NULL;
}

/* ... or by which they knew this one until now. */
static bool is_ours(const struct own_lease *own, const struct peer *peer)
{
	return is_mine(own, &peer->value) ||
	       (own->held && !strcmp(peer->name, own->name) &&
		lease_value_equal(&peer->value, &own->held_value));
}

/* The name is free, or is this node's. */
static bool can_have(const struct own_lease *own, const struct subnets *subnets)
{
	const struct peer *peer;
	char name[SUBNET_KEY_LEN];

	subnet_key_format(subnets, name);
	peer = peers_find_name(own->env.peers, name);
	if (peer && !is_ours(own, peer))
		return false;
	peer = overlapping(own, subnets, name);
	return !peer || is_ours(own, peer);
}

/* Choice */

static bool choose_held(struct own_lease *own)
{
	char name[SUBNET_KEY_LEN];

	if (!fl_prefix_is_set(&own->subnets.v4) &&
	    !fl_prefix_is_set(&own->subnets.v6))
		return false;
	if (can_have(own, &own->subnets))
		return true;
	log_error("the subnet of this node, %s, belongs to another node now: containers that run here with addresses of it have to be restarted",
		  subnet_key_format(&own->subnets, name));
	memset(&own->subnets, 0, sizeof(own->subnets));
	return false;
}

static bool choose_mine(struct own_lease *own)
{
	const struct peer *peer = own_lease_last(own);

	if (!peer)
		return false;
	if (!allocate_fits(&peer->subnets, own->env.conf)) {
		log_notice("the last lease of this node, %s, does not fit the network config and is not used again",
			   peer->name);
		return false;
	}
	log_info("using the %s of this node, %s, again",
		 peer->lease ? "lease" : "reservation", peer->name);
	own->subnets = peer->subnets;
	return true;
}

/*
 * A network may have got a family since, or lost one: what runs on this node
 * keeps the addresses of the other one.
 */
static void match_families(const struct own_lease *own, struct subnets *subnets)
{
	const struct netconf *conf = own->env.conf;
	struct subnets fresh = { 0 };
	char error[160];

	if (!fl_prefix_is_set(&conf->v4.network))
		subnets->v4 = (struct fl_prefix){ 0 };
	if (!fl_prefix_is_set(&conf->v6.network))
		subnets->v6 = (struct fl_prefix){ 0 };
	if (!allocate_subnets(&fresh, conf, own->env.peers, error))
		return;
	if (!fl_prefix_is_set(&subnets->v4))
		subnets->v4 = fresh.v4;
	if (!fl_prefix_is_set(&subnets->v6))
		subnets->v6 = fresh.v6;
}

static bool choose_previous(struct own_lease *own)
{
	const char *path = own->env.opt->subnet_file;
	char name[SUBNET_KEY_LEN];
	struct subnets subnets;

	if (!subnet_env_read(path, &subnets))
		return false;
	match_families(own, &subnets);
	subnet_key_format(&subnets, name);
	if (!allocate_fits(&subnets, own->env.conf)) {
		log_notice("Found previously leased subnet (%s) that is not compatible with the network config, ignoring it",
			   name);
		return false;
	}
	if (!can_have(own, &subnets)) {
		log_notice("the subnet %s of %s belongs to another node now",
			   name, path);
		return false;
	}
	log_info("asking for the subnet of %s again: %s", path, name);
	own->subnets = subnets;
	return true;
}

static bool choose(struct own_lease *own)
{
	char error[160];

	if (choose_held(own) || choose_mine(own) || choose_previous(own))
		return true;
	if (allocate_subnets(&own->subnets, own->env.conf, own->env.peers,
			     error))
		return true;
	if (own->name[0]) {
		/* It had one, so it may have one again. */
		if (log_due(&own->trouble, error))
			log_error("no lease for this node: %s", error);
		claim_after(own, backoff_jitter(RETRY_MAX_MS));
	} else {
		own->wanted = false;
		own->env.ops->impossible(own->env.ctx, error);
	}
	return false;
}

/* Other leases of this node's address are of no use and mislead others. */
static void forgotten(void *ctx, const struct registry_answer *answer)
{
	(void)ctx;
	if (answer->result == REGISTRY_ERROR)
		log_debug("a former lease stays until it expires: %s",
			  answer->error);
}

static void drop_former(struct own_lease *own)
{
	struct registry *reg = own->env.registry;
	const struct peer *peer;

	for (peer = peers_first(own->env.peers); peer; peer = peers_next(peer)) {
		if (!is_mine(own, &peer->value) ||
		    !strcmp(peer->name, own->name))
			continue;
		if (!peer->lease) {
			log_warning("the reservation %s has this node's address, too, but is not used",
				    peer->name);
			continue;
		}
		log_info("giving back a former lease of this node, %s",
			 peer->name);
		reg->ops->release(reg, peer->name, peer->version, forgotten,
				  NULL);
	}
}

/* Renewal */

static void renew(void *ctx);

static void schedule_renewal(struct own_lease *own, uint64_t ttl)
{
	uint64_t margin = own->env.opt->subnet_lease_renew_margin * 60;
	uint64_t ms;

	if (!ttl) {
		own->expires_ms = 0;
		return;
	}
	own->expires_ms = loop_now() + ttl * 1000;
	if (margin > ttl / 2)
		margin = ttl / 2;
	/* Nodes that were started together need not renew together. */
	ms = (ttl - margin) * 1000;
	schedule(own, ms - random_below(ms / 20 + 1), renew);
}

static void lost(struct own_lease *own, const char *why)
{
	own->held = false;
	own->losses++;
	log_warning("the lease of this node, %s, %s: acquiring it again; traffic goes on meanwhile",
		    own->name, why);
	claim_after(own, 0);
}

/* What happened while a request was under way comes before what it asks for next. */
static void go_on(struct own_lease *own)
{
	if (!own->again)
		return;
	own->again = false;
	claim_after(own, 0);
}

static void renewal_done(void *ctx, const struct registry_answer *answer)
{
	struct own_lease *own = ctx;

	own->busy = false;
	switch (answer->result) {
	case REGISTRY_OK:
		own->renewals++;
		if (log_over(&own->trouble))
			log_notice("the lease is renewed after all");
		log_info("the lease of %s is renewed for %llu s", own->name,
			 (unsigned long long)answer->ttl);
		schedule_renewal(own, answer->ttl);
		break;
	case REGISTRY_NOT_FOUND:
	case REGISTRY_CONFLICT:
		lost(own, "has expired");
		break;
	case REGISTRY_ERROR:
		own->renewal_failures++;
		if (log_due(&own->trouble, answer->error))
			log_error("cannot renew the lease (trying again in about 30 s): %s",
				  answer->error);
		schedule(own, backoff_jitter(RENEW_RETRY_MS), renew);
		break;
	}
	go_on(own);
}

static void renew(void *ctx)
{
	struct own_lease *own = ctx;
	struct registry *reg = own->env.registry;

	if (own->busy) {
		schedule(own, RETRY_MS, renew);
		return;
	}
	own->busy = true;
	reg->ops->renew(reg, own->name, own->lease, renewal_done, own);
}

/* Claim */

static void claim_ok(struct own_lease *own,
		     const struct registry_answer *answer)
{
	char name[SUBNET_KEY_LEN];
	bool moved;

	subnet_key_format(&own->subnets, name);
	moved = strcmp(name, own->name);
	if (log_over(&own->trouble))
		log_notice("the registry answers again");
	if (moved || !own->held)
		log_notice("this node has the %s %s%s%s",
			   answer->entry.lease ? "lease" : "reservation", name,
			   moved && own->name[0] ? ", before it was " : "",
			   moved ? own->name : "");
	snprintf(own->name, sizeof(own->name), "%s", name);
	own->held = true;
	own->held_value = own->claimed;
	own->version = answer->entry.version;
	own->lease = answer->entry.lease;
	own->lost_races = 0;
	backoff_reset(&own->error_pause);
	backoff_reset(&own->refused_pause);
	loop_timer_cancel(own->env.loop, &own->timer);
	schedule_renewal(own, answer->ttl);
	if (moved)
		drop_former(own);
	own->env.ops->acquired(own->env.ctx, &own->subnets, moved);
}

static void claim_error(struct own_lease *own,
			const struct registry_answer *answer)
{
	if (log_due(&own->trouble, answer->error))
		log_error("cannot acquire a lease (trying on): %s",
			  answer->error);
	claim_after(own, backoff_pause(answer->refused ? &own->refused_pause :
							 &own->error_pause));
}

/* Somebody was faster: another choice, by what the mirror will know in a moment. */
static void claim_again(struct own_lease *own, const struct registry_answer *answer)
{
	char name[SUBNET_KEY_LEN];

	own->races++;
	if (answer->result == REGISTRY_CONFLICT)
		peers_put(own->env.peers, &answer->entry);
	else
		peers_remove(own->env.peers,
			     subnet_key_format(&own->subnets, name));
	log_debug("the registry has changed while claiming; choosing anew");
	if (!own->held && !own->name[0])
		memset(&own->subnets, 0, sizeof(own->subnets));
	claim_after(own, ++own->lost_races % CLAIMS_AT_ONCE ? 0 :
			 backoff_jitter(RETRY_MS));
}

static void claimed(void *ctx, const struct registry_answer *answer)
{
	struct own_lease *own = ctx;

	own->busy = false;
	switch (answer->result) {
	case REGISTRY_OK:
		claim_ok(own, answer);
		break;
	case REGISTRY_ERROR:
		claim_error(own, answer);
		break;
	case REGISTRY_CONFLICT:
	case REGISTRY_NOT_FOUND:
		claim_again(own, answer);
		break;
	}
	go_on(own);
}

static void claim(void *ctx)
{
	struct own_lease *own = ctx;
	struct registry *reg = own->env.registry;
	const struct peer *peer;
	char name[SUBNET_KEY_LEN];
	bool reserved;

	if (own->busy) {
		own->again = true;
		return;
	}
	if (!own->wanted || !choose(own))
		return;
	subnet_key_format(&own->subnets, name);
	peer = peers_find_name(own->env.peers, name);
	/* What never expires was put there to stay so. */
	reserved = peer && !peer->lease;
	own->busy = true;
	own->claimed = own->value;
	reg->ops->claim(reg, name, own->text, peer ? peer->version : 0,
			peer ? peer->lease : 0, reserved ? 0 : TTL_SECONDS,
			claimed, own);
}

void own_lease_publish(struct own_lease *own, const struct lease_value *value)
{
	own->value = *value;
	free(own->text);
	own->text = lease_value_format(value);
	own->wanted = true;
	claim_after(own, 0);
}

/* News */

static bool is_held(const struct own_lease *own, const struct peer *peer)
{
	return own->held && !strcmp(peer->name, own->name);
}

void own_lease_changed(struct own_lease *own, const struct peer *peer)
{
	char buf[FL_ADDR_STRLEN];

	if (!is_held(own, peer) || peer->version <= own->version ||
	    lease_value_equal(&peer->value, &own->value))
		return;
	if (is_mine(own, &peer->value)) {
		own->losses++;
		log_warning("somebody has changed the lease of this node, %s: is there another flannel with this address? It is set right again",
			    own->name);
		claim_after(own, RETRY_MS);
		return;
	}
	fl_addr_text(fl_addr_is_set(&peer->value.public4) ?
		     &peer->value.public4 : &peer->value.public6, buf);
	log_error("the lease of this node, %s, was given to %s", own->name,
		  buf);
	own->held = false;
	own->losses++;
	claim_after(own, RETRY_MS);
}

void own_lease_removed(struct own_lease *own, const struct peer *peer)
{
	if (!is_held(own, peer) || !own->wanted)
		return;
	/* The answer that is on its way may be older than this. */
	if (own->busy)
		own->again = true;
	else
		lost(own, "was deleted or has expired");
}

/* Release */

static void given_back(void *ctx, const struct registry_answer *answer)
{
	struct own_lease *own = ctx;

	own->busy = false;
	own->env.ops->released(own->env.ctx,
			       answer->result == REGISTRY_ERROR ?
			       answer->error : NULL);
}

void own_lease_release(struct own_lease *own)
{
	struct registry *reg = own->env.registry;
	const struct peer *peer = own_lease_last(own);

	own->wanted = false;
	loop_timer_cancel(own->env.loop, &own->timer);
	/* The mirror may not have it yet. */
	if (own->held && own->lease) {
		log_info("giving back the lease %s", own->name);
		own->busy = true;
		reg->ops->release(reg, own->name, own->version, given_back, own);
		return;
	}
	if (!peer || !peer->lease) {
		log_info(peer ? "the reservation %s stays" :
				"this node has no lease to give back",
			 peer ? peer->name : "");
		own->env.ops->released(own->env.ctx, NULL);
		return;
	}
	log_info("giving back the lease %s", peer->name);
	own->busy = true;
	reg->ops->release(reg, peer->name, peer->version, given_back, own);
}

bool own_lease_held(const struct own_lease *own)
{
	return own->held;
}

void own_lease_metrics(const struct own_lease *own, struct text *text)
{
	uint64_t now = loop_now();

	metrics_gauge(text, "flannel_lease_held", own->held,
		      "1 if this node has a lease.");
	if (own->held && own->expires_ms)
		metrics_gauge(text, "flannel_lease_expiry_seconds",
			      own->expires_ms > now ?
			      (own->expires_ms - now) / 1e3 : 0,
			      "Time until the lease of this node expires.");
	metrics_head(text, "flannel_lease_renewals_total", "counter",
		     "Renewals of the lease of this node.");
	text_add(text,
		 "flannel_lease_renewals_total{result=\"ok\"} %lu\n"
		 "flannel_lease_renewals_total{result=\"failed\"} %lu\n",
		 own->renewals, own->renewal_failures);
	metrics_counter(text, "flannel_lease_losses_total", own->losses,
			"Times that the lease of this node was deleted or changed by somebody else.");
	metrics_counter(text, "flannel_lease_races_total", own->races,
			"Claims that were lost to another node.");
}
