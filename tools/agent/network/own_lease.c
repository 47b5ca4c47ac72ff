// SPDX-License-Identifier: GPL-2.0
/*
 * This node's own lease. It is claimed by compare-and-swap: if two nodes want the
 * same subnet, only one gets it, and the other one chooses again. A lost lease is
 * claimed again: pods on this node keep their addresses unless another node has
 * them by then.
 *
 * Two machines may have the same address (behind a NAT, or copied images). A lease
 * with this node's address that was written by another machine is not taken over:
 * the agent asks its owner, through the lease, whether it is still alive. An agent
 * that finds such a probe in its lease answers by rewriting the lease.
 */
#include "network/own_lease.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/util.h"
#include "network/allocate.h"
#include "network/subnet_env.h"

#define TTL_SECONDS	86400
#define CLAIMS_AT_ONCE	10	/* lost races before a pause */
#define RETRY_MS	1000
#define RETRY_MAX_MS	10000
#define REFUSED_MAX_MS	300000	/* the registry has refused */
#define RENEW_RETRY_MS	30000
#define PROBE_MS	10000	/* time for the owner of a lease to answer */
#define CONTEST_MIN_MS	30000	/* before it is asked again */
#define CONTEST_MAX_MS	300000
#define FIGHTS		4	/* someone else overwrites our lease: not ready then */
#define FIGHT_OVER_MS	600000

struct own_lease {
	struct own_lease_env env;
	struct lease_value value;
	struct lease_value claimed;	/* of the pending claim */
	char *text;			/* of the value */
	bool wanted;
	bool busy;			/* a request is pending */
	bool again;			/* claim again after it */

	/* The last claim, which is held if @held. */
	bool held;
	struct lease_value held_value;
	char name[SUBNET_KEY_LEN];
	struct subnets subnets;
	int64_t version, lease;
	uint64_t expires_ms;		/* 0: never */

	struct loop_timer timer;	/* next claim, or renewal */
	/* With another machine of this node's address. */
	bool contested;
	bool probing;			/* waiting for an answer */
	bool unanswered;		/* its owner is gone: to be taken over */
	int64_t probe_version;
	uint64_t claimed_ms, fought_ms;
	unsigned int fights;
	struct backoff contest_pause, fight_pause;
	struct log_trouble contest_trouble, mac_trouble, assigned_trouble;

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
	own->contest_pause = BACKOFF(CONTEST_MIN_MS, CONTEST_MAX_MS);
	own->fight_pause = BACKOFF(RETRY_MS, CONTEST_MAX_MS);
	return own;
}

/*
 * A pending answer has no receiver any more: the registry and its answers end after
 * this.
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

/* The address by which nodes identify each other. */
static bool has_own_address(const struct own_lease *own,
			    const struct lease_value *v)
{
	if (flc_addr_is_set(own->env.public4))
		return flc_addr_equal(&v->public4, own->env.public4);
	return flc_addr_equal(&v->public6, own->env.public6);
}

/* The subnets that the registry has for this node, if they are its to choose. */
static bool assigned(const struct own_lease *own, struct subnets *subnets)
{
	struct registry *reg = own->env.registry;

	return reg->ops->assigned(reg, subnets);
}

static bool is_assigned(const struct own_lease *own)
{
	return own->env.registry->ops->assigned;
}

/* A lease of this node, no matter who wrote it last. */
static bool is_own(const struct own_lease *own, const struct peer *peer)
{
	struct subnets subnets;

	if (is_assigned(own))
		return assigned(own, &subnets) &&
		       subnets_equal(&subnets, &peer->subnets);
	return has_own_address(own, &peer->value);
}

/*
 * Written by another machine; or, if another agent with this machine's id has
 * proven to be alive, by another run.
 */
static bool is_foreign(const struct own_lease *own,
		       const struct lease_value *value)
{
	const struct lease_agent *me = &own->env.agent, *it = &value->agent;

	if (!*me->node || !*it->node)
		return false;
	return strcmp(it->node, me->node) ||
	       (own->contested && strcmp(it->run, me->run));
}

/* The lease that another machine has for this node's address, or NULL. */
static const struct peer *find_rival(const struct own_lease *own)
{
	const struct peer *peer;

	for (peer = peers_first(own->env.peers); peer; peer = peers_next(peer))
		if (is_own(own, peer) && is_foreign(own, &peer->value))
			return peer;
	return NULL;
}

