/* SPDX-License-Identifier: GPL-2.0 */
/* What is shown: lines of text, or a JSON array as it comes. */
#ifndef FLANNELCTL_OUTPUT_H
#define FLANNELCTL_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

/**
 * struct output - how to show
 * @json: as JSON, with -j
 * @pretty: with line breaks and indentation, with -p
 * @timestamp: events with their time, with -t
 */
struct output {
	bool json;
	bool pretty;
	bool timestamp;
};

extern struct output output;

/* A list: begin, its items, end. With text they do nothing. */
void output_begin(void);
void output_item(json_t *item);		/* takes the reference */
void output_end(void);

/* An item of no list, on a line of its own, at once. */
void output_event(json_t *item);	/* takes the reference */

/* Say it if a table kept changing while it was read. */
void output_interrupted(bool interrupted);

/* Did all that was shown get to where it should? Says so if not. */
bool output_finish(void);

/* The name of a device, "if7" for one that is no more. */
const char *output_dev(int ifindex);

#endif
