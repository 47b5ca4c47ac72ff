// SPDX-License-Identifier: GPL-2.0
/*
 * flannel, a CNI plug-in: makes the configuration of another plug-in, the delegate, from
 * the subnet.env that flannel-agent has written, and runs the delegate.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "commands.h"
#include "error.h"
#include "netconf.h"
#include "version.h"

static const char usage[] =
	"flannel " FLANNEL_VERSION
	", a CNI plug-in; knows the CNI versions " VERSION_OLDEST " to " VERSION_NEWEST ".\n"
	"Container runtimes run it: it takes CNI_COMMAND (ADD, DEL, CHECK, STATUS, GC, VERSION)\n"
	"and its other variables from the environment, and the network configuration from\n"
	"standard input. See flannel-cni(8).\n";

static int print_version(void)
{
	json_t *answer = version_answer();
	int ret;

	ret = json_dumpf(answer, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(answer);
	return ret;
}

static int run(struct netconf *conf, struct cni_error *err)
{
	struct call call;
	char *result;
	int ret;

	if (call_read(&call, err))
		return -1;
	if (call.command == COMMAND_VERSION)
		return print_version();
	if (netconf_read(conf, err))
		return -1;
	ret = command_run(&call, conf, &result, err);
	if (!ret && result)
		fputs(result, stdout);
	free(result);
	return ret;
}

int main(int argc, char **argv)
{
	struct cni_error err = { 0 };
	struct netconf conf = { 0 };
	int ret;

	if (argc > 1 || !getenv("CNI_COMMAND")) {
		fputs(usage, argc > 1 ? stdout : stderr);
		return argc > 1 && strcmp(argv[1], "--help") &&
		       strcmp(argv[1], "--version") ? 2 : 0;
	}
	signal(SIGPIPE, SIG_IGN);
	ret = run(&conf, &err);
	if (ret)
		cni_error_print(&err, conf.version);
	free(err.said);
	netconf_free(&conf);
	if (fflush(stdout) || ferror(stdout))
		return 1;
	return ret ? 1 : 0;
}
