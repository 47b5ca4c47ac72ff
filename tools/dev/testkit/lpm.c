// SPDX-License-Identifier: GPL-2.0
/*
 * Compares the kernel's longest prefix match with a trivial one, which checks
 * every lease.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "lib/lease.h"

/**
 * struct model - the leases that should be there
 * @leases: leases
 * @n: how many
 * @most: room for
 */
struct model {
	struct flc_lease *leases;
	size_t n;
	size_t most;
};

static const struct flc_lease *model_lookup(const struct model *model,
					    const struct flc_addr *addr)
{
	const struct flc_lease *best = NULL;
	size_t i;

	for (i = 0; i < model->n; i++) {
		const struct flc_lease *lease = &model->leases[i];

		if (flc_prefix_contains(&lease->subnet, addr) &&
		    (!best || lease->subnet.len > best->subnet.len))
			best = lease;
	}
	return best;
}

static struct flc_lease *model_find(struct model *model,
				    const struct flc_prefix *subnet)
{
	size_t i;

	for (i = 0; i < model->n; i++)
		if (flc_prefix_equal(&model->leases[i].subnet, subnet))
			return &model->leases[i];
	return NULL;
}

/* Addresses that are close to each other, so that prefixes overlap. */
static struct flc_addr random_addr(struct kit_random *random, int family)
{
	uint8_t bytes[16] = {};
	unsigned int i, n = flc_family_bytes(family);
	unsigned int wild = kit_random_below(random, 4) ? n / 2 : 0;

	bytes[0] = family == AF_INET ? 10 : 0xfd;
	for (i = 0; i < n; i++)
		if (i >= n - wild || !wild)
			bytes[i] = kit_random(random) &
				   (kit_random_below(random, 2) ? 0xff : 0x81);
	return flc_addr_make(family, bytes);
}

static struct flc_lease random_lease(struct kit_random *random)
{
	int family = kit_random_below(random, 2) ? AF_INET : AF_INET6;
	uint32_t remote = kit_random(random) | 1;
	struct flc_lease lease = {};

	lease.subnet.addr = random_addr(random, family);
	lease.subnet.len = kit_random_below(random,
					    flc_family_bits(family) + 1);
	lease.subnet = flc_prefix_masked(&lease.subnet);
	lease.remote4 = flc_addr_make(AF_INET, &remote);
	lease.remote4.bytes[0] = 172;
	lease.mac.bytes[0] = 2;
	memcpy(lease.mac.bytes + 2, lease.remote4.bytes, 4);
	return lease;
}

/* Installs, replaces and withdraws at random, in the kernel and in the model. */
static void change(struct model *model, struct flc_genl *genl, int dev,
		   struct kit_random *random, size_t target)
{
	struct flc_lease lease = random_lease(random);
	struct flc_error err = {};
	struct flc_lease *old;

	old = model_find(model, &lease.subnet);
	if (model->n >= target || !kit_random_below(random, 8)) {
		if (!model->n)
			return;
		old = &model->leases[kit_random_below(random, model->n)];
		if (flc_lease_del(genl, dev, &old->subnet, 1, &err))
			die("withdraw: %s", err.text);
		*old = model->leases[--model->n];
		return;
	}
	if (flc_lease_set(genl, dev, &lease, 1, FLC_SET, 0, &err))
		die("install: %s", err.text);
	if (old)
		*old = lease;
	else
		model->leases[model->n++] = lease;
}

static void wrong(const struct flc_addr *addr, const struct flc_lease *expected,
		  const struct flc_lease *seen)
{
	char a[FLC_ADDR_STRLEN], b[FLC_PREFIX_STRLEN], c[FLC_PREFIX_STRLEN];

	die("%s: expected %s, seen %s", flc_addr_text(addr, a),
	    expected ? flc_prefix_text(&expected->subnet, b) : "none",
	    seen ? flc_prefix_text(&seen->subnet, c) : "none");
}

/* Returns whether there was a lease. */
static bool compare(const struct model *model, struct flc_genl *genl, int dev,
		    const struct flc_addr *addr)
{
	const struct flc_lease *expected = model_lookup(model, addr);
	struct flc_lease seen = {};
	struct flc_error err = {};
	int ret = flc_lease_lookup(genl, dev, addr, &seen, &err);

	if (ret && ret != -ENOENT)
		die("look up: %s", err.text);
	if (!expected != !!ret ||
	    (expected && (!flc_prefix_equal(&expected->subnet, &seen.subnet) ||
			  !flc_mac_equal(&expected->mac, &seen.mac) ||
			  !flc_addr_equal(&expected->remote4, &seen.remote4))))
		wrong(addr, expected, ret ? NULL : &seen);
	return expected;
}

/* An address at or just outside of the boundary of a lease, or a random one. */
static struct flc_addr probe(const struct model *model,
			     struct kit_random *random)
{
	struct flc_addr addr;
	uint8_t *last;

	if (!model->n || !kit_random_below(random, 4))
		return random_addr(random, kit_random_below(random, 2) ?
					   AF_INET : AF_INET6);
	addr = model->leases[kit_random_below(random, model->n)].subnet.addr;
	last = &addr.bytes[flc_family_bytes(addr.family) - 1];
	if (kit_random_below(random, 2))
		*last ^= 1 << kit_random_below(random, 8);
	else
		addr.bytes[kit_random_below(random,
					    flc_family_bytes(addr.family))] ^=
			1 << kit_random_below(random, 8);
	return addr;
}

static void compare_dump(struct model *model, struct flc_genl *genl, int dev)
{
	struct flc_lease_list list = {};
	struct flc_error err = {};
	size_t i;

	if (flc_lease_dump(genl, dev, &list, &err))
		die("dump: %s", err.text);
	if (list.n != model->n)
		die("dump: expected %zu leases, seen %zu", model->n, list.n);
	for (i = 0; i < list.n; i++) {
		const struct flc_lease *lease =
			model_find(model, &list.items[i].subnet);

		if (!lease || !flc_mac_equal(&lease->mac, &list.items[i].mac))
			wrong(&list.items[i].subnet.addr, lease,
			      &list.items[i]);
	}
	flc_lease_list_free(&list);
}

int cmd_lpm(struct args *args)
{
	int dev = arg_dev(args);
	unsigned long round, i, hits = 0, misses = 0;
	unsigned long rounds = arg_number(args, "rounds", 10);
	unsigned long lookups = arg_number(args, "lookups", 200);
	struct kit_random random = { arg_number(args, "seed", 1) };
	struct model model = { .most = arg_number(args, "leases", 200) };
	struct flc_genl *genl = kit_open();

	args_end(args);
	model.leases = calloc(model.most + 1, sizeof(*model.leases));
	if (!model.leases)
		die("no memory");
	for (round = 0; round < rounds; round++) {
		size_t target = kit_random_below(&random, model.most);

		for (i = 0; i < model.most; i++)
			change(&model, genl, dev, &random, target);
		for (i = 0; i < lookups; i++) {
			struct flc_addr addr = probe(&model, &random);

			if (compare(&model, genl, dev, &addr))
				hits++;
			else
				misses++;
		}
		compare_dump(&model, genl, dev);
	}
	printf("hits=%lu misses=%lu\n", hits, misses);
	free(model.leases);
	return 0;
}
