// SPDX-License-Identifier: GPL-2.0
/* etcd's keys: requests of its service KV. */
#include "etcd/etcd_kv.h"

#include <string.h>

#include "etcd/etcd.pb-c.h"

static ProtobufCBinaryData bytes(const char *s)
{
	return (ProtobufCBinaryData){
		.data = (uint8_t *)s, .len = s ? strlen(s) : 0,
	};
}

struct etcd_call *etcd_range(struct etcd *etcd, const char *key,
			     const char *end, int64_t limit, int64_t revision,
			     bool keys_only, etcd_reply_fn done, void *ctx)
{
	Etcd__RangeRequest request = ETCD__RANGE_REQUEST__INIT;

	request.key = bytes(key);
	request.range_end = bytes(end);
	request.limit = limit;
	request.revision = revision;
	request.keys_only = keys_only;
	return etcd_call(etcd, "etcdserverpb.KV/Range", &request.base,
			 &etcd__range_response__descriptor, done, ctx);
}

/* @then if @key was last written at @mod_revision, else the key as it is. */
static struct etcd_call *write_if(struct etcd *etcd, const char *key,
				  int64_t mod_revision, Etcd__RequestOp *then,
				  etcd_reply_fn done, void *ctx)
{
	Etcd__TxnRequest txn = ETCD__TXN_REQUEST__INIT;
	Etcd__Compare compare = ETCD__COMPARE__INIT, *compares = &compare;
	Etcd__RangeRequest range = ETCD__RANGE_REQUEST__INIT;
	Etcd__RequestOp otherwise = ETCD__REQUEST_OP__INIT;
	Etcd__RequestOp *success = then, *failure = &otherwise;

	compare.key = bytes(key);
	compare.result = ETCD__COMPARE__COMPARE_RESULT__EQUAL;
	compare.target = ETCD__COMPARE__COMPARE_TARGET__MOD;
	compare.target_union_case = ETCD__COMPARE__TARGET_UNION_MOD_REVISION;
	compare.mod_revision = mod_revision;

	range.key = bytes(key);
	otherwise.request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_RANGE;
	otherwise.request_range = &range;

	txn.n_compare = 1;
	txn.compare = &compares;
	txn.n_success = 1;
	txn.success = &success;
	txn.n_failure = 1;
	txn.failure = &failure;
	return etcd_call(etcd, "etcdserverpb.KV/Txn", &txn.base,
			 &etcd__txn_response__descriptor, done, ctx);
}

struct etcd_call *etcd_put_if(struct etcd *etcd, const char *key,
			      const char *value, int64_t lease,
			      int64_t mod_revision, etcd_reply_fn done,
			      void *ctx)
{
	Etcd__PutRequest put = ETCD__PUT_REQUEST__INIT;
	Etcd__RequestOp op = ETCD__REQUEST_OP__INIT;

	put.key = bytes(key);
	put.value = bytes(value);
	put.lease = lease;
	op.request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_PUT;
	op.request_put = &put;
	return write_if(etcd, key, mod_revision, &op, done, ctx);
}

struct etcd_call *etcd_delete_if(struct etcd *etcd, const char *key,
				 int64_t mod_revision, etcd_reply_fn done,
				 void *ctx)
{
	Etcd__DeleteRangeRequest del = ETCD__DELETE_RANGE_REQUEST__INIT;
	Etcd__RequestOp op = ETCD__REQUEST_OP__INIT;

	del.key = bytes(key);
	del.prev_kv = true;
	op.request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_DELETE_RANGE;
	op.request_delete_range = &del;
	return write_if(etcd, key, mod_revision, &op, done, ctx);
}
