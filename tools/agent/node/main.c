// SPDX-License-Identifier: GPL-2.0
/* flannel-agent: connects a node to a flannel network. */
#include <curl/curl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/options.h"
#include "node/release.h"
#include "node/run.h"
#include "node/swap.h"

/* The library at run time may be older than the one built with. */
static bool curl_is_new_enough(void)
{
	return curl_version_info(CURLVERSION_NOW)->version_num >= 0x075700;
}

int main(int argc, char **argv)
{
	int status = EXIT_FAILURE;
	struct options opt;

	log_setup(0);
	switch (options_read(&opt, argc, argv)) {
	case OPTIONS_BAD:
		/*
		 * The unit's RestartPreventExitStatus=: a restart would not help.
		 */
		options_free(&opt);
		return EX_USAGE;
	case OPTIONS_DONE:
		options_free(&opt);
		return EXIT_SUCCESS;
	case OPTIONS_RUN:
		break;
	}
	log_setup(opt.verbosity);
	signal(SIGPIPE, SIG_IGN);
	if (!curl_is_new_enough()) {
		log_error("libcurl %s is too old: 7.87 or newer is needed, older versions block while resolving a name",
			  curl_version_info(CURLVERSION_NOW)->version);
	} else if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
		log_error("cannot initialise libcurl");
	} else {
		status = opt.swap_module ? agent_swap_module(&opt) :
			 opt.release || opt.release_lease ?
			 agent_release(&opt) : agent_run(&opt);
		curl_global_cleanup();
	}
	options_free(&opt);
	return status;
}
