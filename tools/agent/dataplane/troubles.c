// SPDX-License-Identifier: GPL-2.0
/* Problems with single leases, in a tree by subnet. Usually there are none. */
#include "dataplane/troubles.h"

#include <search.h>
#include <stdlib.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/util.h"

/* Anyone with write access to the registry can create thousands of bad leases. */
#define LINES_A_MINUTE	10
#define MINUTE_MS	60000

struct trouble {
	struct flc_prefix subnet;
	enum unusable reason;
	unsigned int failures;	/* in a row */
	uint64_t due_ms;	/* time of the next retry */
	struct backoff pause;
	bool named, failed;	/* since troubles_begin() */
};

struct troubles {
	void *tree;
	size_t count;
	bool all;
	size_t unusable[UNUSABLE_COUNT];
	size_t failing;
	unsigned long failures;
	uint64_t minute_ms;	/* since when lines are counted */
	unsigned int lines;
};

struct troubles *troubles_new(void)
{
	return xcalloc(1, sizeof(struct troubles));
}

void troubles_free(struct troubles *troubles)
{
	tdestroy(troubles->tree, free);
	free(troubles);
}

/* Whether another line may be logged in this minute. */
static bool may_tell(struct troubles *troubles)
{
	uint64_t now = loop_now();

	if (!troubles->lines || now >= troubles->minute_ms + MINUTE_MS) {
		troubles->minute_ms = now;
		troubles->lines = 0;
	}
	if (troubles->lines++ == LINES_A_MINUTE)
		log_warning("further problems with leases are not logged for a minute, only counted (flannel_leases_unusable and flannel_leases_failing in /metrics)");
	return troubles->lines <= LINES_A_MINUTE;
}

static int compare(const void *a, const void *b)
{
	return flc_prefix_cmp(&((const struct trouble *)a)->subnet,
			      &((const struct trouble *)b)->subnet);
}

static struct trouble *find(const struct troubles *troubles,
			    const struct flc_prefix *subnet)
{
	struct trouble key = { .subnet = *subnet };
	void *node;

	if (!troubles->count)
		return NULL;
	node = tfind(&key, &troubles->tree, compare);
	return node ? *(struct trouble **)node : NULL;
}

static struct trouble *find_or_add(struct troubles *troubles,
				   const struct flc_prefix *subnet)
{
	struct trouble *trouble = find(troubles, subnet);

	if (trouble)
		return trouble;
	trouble = xcalloc(1, sizeof(*trouble));
	trouble->subnet = *subnet;
	trouble->pause = BACKOFF(1000, 60000);
	tsearch(trouble, &troubles->tree, compare);
	troubles->count++;
	return trouble;
}

static void set_reason(struct troubles *troubles, struct trouble *trouble,
		       enum unusable reason)
{
	if (trouble->reason)
		troubles->unusable[trouble->reason]--;
	trouble->reason = reason;
	if (reason)
		troubles->unusable[reason]++;
}

static void set_failures(struct troubles *troubles, struct trouble *trouble,
			 unsigned int failures)
{
	troubles->failing += !!failures;
	troubles->failing -= !!trouble->failures;
	trouble->failures = failures;
}

static void drop(struct troubles *troubles, struct trouble *trouble)
{
	set_reason(troubles, trouble, USABLE);
	set_failures(troubles, trouble, 0);
	tdelete(trouble, &troubles->tree, compare);
	troubles->count--;
	free(trouble);
}

void troubles_unusable(struct troubles *troubles, const struct flc_prefix *subnet,
		       const char *name, enum unusable reason, const char *why)
{
	struct trouble *trouble = find_or_add(troubles, subnet);

	trouble->named = true;
	set_failures(troubles, trouble, 0);
	if (trouble->reason == reason)
		return;
	set_reason(troubles, trouble, reason);
	if (may_tell(troubles))
		log_warning("ignoring lease %s: %s", name, why);
}

void troubles_usable(struct troubles *troubles, const struct flc_prefix *subnet)
{
	struct trouble *trouble = find(troubles, subnet);

	if (!trouble)
		return;
	trouble->named = true;
	set_reason(troubles, trouble, USABLE);
}