const struct peer *own_lease_last(const struct own_lease *own)
{
	const struct peer *peer, *other = NULL;

	for (peer = peers_first(own->env.peers); peer; peer = peers_next(peer)) {
		if (!is_own(own, peer) ||
		    (is_foreign(own, &peer->value) && !own->unanswered))
			continue;
		if (is_assigned(own) || allocate_fits(&peer->subnets, own->env.conf))
			return peer;
		other = peer;
	}
	return other;
}

/* Whether a lease with another name overlaps it. */
static const struct peer *overlapping(const struct own_lease *own,
				      const struct subnets *subnets,
				      const char *name)
{
	const struct peer *peer;

	for (peer = peers_first(own->env.peers); peer; peer = peers_next(peer)) {
		if (!strcmp(peer->name, name))
			continue;
		if ((flc_prefix_is_set(&subnets->v4) &&
		     flc_prefix_is_set(&peer->subnets.v4) &&
		     flc_prefix_overlaps(&subnets->v4, &peer->subnets.v4)) ||
		    (flc_prefix_is_set(&subnets->v6) &&
		     flc_prefix_is_set(&peer->subnets.v6) &&
		     flc_prefix_overlaps(&subnets->v6, &peer->subnets.v6)))
			return peer;
	}
	return NULL;
}

/*
 * has_own_address(), or the lease that this node held under its previous address.
 * The peers may not have its latest value yet.
 */
static bool is_of_this_node(const struct own_lease *own,
			    const struct peer *peer)
{
	return is_own(own, peer) ||
	       (own->held && !strcmp(peer->name, own->name) &&
		(peer->version <= own->version ||
		 lease_value_equal(&peer->value, &own->held_value)));
}

/* The name is free, or is this node's. */
static bool can_have(const struct own_lease *own, const struct subnets *subnets)
{
	const struct peer *peer;
	char name[SUBNET_KEY_LEN];

	subnet_key_format(subnets, name);
	peer = peers_find_name(own->env.peers, name);
	if (peer && !is_of_this_node(own, peer))
		return false;
	peer = overlapping(own, subnets, name);
	return !peer || is_of_this_node(own, peer);
}

/* Choice */

static bool choose_held(struct own_lease *own)
{
	char name[SUBNET_KEY_LEN];

	if (!flc_prefix_is_set(&own->subnets.v4) &&
	    !flc_prefix_is_set(&own->subnets.v6))
		return false;
	if (can_have(own, &own->subnets))
		return true;
	log_error("the subnet of this node, %s, belongs to another node now: restart the containers here that use its addresses",
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
		log_notice("the last lease of this node, %s, does not match the network config; not reusing it",
			   peer->name);
		return false;
	}
	log_info("reusing the %s of this node, %s",
		 peer->lease ? "lease" : "reservation", peer->name);
	own->subnets = peer->subnets;
	return true;
}

/*
 * The network may have gained or lost an address family; keep the addresses of the
 * family that remained.
 */
static void match_families(const struct own_lease *own, struct subnets *subnets)
{
	const struct netconf *conf = own->env.conf;
	struct subnets fresh = { 0 };
	char error[160];

	if (!flc_prefix_is_set(&conf->v4.network))
		subnets->v4 = (struct flc_prefix){ 0 };
	if (!flc_prefix_is_set(&conf->v6.network))
		subnets->v6 = (struct flc_prefix){ 0 };
	if (!allocate_subnets(&fresh, conf, own->env.peers, error))
		return;
	if (!flc_prefix_is_set(&subnets->v4))
		subnets->v4 = fresh.v4;
	if (!flc_prefix_is_set(&subnets->v6))
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
		log_notice("the subnet %s from %s belongs to another node now",
			   name, path);
		return false;
	}
	log_info("requesting the subnet from %s again: %s", path, name);
	own->subnets = subnets;
	return true;
}

static bool family_is_within(const struct netconf_family *f,
			     const struct flc_prefix *subnet)
{
	return !flc_prefix_is_set(subnet) ||
	       (subnet->len == f->subnet_len && netconf_can_lease(f, subnet));
}

