// SPDX-License-Identifier: GPL-2.0
/* flannelctl: shows flannel devices and changes their tables. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "change.h"
#include "commands.h"
#include "output.h"

static const char usage_text[] =
	"Usage: flannelctl [OPTION]... COMMAND\n"
	"       flannelctl [OPTION]... -b FILE\n"
	"Show network devices of type flannel and change their tables.\n"
	"\n"
	"  link show [dev NAME]            options, and how many entries the tables hold\n"
	"  lease show [dev NAME]           inner subnets and their VTEPs\n"
	"  lease get dev NAME ADDRESS      the lease that an inner address belongs to\n"
	"  lease set dev NAME SUBNET mac MAC remote ADDRESS [remote ADDRESS]\n"
	"        [permanent] [generation NUMBER]\n"
	"  lease add|replace ...           the same, but only if there is none, or one\n"
	"  lease del dev NAME SUBNET\n"
	"  lease flush dev NAME [except generation NUMBER]\n"
	"  fdb show [dev NAME]             MACs and their VTEPs\n"
	"  fdb get dev NAME MAC\n"
	"  fdb set|add|replace|append dev NAME MAC remote ADDRESS [port PORT]\n"
	"        [vni VNI] [via LOWER_DEV] [permanent|static|dynamic]\n"
	"  fdb del dev NAME MAC [remote ADDRESS ...]\n"
	"  fdb flush dev NAME\n"
	"  miss show [dev NAME]            pending and negative misses\n"
	"  miss answer dev NAME {[source] SUBNET|MAC} none\n"
	"  miss answer dev NAME {SUBNET mac MAC remote ADDRESS|MAC remote ADDRESS}\n"
	"  monitor [miss] [change] [dev NAME]\n"
	"                                  misses and changes as they happen\n"
	"  stats [dev NAME] [all]          nonzero counters, or all of them\n"
	"\n"
	"  -j, --json          show JSON\n"
	"  -p, --pretty        JSON with line breaks and indentation\n"
	"  -t, --timestamp     show the time of each event\n"
	"  -b, --batch FILE    apply the changes (lease, fdb) in FILE, one command per\n"
	"                      line; - is standard input\n"
	"  -n, --netns NAME    use the network namespace NAME\n"
	"  -h, --help          show this text\n"
	"  -V, --version       show the version\n"
	"\n"
	"Exit status: 0, or 1 after an error.\n";

static const struct command {
	const char *object;
	const char *verb;
	command_fn *fn;
} commands[] = {
	{ "link", "show", command_link_show },
	{ "dev", "show", command_link_show },
	{ "lease", "show", command_lease_show },
	{ "lease", "get", command_lease_get },
	{ "fdb", "show", command_fdb_show },
	{ "fdb", "get", command_fdb_get },
	{ "miss", "show", command_miss_show },
	{ "miss", "answer", command_miss_answer },
};

#define N_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static int run_change(struct args *args, const char *object, const char *verb,
		      struct flc_error *err)
{
	struct changes changes = { 0 };
	struct flc_genl *genl;
	unsigned int line;
	int ret;

	ret = changes_read(&changes, args, object, verb, 1, err);
	if (!ret) {
		genl = flc_genl_open(err);
		ret = genl ? changes_apply(&changes, genl, &line, err) :
			     -err->code;
		flc_genl_close(genl);
	}
	changes_free(&changes);
	return ret;
}

static bool known_object(const char *object)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(object, commands[i].object))
			return true;
	return false;
}

static command_fn *find_command(const char *object, const char *verb)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(object, commands[i].object) &&
		    !strcmp(verb, commands[i].verb))
			return commands[i].fn;
	return NULL;
}

static int run_object(struct args *args, const char *object,
		      struct flc_error *err)
{
	const char *verb = args_next(args);
	command_fn *fn;
	int ret;

	if (!known_object(object))
		return args_unknown(object,
				    "expected: link, lease, fdb, miss, monitor or stats",
				    err);
	if (!verb)
		verb = "show";
	fn = find_command(object, verb);
	if (fn)
		ret = fn(args, err);
	else if (change_is(object, verb))
		ret = run_change(args, object, verb, err);
	else
		ret = args_unknown(verb, "see flannelctl --help", err);
	if (ret)
		flc_error_prepend(err, "%s %s", object, verb);
	return ret;
}

static int run(struct args *args, struct flc_error *err)
{
	const char *object = args_next(args);

	if (!object)
		return flc_error_set(err, EINVAL,
				     "a command is missing: see flannelctl --help");
	if (!strcmp(object, "monitor"))
		return command_monitor(args, err);
	if (!strcmp(object, "stats"))
		return command_stats(args, err);
	return run_object(args, object, err);
}

/* A name as for ip-netns(8), or a path. */
static int enter_netns(const char *name, struct flc_error *err)
{
	char path[4096];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "%s%s",
		 strchr(name, '/') ? "" : "/run/netns/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return flc_error_set(err, errno,
				     "cannot open the network namespace %s: %s",
				     name, strerror(errno));
	if (setns(fd, CLONE_NEWNET))
		ret = flc_error_set(err, errno,
				    "cannot enter the network namespace %s: %s",
				    name, strerror(errno));
	close(fd);
	return ret;
}

static int show(const char *text)
{
	fputs(text, stdout);
	return output_finish() ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_words(struct args *args, const char *netns, const char *batch,
		     struct flc_error *err)
{
	int ret = netns ? enter_netns(netns, err) : 0;

	if (ret)
		return ret;
	if (!batch)
		return run(args, err);
	ret = args_end(args, err);
	return ret ? ret : batch_run(batch, err);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json",	no_argument,		NULL, 'j' },
		{ "pretty",	no_argument,		NULL, 'p' },
		{ "timestamp",	no_argument,		NULL, 't' },
		{ "batch",	required_argument,	NULL, 'b' },
		{ "netns",	required_argument,	NULL, 'n' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "version",	no_argument,		NULL, 'V' },
		{ 0 },
	};
	const char *batch = NULL, *netns = NULL;
	struct flc_error err = { 0 };
	struct args args;
	int option;

	while ((option = getopt_long(argc, argv, "+jptb:n:hV", options,
				     NULL)) != -1) {
		switch (option) {
		case 'j':
			output.json = true;
			break;
		case 'p':
			output.pretty = true;
			break;
		case 't':
			output.timestamp = true;
			break;
		case 'b':
			batch = optarg;
			break;
		case 'n':
			netns = optarg;
			break;
		case 'h':
			return show(usage_text);
		case 'V':
			return show("flannelctl " FLANNEL_VERSION "\n");
		default:
			fprintf(stderr, "See flannelctl --help.\n");
			return EXIT_FAILURE;
		}
	}
	args.n = argc - optind;
	args.word = argv + optind;
	if (args.n == 1 && !strcmp(args.word[0], "help"))
		return show(usage_text);
	if (run_words(&args, netns, batch, &err)) {
		fflush(stdout);
		fprintf(stderr, "flannelctl: %s\n", err.text);
		return EXIT_FAILURE;
	}
	return output_finish() ? EXIT_SUCCESS : EXIT_FAILURE;
}
