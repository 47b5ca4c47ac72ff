// SPDX-License-Identifier: GPL-2.0
/* Output: lines of text, or a JSON array that is written item by item. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "output.h"

struct output output;

static size_t output_items;

static size_t output_flags(void)
{
	return output.pretty ? JSON_INDENT(4) : JSON_COMPACT;
}

void output_begin(void)
{
	output_items = 0;
	if (output.json)
		putchar('[');
}

void output_item(json_t *item)
{
	if (output_items++)
		putchar(',');
	if (output.pretty)
		putchar('\n');
	json_dumpf(item, stdout, output_flags());
	json_decref(item);
}

void output_end(void)
{
	if (!output.json)
		return;
	if (output.pretty && output_items)
		putchar('\n');
	puts("]");
}

void output_event(json_t *item)
{
	json_dumpf(item, stdout, output_flags());
	json_decref(item);
	putchar('\n');
	fflush(stdout);
}

void output_interrupted(bool interrupted)
{
	if (interrupted)
		fprintf(stderr, "flannelctl: the table kept changing: an entry may be missing or listed twice\n");
}

bool output_finish(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	fprintf(stderr, "flannelctl: cannot write the output: %s\n",
		strerror(errno));
	return false;
}

const char *output_dev(int ifindex)
{
	static char name[IF_NAMESIZE];
	static int last;

	if (ifindex == last)
		return name;
	if (!if_indextoname(ifindex, name))
		snprintf(name, sizeof(name), "if%u",
			 (unsigned int)ifindex % 100000000);
	last = ifindex;
	return name;
}
