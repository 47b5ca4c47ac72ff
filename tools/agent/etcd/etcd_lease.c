// SPDX-License-Identifier: GPL-2.0
/* etcd's leases: requests of its service Lease. */
#include "etcd/etcd_lease.h"

#include "etcd/etcd.pb-c.h"

struct etcd_call *etcd_lease_grant(struct etcd *etcd, int64_t id, int64_t ttl,
				   etcd_reply_fn done, void *ctx)
{
	Etcd__LeaseGrantRequest request = ETCD__LEASE_GRANT_REQUEST__INIT;

	request.id = id;
	request.ttl = ttl;
	return etcd_call(etcd, "etcdserverpb.Lease/LeaseGrant", &request.base,
			 &etcd__lease_grant_response__descriptor, done, ctx);
}

struct etcd_call *etcd_lease_keep_alive(struct etcd *etcd, int64_t id,
					etcd_reply_fn done, void *ctx)
{
	Etcd__LeaseKeepAliveRequest request =
		ETCD__LEASE_KEEP_ALIVE_REQUEST__INIT;

	request.id = id;
	return etcd_call(etcd, "etcdserverpb.Lease/LeaseKeepAlive",
			 &request.base,
			 &etcd__lease_keep_alive_response__descriptor, done,
			 ctx);
}

struct etcd_call *etcd_lease_revoke(struct etcd *etcd, int64_t id,
				    etcd_reply_fn done, void *ctx)
{
	Etcd__LeaseRevokeRequest request = ETCD__LEASE_REVOKE_REQUEST__INIT;

	request.id = id;
	return etcd_call(etcd, "etcdserverpb.Lease/LeaseRevoke", &request.base,
			 &etcd__lease_revoke_response__descriptor, done, ctx);
}
