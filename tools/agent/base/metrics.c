// SPDX-License-Identifier: GPL-2.0
/* Prometheus' text format. */
#include "base/metrics.h"

#include <inttypes.h>

#include "base/util.h"

static const double bounds[HISTOGRAM_BUCKETS] = {
	0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
	0.25, 1,
};

void histogram_add(struct histogram *h, double seconds)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bounds) && seconds > bounds[i]; i++)
		;
	h->buckets[i]++;
	h->count++;
	h->sum += seconds;
}

void metrics_head(struct text *text, const char *name, const char *type,
		  const char *help)
{
	text_add(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_counter(struct text *text, const char *name, uint64_t value,
		     const char *help)
{
	metrics_head(text, name, "counter", help);
	text_add(text, "%s %" PRIu64 "\n", name, value);
}

void metrics_gauge(struct text *text, const char *name, double value,
		   const char *help)
{
	metrics_head(text, name, "gauge", help);
	text_add(text, "%s %.15g\n", name, value);
}

void metrics_histogram(struct text *text, const char *name,
		       const struct histogram *h, const char *help)
{
	uint64_t sum = 0;
	size_t i;

	metrics_head(text, name, "histogram", help);
	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		sum += h->buckets[i];
		text_add(text, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
			 bounds[i], sum);
	}
	text_add(text, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.9g\n%s_count %" PRIu64 "\n",
		 name, h->count, name, h->sum, name, h->count);
}

void metrics_label(struct text *text, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n')
			text_add(text, "\\n");
		else if (*value == '"' || *value == '\\')
			text_add(text, "\\%c", *value);
		else
			text_add(text, "%c", *value);
	}
}
