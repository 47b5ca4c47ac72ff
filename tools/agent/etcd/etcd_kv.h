/* SPDX-License-Identifier: GPL-2.0 */
/* etcd's keys: read a range, write under a condition, delete. */
#ifndef AGENT_ETCD_KV_H
#define AGENT_ETCD_KV_H

#include "etcd/etcd.h"

/*
 * etcd_range - read keys
 * @end: first key no longer wanted; NULL: @key alone
 * @limit: at most so many; 0: all
 * @revision: as it was then; 0: as it is now
 *
 * The reply is an Etcd__RangeResponse.
 */
struct etcd_call *etcd_range(struct etcd *etcd, const char *key,
			     const char *end, int64_t limit, int64_t revision,
			     bool keys_only, etcd_reply_fn done, void *ctx);

/*
 * etcd_put_if - write @key if nobody wrote it since @mod_revision
 * @mod_revision: 0: if it does not exist
 * @lease: 0: without one
 *
 * The reply is an Etcd__TxnResponse; if it did not succeed, its first response
 * is the range of @key as it is.
 */
struct etcd_call *etcd_put_if(struct etcd *etcd, const char *key,
			      const char *value, int64_t lease,
			      int64_t mod_revision, etcd_reply_fn done,
			      void *ctx);

/*
 * Delete @key if nobody wrote it since @mod_revision; as etcd_put_if(). What was
 * deleted is in the reply.
 */
struct etcd_call *etcd_delete_if(struct etcd *etcd, const char *key,
				 int64_t mod_revision, etcd_reply_fn done,
				 void *ctx);

#endif
