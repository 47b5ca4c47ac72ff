/* SPDX-License-Identifier: GPL-2.0 */
/* etcd's leases: grant, keep alive, revoke. */
#ifndef AGENT_ETCD_LEASE_H
#define AGENT_ETCD_LEASE_H

#include "etcd.h"

/* The reply is an Etcd__LeaseGrantResponse. */
struct etcd_call *etcd_lease_grant(struct etcd *etcd, int64_t ttl,
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