void troubles_failed(struct troubles *troubles, const struct flc_prefix *subnet,
		     const struct flc_error *err)
{
	struct trouble *trouble = find_or_add(troubles, subnet);
	char buf[FLC_PREFIX_STRLEN];

	trouble->named = true;
	trouble->failed = true;
	troubles->failures++;
	if (!trouble->failures && may_tell(troubles))
		log_error("the kernel refuses the lease of %s (will keep retrying): %s",
			  flc_prefix_text(subnet, buf), err->text);
	set_failures(troubles, trouble, trouble->failures + 1);
	trouble->due_ms = loop_now() + backoff_pause(&trouble->pause);
}

void troubles_forget(struct troubles *troubles, const struct flc_prefix *subnet)
{
	struct trouble *trouble = find(troubles, subnet);

	if (trouble)
		drop(troubles, trouble);
}

struct walk {
	struct troubles *troubles;
	struct trouble **found;
	size_t n;
	uint64_t due_ms;
};

static struct trouble *visited(const void *node, VISIT which)
{
	return which == postorder || which == leaf ?
	       *(struct trouble *const *)node : NULL;
}

static void begin(const void *node, VISIT which, void *closure)
{
	struct trouble *trouble = visited(node, which);

	if (trouble) {
		trouble->named = false;
		trouble->failed = false;
	}
}

void troubles_begin(struct troubles *troubles, bool all)
{
	troubles->all = all;
	twalk_r(troubles->tree, begin, NULL);
}

static void collect_over(const void *node, VISIT which, void *closure)
{
	struct trouble *trouble = visited(node, which);
	struct walk *walk = closure;

	if (!trouble || trouble->failed)
		return;
	if (trouble->named ? !trouble->reason : walk->troubles->all)
		walk->found[walk->n++] = trouble;
}

void troubles_end(struct troubles *troubles)
{
	struct walk walk = { .troubles = troubles };
	char buf[FLC_PREFIX_STRLEN];
	struct trouble *trouble;

	if (!troubles->count)
		return;
	walk.found = xcalloc(troubles->count, sizeof(*walk.found));
	twalk_r(troubles->tree, collect_over, &walk);
	while (walk.n) {
		trouble = walk.found[--walk.n];
		if (trouble->named && may_tell(troubles))
			log_notice("the lease of %s is in use now",
				   flc_prefix_text(&trouble->subnet, buf));
		drop(troubles, trouble);
	}
	free(walk.found);
}

static void earliest(const void *node, VISIT which, void *closure)
{
	struct trouble *trouble = visited(node, which);
	struct walk *walk = closure;

	if (trouble && trouble->failures &&
	    (!walk->due_ms || trouble->due_ms < walk->due_ms))
		walk->due_ms = trouble->due_ms;
}

uint64_t troubles_due(const struct troubles *troubles)
{
	struct walk walk = { 0 };

	if (troubles->failing)
		twalk_r(troubles->tree, earliest, &walk);
	return walk.due_ms;
}

static void collect_due(const void *node, VISIT which, void *closure)
{
	struct trouble *trouble = visited(node, which);
	struct walk *walk = closure;

	if (trouble && trouble->failures && trouble->due_ms <= walk->due_ms)
		walk->found[walk->n++] = trouble;
}

struct flc_prefix *troubles_take_due(struct troubles *troubles, uint64_t now,
				     size_t *count)
{
	struct walk walk = { .due_ms = now };
	struct flc_prefix *subnets;
	size_t i;

	walk.found = xcalloc(troubles->count, sizeof(*walk.found));
	twalk_r(troubles->tree, collect_due, &walk);
	subnets = xcalloc(walk.n, sizeof(*subnets));
	for (i = 0; i < walk.n; i++)
		subnets[i] = walk.found[i]->subnet;
	*count = walk.n;
	free(walk.found);
	return subnets;
}

void troubles_metrics(const struct troubles *troubles, struct text *text)
{
	unsigned int reason;

	metrics_head(text, "flannel_leases_unusable", "gauge",
		     "Leases of other nodes that are ignored, by reason.");
	for (reason = USABLE + 1; reason < UNUSABLE_COUNT; reason++)
		if (reason != UNUSABLE_FAMILY)
			text_add(text,
				 "flannel_leases_unusable{reason=\"%s\"} %zu\n",
				 usable_label(reason),
				 troubles->unusable[reason]);
	metrics_gauge(text, "flannel_leases_failing", troubles->failing,
		      "Leases that the kernel refuses; each is retried on its own.");
	metrics_counter(text, "flannel_lease_failures_total",
			troubles->failures,
			"Times that the kernel refused a lease.");
}