/* There is nothing to choose; but it may have to be waited for. */
static bool choose_assigned(struct own_lease *own)
{
	const struct netconf *conf = own->env.conf;
	char name[SUBNET_KEY_LEN];
	struct subnets subnets;

	claim_after(own, backoff_jitter(RETRY_MS));
	if (!assigned(own, &subnets))
		return false;
	if (!family_is_within(&conf->v4, &subnets.v4) ||
	    !family_is_within(&conf->v6, &subnets.v6)) {
		subnet_key_format(&subnets, name);
		if (log_due(&own->assigned_trouble, name))
			log_error("the subnet assigned to this node, %s, is not within Network of the network config, or its length has changed: is Network the cluster's --cluster-cidr?",
				  name);
		return false;
	}
	log_over(&own->assigned_trouble);
	loop_timer_cancel(own->env.loop, &own->timer);
	own->subnets = subnets;
	return true;
}

static bool choose(struct own_lease *own)
{
	char error[160];

	if (is_assigned(own))
		return choose_assigned(own);
	if (choose_held(own) || choose_mine(own) || choose_previous(own))
		return true;
	if (allocate_subnets(&own->subnets, own->env.conf, own->env.peers,
			     error))
		return true;
	if (own->name[0]) {
		/* It had a lease, so it may get one again. */
		if (log_due(&own->trouble, error))
			log_error("no lease for this node: %s", error);
		claim_after(own, backoff_jitter(RETRY_MAX_MS));
	} else {
		own->wanted = false;
		own->env.ops->impossible(own->env.ctx, error);
	}
	return false;
}

/* Other leases with this node's address are useless and misleading. */
static void forgotten(void *ctx, const struct registry_answer *answer)
{
	if (answer->result == REGISTRY_ERROR)
		log_debug("keeping a former lease until it expires: %s",
			  answer->error);
}

