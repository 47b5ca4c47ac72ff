/* SPDX-License-Identifier: GPL-2.0 */
/* Output: lines of text, or a JSON array that is written item by item. */
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

/* A list: begin, its items, end. For text they do nothing. */
void output_begin(void);
void output_item(json_t *item);		/* takes the reference */
void output_end(void);

/* An item outside of a list, on its own line, at once. */
void output_event(json_t *item);	/* takes the reference */

/* Report that a table kept changing while it was read. */
void output_interrupted(bool interrupted);

/* Was all output written? Reports an error if not. */
bool output_finish(void);

/* The name of a device, "if7" for a deleted one. */
const char *output_dev(int ifindex);

#endif
