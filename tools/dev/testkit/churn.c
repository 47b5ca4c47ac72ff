// SPDX-License-Identifier: GPL-2.0
/*
 * Concurrent writers, readers, dumps and flushes of one device. Subnets below
 * 10.200.0.0/16 are added and deleted; those below 10.201.0.0/16 are set repeatedly
 * by generation, are never aged out, and must always be found.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "kit.h"
#include "lib/dev.h"
#include "lib/fdb.h"
#include "lib/lease.h"

#define CHURN_BATCH	16
#define CHURN_STABLE	64
#define CHURN_STABLE_NET	201

static struct {
	int dev;
	uint32_t leases;
	atomic_bool stop;
	atomic_ulong sets, dels, flushes, lookups, dumps, fdbs, lost;
} churn;

static struct flc_lease lease_of(unsigned int net, uint32_t n, uint32_t remote)
{
	uint8_t subnet[4] = { 10, net, n, 0 };
	uint8_t ip[4] = { 172, 20, remote >> 8, remote | 1 };
	struct flc_lease lease = {
		.subnet.addr	= flc_addr_make(AF_INET, subnet),
		.subnet.len	= 24,
		.remote4	= flc_addr_make(AF_INET, ip),
		.mac.bytes	= { 2, 0, 0, 0, remote >> 8, remote },
		.flags		= net == CHURN_STABLE_NET ?
				  FLANNEL_LEASE_F_PERMANENT : 0,
	};

	return lease;
}

static void *setter(void *seed)
{
	struct kit_random random = { (uintptr_t)seed };
	struct flc_lease batch[CHURN_BATCH];
	struct flc_genl *genl = kit_open();
	struct flc_error err = {};
	int i;

	while (!churn.stop) {
		for (i = 0; i < CHURN_BATCH; i++)
			batch[i] = lease_of(200, kit_random_below(&random, churn.leases),
					    kit_random(&random) & 0xffff);
		if (flc_lease_set(genl, churn.dev, batch, CHURN_BATCH, FLC_SET,
				  0, &err))
			die("set: %s", err.text);
		churn.sets++;
	}
	flc_genl_close(genl);
	return NULL;
}

static void *deleter(void *seed)
{
	struct kit_random random = { (uintptr_t)seed };
	struct flc_genl *genl = kit_open();
	struct flc_error err = {};
	struct flc_lease lease;
	int ret;

	while (!churn.stop) {
		lease = lease_of(200, kit_random_below(&random, churn.leases), 0);
		ret = flc_lease_del(genl, churn.dev, &lease.subnet, 1, &err);
		if (ret && ret != -ENOENT)
			die("del: %s", err.text);
		churn.dels++;
	}
	flc_genl_close(genl);
	return NULL;
}

/* Replaces the whole table repeatedly; each version has the stable part. */
static void *replacer(void *seed)
{
	struct flc_genl *genl = kit_open();
	struct flc_error err = {};
	struct flc_lease lease;
	uint32_t generation = (uintptr_t)seed, i;

	while (!churn.stop) {
		generation++;
		for (i = 0; i < CHURN_STABLE; i++) {
			lease = lease_of(CHURN_STABLE_NET, i, generation & 0xff);
			if (flc_lease_set(genl, churn.dev, &lease, 1, FLC_SET,
					  generation, &err))
				die("replace: %s", err.text);
		}
		if (flc_lease_flush_others(genl, churn.dev, generation, &err))
			die("flush: %s", err.text);
		churn.flushes++;
	}
	flc_genl_close(genl);
	return NULL;
}

static void *looker(void *seed)
{
	struct kit_random random = { (uintptr_t)seed };
	struct flc_genl *genl = kit_open();
	struct flc_error err = {};
	struct flc_lease lease, seen;

	while (!churn.stop) {
		lease = lease_of(CHURN_STABLE_NET, kit_random_below(&random, CHURN_STABLE), 0);
		lease.subnet.addr.bytes[3] = 9;
		if (flc_lease_lookup(genl, churn.dev, &lease.subnet.addr, &seen,
				     &err))
			churn.lost++;
		churn.lookups++;
	}
	flc_genl_close(genl);
	return NULL;
}

static void *dumper(void *seed)
{
	struct flc_genl *genl = kit_open();
	struct flc_lease_list leases = {};
	struct flc_fdb_list fdb = {};
	struct flc_error err = {};
	struct flc_dev dev;

	while (!churn.stop) {
		if (flc_lease_dump(genl, churn.dev, &leases, &err) ||
		    flc_fdb_dump(genl, churn.dev, &fdb, &err) ||
		    flc_dev_get(genl, churn.dev, &dev, &err))
			die("dump: %s", err.text);
		flc_lease_list_free(&leases);
		flc_fdb_list_free(&fdb);
		churn.dumps++;
	}
	flc_genl_close(genl);
	return NULL;
}

static void *fdb_writer(void *seed)
{
	struct kit_random random = { (uintptr_t)seed };
	struct flc_genl *genl = kit_open();
	struct flc_error err = {};
	struct flc_fdb fdb = {};
	int ret;

	while (!churn.stop) {
		fdb.mac.bytes[0] = 2;
		fdb.mac.bytes[5] = kit_random(&random) & 31;
		fdb.remote = lease_of(0, 0, kit_random(&random) & 0xffff).remote4;
		if (kit_random(&random) & 3)
			ret = flc_fdb_set(genl, churn.dev, &fdb, 1, FLC_FDB_SET,
					  &err);
		else if (kit_random(&random) & 15)
			ret = flc_fdb_del(genl, churn.dev, &(struct flc_fdb){
						.mac = fdb.mac }, 1, &err);
		else
			ret = flc_fdb_flush(genl, churn.dev, &err);
		if (ret && ret != -ENOENT)
			die("fdb: %s", err.text);
		churn.fdbs++;
	}
	flc_genl_close(genl);
	return NULL;
}

int cmd_churn(struct args *args)
{
	void *(*const roles[])(void *) = {
		setter, setter, deleter, replacer, looker, dumper, fdb_writer,
	};
	enum { N = sizeof(roles) / sizeof(*roles) };
	unsigned long span = arg_number(args, "for", 5000);
	struct flc_error err = {};
	struct flc_genl *genl;
	pthread_t threads[N];
	struct flc_lease lease;
	uintptr_t i;

	churn.dev = arg_dev(args);
	churn.leases = arg_number(args, "leases", 256);
	args_end(args);
	genl = kit_open();
	for (i = 0; i < CHURN_STABLE; i++) {
		lease = lease_of(CHURN_STABLE_NET, i, 0);
		if (flc_lease_set(genl, churn.dev, &lease, 1, FLC_SET, 0, &err))
			die("set: %s", err.text);
	}
	flc_genl_close(genl);
	for (i = 0; i < N; i++)
		if (pthread_create(&threads[i], NULL, roles[i], (void *)(i + 1)))
			die("no thread: %s", strerror(errno));
	kit_sleep_ms(span);
	churn.stop = true;
	for (i = 0; i < N; i++)
		pthread_join(threads[i], NULL);
	printf("sets=%lu\ndels=%lu\nflushes=%lu\nlookups=%lu\ndumps=%lu\nfdbs=%lu\nlost=%lu\n",
	       churn.sets, churn.dels, churn.flushes, churn.lookups,
	       churn.dumps, churn.fdbs, churn.lost);
	return 0;
}