static void drop_former(struct own_lease *own)
{
	struct registry *reg = own->env.registry;
	const struct peer *peer;

	for (peer = peers_first(own->env.peers); peer; peer = peers_next(peer)) {
		if (!is_own(own, peer) || is_foreign(own, &peer->value) ||
		    !strcmp(peer->name, own->name))
			continue;
		if (!peer->lease) {
			log_warning("the reservation %s also has this node's address, but is not used",
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
	/* Spread the renewals of nodes that were started together. */
	ms = (ttl - margin) * 1000;
	schedule(own, ms - random_below(ms / 20 + 1), renew);
}

static void lost(struct own_lease *own, const char *why)
{
	own->held = false;
	own->losses++;
	log_warning("the lease of this node, %s, %s: acquiring it again; traffic continues",
		    own->name, why);
	claim_after(own, 0);
}

/* Handle what happened during a request before its own follow-up. */
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
			log_notice("renewing the lease works again");
		log_info("renewed the lease of %s for %llu s", own->name,
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
			log_error("cannot renew the lease (retrying in about 30 s): %s",
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

/* Another machine with this node's address */

static const char *own_address_text(const struct own_lease *own, char *buf)
{
	return flc_addr_text(flc_addr_is_set(own->env.public4) ?
			     own->env.public4 : own->env.public6, buf);
}

static void tell_rival(struct own_lease *own, const struct peer *rival)
{
	const struct lease_agent *agent = &rival->value.agent;
	char buf[FLC_ADDR_STRLEN], text[200];

	snprintf(text, sizeof(text), "%s %s %s", rival->name, agent->node,
		 agent->run);
	if (!log_due(&own->contest_trouble, text))
		return;
	log_error("another machine (%s, this one is %s) uses the address of this node, %s, with lease %s: give each machine its own address with --public-ip or --iface; copied images also need their own machine id",
		  *agent->node ? agent->node : "its id is unknown",
		  *own->env.agent.node ? own->env.agent.node : "without an id",
		  own_address_text(own, buf), rival->name);
}

/* Another machine has the address: wait for it to become free. */
static void yield_to(struct own_lease *own, const struct peer *rival)
{
	tell_rival(own, rival);
	own->probing = false;
	own->unanswered = false;
	own->contested = true;
	own->held = false;
	loop_timer_cancel(own->env.loop, &own->timer);
	claim_after(own, backoff_pause(&own->contest_pause));
}

static void probe_written(void *ctx, const struct registry_answer *answer)
{
	struct own_lease *own = ctx;

	own->busy = false;
	if (answer->result == REGISTRY_OK) {
		own->probing = true;
		own->probe_version = answer->entry.version;
		schedule(own, PROBE_MS, claim);
	} else if (answer->result == REGISTRY_ERROR) {
		if (log_due(&own->trouble, answer->error))
			log_error("cannot query the owner of a lease (will keep retrying): %s",
				  answer->error);
		claim_after(own, backoff_pause(answer->refused ?
					       &own->refused_pause :
					       &own->error_pause));
	} else {
		claim_after(own, backoff_jitter(RETRY_MS));
	}
	go_on(own);
}

/*
 * Ask the owner of a lease, through the lease, whether it is alive. Changes nothing
 * else.
 */
static void probe(struct own_lease *own, const struct peer *rival)
{
	struct registry *reg = own->env.registry;
	struct lease_value value = rival->value;
	char *text;

	strcpy(value.agent.probe, own->env.agent.run);
	text = lease_value_format(&value);
	own->busy = true;
	reg->ops->claim(reg, rival->name, text, rival->version, rival->lease,
			rival->lease ? TTL_SECONDS : 0, probe_written, own);
	free(text);
}

/* Whether a claim must wait for another machine with this node's address. */
static bool has_rival(struct own_lease *own)
{
	const struct peer *rival = find_rival(own);

	/* A machine that came later is notified, and will yield. */
	if (own->held && has_own_address(own, &own->held_value))
		rival = NULL;
	if (!rival || own->unanswered) {
		own->probing = false;
		return false;
	}
	if (!own->probing) {
		tell_rival(own, rival);
		probe(own, rival);
		return true;
	}
	own->probing = false;
	if (strcmp(rival->value.agent.probe, own->env.agent.run)) {
		yield_to(own, rival);
		return true;
	}
	log_notice("the machine that held the lease %s does not answer: taking it over",
		   rival->name);
	own->unanswered = true;
	return false;
}

static bool has_mac(const struct vtep *vtep, const struct lease_value *value)
{
	return vtep->has_mac &&
	       ((value->vtep4.has_mac &&
		 flc_mac_equal(&vtep->mac, &value->vtep4.mac)) ||
		(value->vtep6.has_mac &&
		 flc_mac_equal(&vtep->mac, &value->vtep6.mac)));
}

static bool shares_mac(const struct lease_value *a, const struct lease_value *b)
{
	return has_mac(&a->vtep4, b) || has_mac(&a->vtep6, b);
}

bool own_lease_mac_taken(const struct own_lease *own,
			 const struct lease_value *value)
{
	const struct peer *peer;

	for (peer = peers_first(own->env.peers); peer; peer = peers_next(peer))
		if ((!is_own(own, peer) || is_foreign(own, &peer->value)) &&
		    shares_mac(&peer->value, value))
			return true;
	return false;
}

/* If two nodes have the same MAC, the later one chooses another. */
static void check_mac(struct own_lease *own, const struct peer *peer)
{
	char text[SUBNET_KEY_LEN + 20];

	if (!shares_mac(&peer->value, &own->value))
		return;
	snprintf(text, sizeof(text), "MAC of %s", peer->name);
	if (log_due(&own->mac_trouble, text))
		log_error("lease %s has the VtepMAC of this node's %s: %s", peer->name,
			  own->name, peer->version > own->version ?
			  "that node has to choose another one" :
			  "choosing another one for this node");
	if (peer->version < own->version && own->env.ops->mac_taken)
		own->env.ops->mac_taken(own->env.ctx);
}

/*
 * Someone else overwrote our lease, with this node's address. A probe is answered
 * at once. Another machine has taken the lease after it got no answer; a second
 * agent with this machine's id had it before this run took it: these keep it.
 * Anything else is overwritten, at growing intervals.
 */
static void overwritten(struct own_lease *own, const struct peer *peer)
{
	const struct lease_agent *agent = &peer->value.agent;
	uint64_t now = loop_now();

	own->losses++;
	if (*agent->probe && !strcmp(agent->run, own->env.agent.run)) {
		tell_rival(own, peer);
		claim_after(own, 0);
		return;
	}
	if (*own->env.agent.node &&
	    ((*agent->node && strcmp(agent->node, own->env.agent.node)) ||
	     (*agent->run && now < own->claimed_ms + PROBE_MS))) {
		yield_to(own, peer);
		return;
	}
	if (now > own->fought_ms + FIGHT_OVER_MS) {
		own->fights = 0;
		backoff_reset(&own->fight_pause);
	}
	own->fought_ms = now;
	own->fights++;
	tell_rival(own, peer);
	claim_after(own, backoff_pause(&own->fight_pause));
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
	if (own->contested) {
		own->contested = false;
		backoff_reset(&own->contest_pause);
		if (log_over(&own->contest_trouble))
			log_notice("no other machine uses the address of this node any more");
	}
	if (!own->held)
		own->claimed_ms = loop_now();
	own->unanswered = false;
	if (moved || !own->held)
		log_notice("this node has the %s %s%s%s",
			   answer->entry.lease ? "lease" : "reservation", name,
			   moved && own->name[0] ? ", formerly " : "",
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
		log_error("cannot acquire a lease (will keep retrying): %s",
			  answer->error);
	claim_after(own, backoff_pause(answer->refused ? &own->refused_pause :
							 &own->error_pause));
}

/*
 * Another node was faster: choose again, based on what the peers will know in a
 * moment.
 */
static void claim_again(struct own_lease *own, const struct registry_answer *answer)
{
	char name[SUBNET_KEY_LEN];

	own->races++;
	own->unanswered = false;
	if (answer->result == REGISTRY_CONFLICT)
		peers_events.put(own->env.peers, &answer->entry);
	else
		peers_events.removed(own->env.peers,
				     subnet_key_format(&own->subnets, name));
	log_debug("the registry changed while claiming a subnet; choosing again");
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
	if (!own->wanted || has_rival(own) || !choose(own))
		return;
	subnet_key_format(&own->subnets, name);
	peer = peers_find_name(own->env.peers, name);
	/* A reservation never expires, and must stay so. */
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
	own->value.agent = own->env.agent;
	free(own->text);
	own->text = lease_value_format(&own->value);
	own->wanted = true;
	claim_after(own, 0);
}

/* News */

static bool is_held(const struct own_lease *own, const struct peer *peer)
{
	return own->held && !strcmp(peer->name, own->name);
}

/* A lease other than the one that is held. */
static void other_changed(struct own_lease *own, const struct peer *peer)
{
	if (!is_own(own, peer)) {
		if (own->held)
			check_mac(own, peer);
		return;
	}
	if (!is_foreign(own, &peer->value))
		return;
	if (own->probing && peer->version > own->probe_version &&
	    strcmp(peer->value.agent.probe, own->env.agent.run)) {
		yield_to(own, peer);	/* it lives */
	} else if (!own->held || !has_own_address(own, &own->held_value)) {
		return;			/* a claim will find it */
	} else if (peer->version > own->version) {
		tell_rival(own, peer);	/* it came later, and will yield */
	} else {
		yield_to(own, peer);
		own->env.registry->ops->release(own->env.registry, own->name,
						own->version, forgotten, NULL);
	}
}

void own_lease_changed(struct own_lease *own, const struct peer *peer)
{
	char buf[FLC_ADDR_STRLEN];

	if (!is_held(own, peer)) {
		other_changed(own, peer);
		return;
	}
	if (peer->version <= own->version ||
	    lease_value_equal(&peer->value, &own->value))
		return;
	if (is_assigned(own)) {
		claim_after(own, backoff_jitter(RETRY_MS));
		return;
	}
	if (has_own_address(own, &peer->value)) {
		overwritten(own, peer);
		return;
	}
	flc_addr_text(flc_addr_is_set(&peer->value.public4) ?
		      &peer->value.public4 : &peer->value.public6, buf);
	log_error("the lease of this node, %s, now belongs to %s", own->name,
		  buf);
	own->held = false;
	own->losses++;
	claim_after(own, backoff_jitter(RETRY_MS));
}

void own_lease_removed(struct own_lease *own, const struct peer *peer)
{
	/* The other machine with this node's address is gone. */
	if (own->contested && !own->held && own->wanted &&
	    is_own(own, peer) && strcmp(peer->name, own->name))
		claim_after(own, backoff_jitter(RETRY_MS));
	if (!is_held(own, peer) || !own->wanted)
		return;
	/* The pending answer may be older than this. */
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
	/* The peers may not have it yet. */
	if (own->held && own->lease) {
		log_info("giving back the lease %s", own->name);
		own->busy = true;
		reg->ops->release(reg, own->name, own->version, given_back, own);
		return;
	}
	if (!peer || !peer->lease) {
		log_info(peer ? "keeping the reservation %s" :
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

bool own_lease_contested(const struct own_lease *own)
{
	return own->contested ||
	       (own->fights > FIGHTS &&
		loop_now() < own->fought_ms + FIGHT_OVER_MS);
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
			"Times that the lease of this node was deleted or changed by someone else.");
	metrics_gauge(text, "flannel_lease_contested",
		      own_lease_contested(own),
		      "1 if another machine uses the address of this node.");
	metrics_counter(text, "flannel_lease_races_total", own->races,
			"Claims that were lost to another node.");
}
