// SPDX-License-Identifier: GPL-2.0
/* fl-test: functions for the scenarios of selftests/ that a shell lacks. */
#include <stdio.h>
#include <string.h>

#include "kit.h"

static const struct command {
	const char *name;
	int (*run)(struct args *args);
	const char *usage;
} commands[] = {
	{ "set", cmd_set,
	  "dev D subnet S remote A [remote6 A] [mac M] [generation N] [add|replace] [permanent]" },
	{ "del", cmd_del,
	  "dev D subnet S" },
	{ "get", cmd_get,
	  "dev D addr A" },
	{ "flush", cmd_flush,
	  "dev D [generation N]" },
	{ "load", cmd_load,
	  "dev D count N [base A] [remotes A|remote A mac M] [generation N] [add]" },
	{ "unload", cmd_unload,
	  "dev D count N [base A]: withdraw them one by one" },
	{ "dump", cmd_dump,
	  "lease|fdb|miss [dev D] [count]" },
	{ "slowdump", cmd_slowdump,
	  "dev D [change|grow]: a dump during which the table changes" },
	{ "dev", cmd_dev,
	  "dev D: what the device says of itself" },
	{ "fdb", cmd_fdb,
	  "set|del|get|flush dev D [mac M] [remote A] [port N] [add|replace|append]" },
	{ "answer", cmd_answer,
	  "dev D none S|mac M [source]: \"there is no such subnet\"" },
	{ "lpm", cmd_lpm,
	  "dev D [rounds N] [leases N] [lookups N] [seed N]: compare with a naive model" },
	{ "listen", cmd_listen,
	  "dev D [found|none] [idle MS] [for MS] [delay MS] [stall MS] [verbose]" },
	{ "changes", cmd_changes,
	  "[for MS] [count N]: print the events of the group \"change\"" },
	{ "burst", cmd_burst,
	  "to A subnets N packets N [size N] [port N] [shift BITS] [pause-us N] [from A]" },
	{ "sink", cmd_sink,
	  "subnets N packets N [port N] [idle MS] [bind A]" },
	{ "inject", cmd_inject,
	  "from A to A src A dst A smac M dmac M [count N] [vni N] [flags N] [spread] [arp]" },
	{ "policy", cmd_policy,
	  "dev D [other D]: malformed and contradictory messages" },
	{ "fuzz", cmd_fuzz,
	  "dev D count N [seed N]: mutated messages of all commands" },
	{ "churn", cmd_churn,
	  "dev D for MS [leases N]: writers, readers and flushes at once" },
	{ "nfqueue", cmd_nfqueue,
	  "num N [hold]: accept what comes to this queue, or (hold) at SIGUSR1" },
	{ "rxfuzz", cmd_rxfuzz,
	  "prefix P planes K,... [count N] [seed N] [first N] [patience MS]: the same for all" },
};

#define N_COMMANDS	(sizeof(commands) / sizeof(*commands))

static int usage(FILE *to, int status)
{
	size_t i;

	fputs("Usage: fl-test COMMAND [ARGUMENT]...\n", to);
	for (i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-8s %s\n", commands[i].name,
			commands[i].usage);
	return status;
}

int main(int argc, char **argv)
{
	struct args args = { .argc = argc - 2, .argv = argv + 2 };
	size_t i;

	if (argc < 2)
		return usage(stderr, 2);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return usage(stdout, 0);
	if (args.argc > 64)
		die("more than 64 words");
	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(&args);
	return usage(stderr, 2);
}
