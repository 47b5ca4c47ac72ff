// SPDX-License-Identifier: GPL-2.0
/* Identity of the followed etcd: another one may take its place. */
#include "etcd/etcd_history.h"

#include <stddef.h>

const char *etcd_history_check(struct etcd_history *history,
			       const Etcd__ResponseHeader *header)
{
	if (!header)
		return NULL;
	if (history->cluster_id && header->cluster_id &&
	    header->cluster_id != history->cluster_id)
		return "a different etcd cluster answers";
	if (header->raft_term && header->raft_term < history->raft_term)
		return "etcd was recreated or restored: its raft term went backwards";
	if (header->cluster_id)
		history->cluster_id = header->cluster_id;
	if (header->raft_term)
		history->raft_term = header->raft_term;
	return NULL;
}
