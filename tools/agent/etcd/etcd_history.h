/* SPDX-License-Identifier: GPL-2.0 */
/* Identity of the followed etcd: another one may take its place. */
#ifndef AGENT_ETCD_HISTORY_H
#define AGENT_ETCD_HISTORY_H

#include "etcd/etcd.pb-c.h"

/* All zero: nothing was received yet. */
struct etcd_history {
	uint64_t cluster_id;
	uint64_t raft_term;	/* the highest; it never falls in one cluster */
};

/**
 * etcd_history_check - whether a response belongs to the known history
 * @history: what is known; updated with the response if it belongs to it
 * @header: of the response; may be NULL
 *
 * The revision alone is not sufficient: a recreated etcd soon has a higher revision
 * than the one that it replaces.
 *
 * Return: NULL, or what is wrong.
 */
const char *etcd_history_check(struct etcd_history *history,
			       const Etcd__ResponseHeader *header);

#endif
