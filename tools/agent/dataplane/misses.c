// SPDX-License-Identifier: GPL-2.0
/*
 * Misses of the device. All pending ones are answered in a single message; if
 * events were lost, the pending misses are dumped from the device.
 */
#include "dataplane/misses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/util.h"
#include "dataplane/path.h"
#include "lib/event.h"
#include "lib/miss.h"

#define BATCH 256

struct misses {
	const struct dataplane_env *env;
	struct flc_genl *genl;
	struct flc_events *events;
	struct loop_fd watch;
	int ifindex;
	uint32_t generation;

	/* Answers that are being put together. */
	struct flc_lease leases[BATCH];
	size_t lease_count;
	struct flc_miss none[BATCH];
	size_t none_count;
	uint64_t ages_ms[2 * BATCH];
	size_t age_count;

	struct log_trouble trouble;
	unsigned long found, not_found, unknown, lost, failed;
	struct histogram latency;
};

static double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* It is not an error if the miss is gone. */
static bool stale(const struct flc_error *err)
{
	return err->code == ENOENT || err->code == ENODEV;
}

static void failed(struct misses *misses, const struct flc_error *err)
{
	if (stale(err))
		return;
	misses->failed++;
	if (log_due(&misses->trouble, err->text))
		log_error("cannot answer a miss: %s", err->text);
}

/* A refused answer does not block those behind it. */
static void answer_all(struct misses *misses, struct flc_answer *answer)
{
	struct flc_error err;
	size_t done;

	while (answer->n_leases || answer->n_none) {
		err = (struct flc_error){ 0 };
		if (!flc_miss_answer(misses->genl, misses->ifindex, answer,
				     &err))
			return;
		failed(misses, &err);
		if (!err.has_index)
			return;
		done = err.index + 1;
		if (answer->n_leases) {
			answer->leases += done;
			answer->n_leases -= done;
		} else {
			answer->none += done;
			answer->n_none -= done;
		}
	}
}

static void answer_found(struct misses *misses)
{
	struct flc_answer answer = {
		.generation	= misses->generation,
		.leases		= misses->leases,
		.n_leases	= misses->lease_count,
	};

	answer_all(misses, &answer);
	misses->found += misses->lease_count;
	misses->lease_count = 0;
}

static void answer_none(struct misses *misses)
{
	struct flc_answer answer = {
		.none	= misses->none,
		.n_none	= misses->none_count,
	};

	answer_all(misses, &answer);
	misses->not_found += misses->none_count;
	misses->none_count = 0;
}

static void answer(struct misses *misses, double since)
{
	double took;
	size_t i;

	answer_found(misses);
	answer_none(misses);
	took = seconds_now() - since;
	for (i = 0; i < misses->age_count; i++)
		histogram_add(&misses->latency,
			      misses->ages_ms[i] / 1e3 + took);
	misses->age_count = 0;
}

static void add_lease(struct misses *misses, const struct path *path)
{
	struct flc_lease lease;
	size_t i;

	/* Several misses in a batch may have the same answer. */
	path_lease(&lease, path);
	for (i = 0; i < misses->lease_count; i++)
		if (flc_prefix_equal(&misses->leases[i].subnet, &lease.subnet))
			return;
	misses->leases[misses->lease_count++] = lease;
}

static void consider(struct misses *misses, const struct flc_miss *miss)
{
	const struct flc_addr *addr = flc_addr_is_set(&miss->target) ?
				     &miss->target : &miss->subnet.addr;
	char buf[FLC_PREFIX_STRLEN];
	struct path path;

	if (miss->kind != FLANNEL_MISS_L3 && miss->kind != FLANNEL_MISS_SOURCE)
		return;
	switch (misses->env->resolve(misses->env->sync, addr, &path)) {
	case RESOLVED:
		add_lease(misses, &path);
		break;
	case RESOLVED_NONE:
		log_debug("miss: no node has %s",
			  flc_prefix_text(&miss->subnet, buf));
		misses->none[misses->none_count++] = *miss;
		break;
	case RESOLVED_UNKNOWN:
		misses->unknown++;
		return;
	}
	misses->ages_ms[misses->age_count++] = miss->age_ms;
	if (misses->lease_count == BATCH || misses->none_count == BATCH)
		answer(misses, seconds_now());
}

static void read_all(struct misses *misses)
{
	struct flc_miss_list list = { 0 };
	struct flc_error err = { 0 };
	double since = seconds_now();
	size_t i;

	if (flc_miss_dump(misses->genl, misses->ifindex, &list, &err)) {
		log_error("cannot read the misses of the device: %s", err.text);
		return;
	}
	for (i = 0; i < list.n; i++)
		if (list.items[i].state == FLANNEL_MISS_PENDING)
			consider(misses, &list.items[i]);
	flc_miss_list_free(&list);
	answer(misses, since);
}

static void event(const struct flc_event *event, void *ctx)
{
	struct misses *misses = ctx;

	if (event->type == FLC_EVENT_LOST) {
		misses->lost++;
		read_all(misses);
	} else if (event->type == FLC_EVENT_MISS &&
		   event->ifindex == misses->ifindex) {
		consider(misses, &event->miss);
	}
}

static void ready(void *ctx, uint32_t events)
{
	struct misses *misses = ctx;
	struct flc_error err = { 0 };
	double since = seconds_now();

	if (flc_events_process(misses->events, event, misses, &err) < 0)
		log_error("cannot listen to events of the device: %s", err.text);
	answer(misses, since);
}

struct misses *misses_new(const struct dataplane_env *env,
			  struct flc_genl *genl, struct flc_error *err)
{
	struct flc_events *events = flc_events_open(FLC_EVENTS_MISS, 0, err);
	struct misses *misses;

	if (!events)
		return NULL;
	misses = xcalloc(1, sizeof(*misses));
	misses->env = env;
	misses->genl = genl;
	misses->events = events;
	loop_fd_add(env->loop, &misses->watch, flc_events_fd(events), EPOLLIN,
		    ready, misses);
	return misses;
}

void misses_free(struct misses *misses)
{
	if (!misses)
		return;
	loop_fd_del(misses->env->loop, &misses->watch);
	flc_events_close(misses->events);
	free(misses);
}

void misses_follow(struct misses *misses, int ifindex, uint32_t generation)
{
	misses->ifindex = ifindex;
	misses->generation = generation;
	read_all(misses);
}

void misses_metrics(const struct misses *misses, struct text *text)
{
	metrics_head(text, "flannel_misses_total", "counter",
		     "Misses of the device, by the answer given.");
	text_add(text,
		 "flannel_misses_total{result=\"found\"} %lu\n"
		 "flannel_misses_total{result=\"not_found\"} %lu\n"
		 "flannel_misses_total{result=\"not_known_yet\"} %lu\n"
		 "flannel_misses_total{result=\"failed\"} %lu\n",
		 misses->found, misses->not_found, misses->unknown,
		 misses->failed);
	metrics_counter(text, "flannel_miss_event_overruns_total", misses->lost,
			"Times that events of the device were lost and its misses were dumped instead.");
	metrics_histogram(text, "flannel_miss_answer_seconds",
			  &misses->latency,
			  "Time from a miss to its answer.");
}
