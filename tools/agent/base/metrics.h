/* SPDX-License-Identifier: GPL-2.0 */
/* Prometheus' text format: counters, gauges, histograms. */
#ifndef AGENT_METRICS_H
#define AGENT_METRICS_H

#include <stdint.h>

#include "base/text.h"

/* Upper bounds of the buckets, in seconds: see metrics.c. */
#define HISTOGRAM_BUCKETS 12

struct histogram {
	uint64_t buckets[HISTOGRAM_BUCKETS + 1];
	uint64_t count;
	double sum;
};

void histogram_add(struct histogram *h, double seconds);

/* The HELP and TYPE lines; @type is "counter", "gauge" or "histogram". */
void metrics_head(struct text *text, const char *name, const char *type,
		  const char *help);

void metrics_counter(struct text *text, const char *name, uint64_t value,
		     const char *help);
void metrics_gauge(struct text *text, const char *name, double value,
		   const char *help);
void metrics_histogram(struct text *text, const char *name,
		       const struct histogram *h, const char *help);

/* Append @value with the special characters of a label escaped. */
void metrics_label(struct text *text, const char *value);

#endif
