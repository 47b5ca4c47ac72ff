// SPDX-License-Identifier: GPL-2.0
/*
 * --hand-over: sets up this node once with the kernel's vxlan, as flanneld does,
 * and leaves it for flanneld to continue with.
 */
#include "node/handover.h"

#include <stdlib.h>

#define HAND_OVER_MS	60000

/* flanneld has a route to each subnet of the other nodes, and no others. */
static bool is_of_a_peer(void *ctx, const struct flc_prefix *dst)
{
	return peers_find_subnet(((struct agent *)ctx)->peers, dst);
}

void hand_over_finish(struct agent *agent)
{
	struct flc_error err = { 0 };
	int ret;

	ret = routes_give_away(agent->rtnl, is_of_a_peer, agent, &err);
	if (ret)
		log_error("cannot hand the routes over to flanneld: %s",
			  err.text);
	else
		log_notice("this node is set up as flanneld would do it; flanneld can be started now; the firewall rules stay (nft delete table inet flannel.%u removes them)",
			   agent->conf.vni);
	loop_quit(agent->loop, ret ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void not_handed_over(void *ctx)
{
	struct agent *agent = ctx;

	if (agent->state == AGENT_RUNS)
		return;
	log_error("this node was not set up in time: not handing over");
	agent_fatal(agent);
}

void hand_over_start(struct agent *agent)
{
	loop_timer_set(agent->loop, &agent->started, HAND_OVER_MS,
		       not_handed_over, agent);
}
