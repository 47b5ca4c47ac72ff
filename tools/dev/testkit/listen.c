// SPDX-License-Identifier: GPL-2.0
/*
 * A listener for misses, like an agent: it answers, does not answer, or answers
 * late, and dumps the misses when it has lost events.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "lib/collect.h"
#include "lib/event.h"

enum reply {
	REPLY_SILENT,
	REPLY_FOUND,
	REPLY_NONE,
};

/**
 * struct listener - a listener
 * @genl: where answers go
 * @dev: device
 * @reply: what it answers
 * @remote: outer address of an answer
 * @mac: MAC of an answer
 * @verbose: print each event
 * @open: questions to answer
 * @n_open: how many
 * @max_open: room for
 * @asked: first questions
 * @n_asked: how many
 * @max_asked: room for
 * @events: events
 * @repeats: events that were not the first of a miss
 * @resyncs: how often events were lost
 * @gaps: missing event numbers
 * @seq: number of the last event
 * @answered: misses answered
 */
struct listener {
	struct flc_genl *genl;
	int dev;
	enum reply reply;
	struct flc_addr remote;
	struct flc_mac mac;
	bool verbose;
	struct flc_miss *open;
	size_t n_open;
	size_t max_open;
	struct flc_miss *asked;
	size_t n_asked;
	size_t max_asked;
	unsigned long events;
	unsigned long repeats;
	unsigned long resyncs;
	unsigned long gaps;
	uint32_t seq;
	unsigned long answered;
};

static void add(struct flc_miss **list, size_t *n, size_t *max,
		const struct flc_miss *miss)
{
	if (*n == *max) {
		*max = *max ? *max * 2 : 1024;
		*list = realloc(*list, *max * sizeof(**list));
		if (!*list)
			die("no memory");
	}
	(*list)[(*n)++] = *miss;
}

static void print_event(const struct flc_miss *miss)
{
	static const char * const kinds[] = { "l3", "l2", "source" };
	char what[FLC_PREFIX_STRLEN], target[FLC_ADDR_STRLEN];
	char remote[FLC_ADDR_STRLEN];

	if (miss->kind == FLANNEL_MISS_L2)
		flc_mac_text(&miss->mac, what);
	else
		flc_prefix_text(&miss->subnet, what);
	printf("miss %s %s target %s remote %s try %u seq %u packets %u\n",
	       kinds[miss->kind], what, flc_addr_text(&miss->target, target),
	       flc_addr_text(&miss->remote, remote), miss->attempt, miss->seq,
	       miss->packets);
	fflush(stdout);
}

/* Questions from the time when we were deaf, or not listening yet, are still in
 * the table.
 */
static void resync(struct listener *l)
{
	struct flc_miss_list list = {};
	struct flc_error err = {};
	size_t i;

	if (flc_miss_dump(l->genl, l->dev, &list, &err))
		die("misses cannot be dumped: %s", err.text);
	for (i = 0; i < list.n; i++) {
		if (list.items[i].state != FLANNEL_MISS_PENDING)
			continue;
		add(&l->open, &l->n_open, &l->max_open, &list.items[i]);
		add(&l->asked, &l->n_asked, &l->max_asked, &list.items[i]);
	}
	flc_miss_list_free(&list);
}

static void on_event(const struct flc_event *event, void *ctx)
{
	const struct flc_miss *miss = &event->miss;
	struct listener *l = ctx;

	if (event->type == FLC_EVENT_LOST) {
		l->resyncs++;
		resync(l);
		return;
	}
	if (event->type != FLC_EVENT_MISS || event->ifindex != l->dev)
		return;
	if (l->verbose)
		print_event(miss);
	l->events++;
	if (l->seq && miss->seq != l->seq + 1)
		l->gaps += miss->seq - l->seq - 1;
	l->seq = miss->seq;
	if (miss->attempt > 1)
		l->repeats++;
	else
		add(&l->asked, &l->n_asked, &l->max_asked, miss);
	add(&l->open, &l->n_open, &l->max_open, miss);
}

