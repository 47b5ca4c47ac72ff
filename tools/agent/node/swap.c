// SPDX-License-Identifier: GPL-2.0
/*
 * --swap-module: unloads the module and loads the installed one, while the running
 * agent keeps the overlay up on the kernel's vxlan.
 */
#include "node/swap.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "lib/link.h"
#include "node/instance.h"

#define START_MS	30000	/* an agent is starting */
#define MOVE_MS		30000
#define POLL_NS		2000000

static bool module_is_loaded(void)
{
	return !access("/sys/module/" FLANNEL_LINK_KIND, F_OK);
}

/* modprobe itself reports errors. */
static bool modprobe(char *option)
{
	char *argv[4] = { "modprobe" };
	size_t n = 1;
	int ret, status;
	pid_t pid;

	if (option)
		argv[n++] = option;
	argv[n] = FLANNEL_LINK_KIND;
	ret = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (ret) {
		log_error("cannot run modprobe: %s", strerror(ret));
		return false;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void pause_a_little(void)
{
	const struct timespec ts = { .tv_nsec = POLL_NS };

	nanosleep(&ts, NULL);
}

/* The first flannel device in this network namespace; false: there is none. */
static bool find_device(char *name)
{
	struct flc_link_list list = { 0 };
	struct flc_error err = { 0 };
	struct flc_rtnl *rtnl = flc_rtnl_open(&err);
	bool found = false;

	if (rtnl && !flc_link_dump(rtnl, FLANNEL_LINK_KIND, &list, &err) &&
	    list.n) {
		found = true;
		memcpy(name, list.items[0].name, IF_NAMESIZE);
	}
	if (err.code)
		log_warning("%s", err.text);
	flc_link_list_free(&list);
	flc_rtnl_close(rtnl);
	return found;
}

/* Wait for an agent that is just starting. */
static bool find_agent(const char *file, struct instance *seen)
{
	uint64_t end = loop_now() + START_MS;
	int ret;

	for (;;) {
		ret = instance_look(file, seen);
		if (!ret && strcmp(seen->kind, "starting"))
			ret = instance_signal(file, seen, 0);
		else if (!ret)
			ret = -EAGAIN;
		if (!ret || loop_now() >= end)
			break;
		pause_a_little();
	}
	if (ret == -EPERM)
		log_error("%s.lock names process %d, which belongs to another user",
			  file, seen->pid);
	return !ret;
}

/* False if the overlay is not of the wanted type afterwards. */
static bool tell_agent(const char *file, struct instance *seen, int signo,
		       const char *kind)
{
	uint64_t end = loop_now() + MOVE_MS;
	unsigned int moves = seen->moves;
	int ret = instance_signal(file, seen, signo);

	if (ret) {
		log_error("cannot signal flannel-agent (process %d): %s",
			  seen->pid, strerror(-ret));
		return false;
	}
	do {
		pause_a_little();
		ret = instance_look(file, seen);
	} while (!ret && seen->moves == moves && loop_now() < end);
	if (!ret && seen->moves != moves && !strcmp(seen->kind, kind))
		return true;
	log_error("flannel-agent (process %d) has not moved the overlay to a device of type %s; see its log",
		  seen->pid, kind);
	return false;
}

static bool reload(void)
{
	char name[IF_NAMESIZE];

	if (find_device(name)) {
		log_error("device %s also belongs to the module and would be removed with it: delete it first",
			  name);
		return false;
	}
	if (module_is_loaded() && !modprobe("-r")) {
		log_error("cannot unload the module");
		return false;
	}
	if (modprobe(NULL))
		return true;
	log_error("cannot load the installed module: the overlay stays on the kernel's vxlan until it can be loaded");
	return false;
}

/*
 * An agent that uses the kernel's vxlan because the module was missing now moves to
 * its device.
 */
static int load_new(const char *file)
{
	struct instance seen;

	if (!reload())
		return EXIT_FAILURE;
	if (!instance_look(file, &seen))
		instance_signal(file, &seen, SIGUSR2);
	return EXIT_SUCCESS;
}

int agent_swap_module(const struct options *opt)
{
	const char *file = opt->subnet_file;
	struct instance seen = { 0 };
	char name[IF_NAMESIZE];
	uint64_t start;
	bool ok;

	if (!find_device(name))
		return load_new(file);
	if (!find_agent(file, &seen)) {
		log_error("device %s is in use, and no flannel-agent for %s is running that could keep the overlay up without it",
			  name, file);
		return EXIT_FAILURE;
	}
	start = loop_now();
	if (!tell_agent(file, &seen, SIGUSR1, "vxlan"))
		return EXIT_FAILURE;
	ok = reload();
	if (!tell_agent(file, &seen, SIGUSR2, FLANNEL_LINK_KIND) || !ok)
		return EXIT_FAILURE;
	log_notice("replaced the module within %llu ms",
		   (unsigned long long)(loop_now() - start));
	return EXIT_SUCCESS;
}
