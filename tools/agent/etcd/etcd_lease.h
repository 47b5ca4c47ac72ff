/* SPDX-License-Identifier: GPL-2.0 */
/* etcd's leases: grant, keep alive, revoke. */
#ifndef AGENT_ETCD_LEASE_H
#define AGENT_ETCD_LEASE_H

#include "etcd/etcd.h"

/*
 * etcd_lease_grant - make a lease
 * @id: of the lease, above 0; it may have been made by an earlier try whose answer
 *	was lost: then the status is GRPC_FAILED_PRECONDITION
 * @ttl: seconds
 *
 * The reply is an Etcd__LeaseGrantResponse.
 */
struct etcd_call *etcd_lease_grant(struct etcd *etcd, int64_t id, int64_t ttl,
				   etcd_reply_fn done, void *ctx);

/*
 * Set the lease back to its full time. The reply is an
 * Etcd__LeaseKeepAliveResponse; a TTL of 0 says that there is no such lease.
 */
struct etcd_call *etcd_lease_keep_alive(struct etcd *etcd, int64_t id,
					etcd_reply_fn done, void *ctx);

/* The reply is an Etcd__LeaseRevokeResponse. */
struct etcd_call *etcd_lease_revoke(struct etcd *etcd, int64_t id,
				    etcd_reply_fn done, void *ctx);

#endif
