/* SPDX-License-Identifier: GPL-2.0 */
/* Whose changes are followed: one etcd may take another's place. */
#ifndef AGENT_ETCD_HISTORY_H
#define AGENT_ETCD_HISTORY_H

#include "etcd/etcd.pb-c.h"

/* All zero: nothing was heard yet. */
struct etcd_history {
	uint64_t cluster_id;
	uint64_t raft_term;	/* the highest; it never falls in one cluster */
};

/**
 * etcd_history_check - whether an answer belongs to what was heard before
 * @history: what was heard before; takes up the answer if it belongs to it
 * @header: of the answer; NULL says nothing
 *
 * A revision alone tells little: an etcd that was made anew has soon counted
 * beyond the one whose place it takes.
 *
 * Return: NULL, or what is wrong.
 */
const char *etcd_history_check(struct etcd_history *history,
			       const Etcd__ResponseHeader *header);

#endif