static int answer_found(struct listener *l, struct flc_error *err)
{
	struct flc_lease *leases = calloc(l->n_open, sizeof(*leases));
	struct flc_fdb *fdb = calloc(l->n_open, sizeof(*fdb));
	struct flc_answer answer = { .leases = leases, .fdb = fdb };
	size_t i;
	int ret;

	if (!leases || !fdb)
		die("no memory");
	for (i = 0; i < l->n_open; i++) {
		const struct flc_miss *miss = &l->open[i];

		if (miss->kind == FLANNEL_MISS_L2) {
			fdb[answer.n_fdb].mac = miss->mac;
			fdb[answer.n_fdb++].remote = l->remote;
			continue;
		}
		leases[answer.n_leases].subnet = miss->subnet;
		leases[answer.n_leases].mac = l->mac;
		if (l->remote.family == AF_INET)
			leases[answer.n_leases++].remote4 = l->remote;
		else
			leases[answer.n_leases++].remote6 = l->remote;
	}
	ret = flc_miss_answer(l->genl, l->dev, &answer, err);
	free(leases);
	free(fdb);
	return ret;
}

static void answer(struct listener *l)
{
	struct flc_answer none = { .none = l->open, .n_none = l->n_open };
	struct flc_error err = {};
	int ret = 0;

	if (!l->n_open)
		return;
	if (l->reply == REPLY_FOUND)
		ret = answer_found(l, &err);
	else if (l->reply == REPLY_NONE)
		ret = flc_miss_answer(l->genl, l->dev, &none, &err);
	if (ret)
		fprintf(stderr, "refused: errno=%d %s\n", err.code, err.text);
	else if (l->reply != REPLY_SILENT)
		l->answered += l->n_open;
	l->n_open = 0;
}

static int cmp_miss(const void *a, const void *b)
{
	const struct flc_miss *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->kind == FLANNEL_MISS_L2)
		return memcmp(&x->mac, &y->mac, sizeof(x->mac));
	return flc_prefix_cmp(&x->subnet, &y->subnet);
}

static size_t distinct(struct listener *l)
{
	size_t i, n = 0;

	flc_sort(l->asked, l->n_asked, sizeof(*l->asked), cmp_miss);
	for (i = 0; i < l->n_asked; i++)
		n += !i || cmp_miss(&l->asked[i - 1], &l->asked[i]);
	return n;
}

static void listen_on(struct listener *l, struct flc_events *events,
		      unsigned long idle, unsigned long span,
		      unsigned long delay)
{
	struct pollfd fd = { .fd = flc_events_fd(events), .events = POLLIN };
	uint64_t begin = kit_ms(), last = begin, now = begin;
	struct flc_error err = {};
	int ret;

	while (now - begin < span && (!idle || !l->events || now - last < idle)) {
		poll(&fd, 1, 20);
		ret = flc_events_process(events, on_event, l, &err);
		if (ret < 0)
			die("%s", err.text);
		now = kit_ms();
		if (ret > 0)
			last = now;
		if (l->n_open && delay)
			kit_sleep_ms(delay);
		answer(l);
	}
}

int cmd_listen(struct args *args)
{
	struct listener l = {
		.dev	 = arg_dev(args),
		.remote	 = arg_addr(args, "remote"),
		.mac	 = arg_mac(args, "mac", "02:00:00:00:00:01"),
		.verbose = arg_flag(args, "verbose"),
	};
	unsigned long idle = arg_number(args, "idle", 0);
	unsigned long span = arg_number(args, "for", 60000);
	unsigned long delay = arg_number(args, "delay", 0);
	unsigned long stall = arg_number(args, "stall", 0);
	unsigned long rcvbuf = arg_number(args, "rcvbuf", 0);
	struct flc_events *events;
	struct flc_error err = {};

	if (arg_flag(args, "found"))
		l.reply = REPLY_FOUND;
	else if (arg_flag(args, "none"))
		l.reply = REPLY_NONE;
	args_end(args);
	if (l.reply == REPLY_FOUND && !l.remote.family)
		die("remote is missing");
	events = flc_events_open(FLC_EVENTS_MISS, rcvbuf, &err);
	if (!events)
		die("%s", err.text);
	l.genl = kit_open();
	puts("listening");
	fflush(stdout);
	if (stall)
		kit_sleep_ms(stall);
	resync(&l);
	answer(&l);
	listen_on(&l, events, idle, span, delay);
	printf("events=%lu\nrepeats=%lu\nresyncs=%lu\ngaps=%lu\nanswered=%lu\ndistinct=%zu\n",
	       l.events, l.repeats, l.resyncs, l.gaps, l.answered,
	       distinct(&l));
	flc_events_close(events);
	return 0;
}
