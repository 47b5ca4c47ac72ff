// SPDX-License-Identifier: GPL-2.0
/*
 * The longest prefix match of the kernel against one that cannot be wrong: it
 * looks at every lease.
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
	struct fl_lease *leases;
	size_t n;
	size_t most;
};

static const struct fl_lease *model_lookup(const struct model *model,
					   const struct fl_addr *addr)
{
	const struct fl_lease *best = NULL;
	size_t i;

	for (i = 0; i < model->n; i++) {
		const struct fl_lease *lease = &model->leases[i];

		if (fl_prefix_contains(&lease->subnet, addr) &&
		    (!best || lease->subnet.len > best->subnet.len))
			best = lease;
	}
	return best;
}

static struct fl_lease *model_find(struct model *model,
				   const struct fl_prefix *subnet)
{
	size_t i;

	for (i = 0; i < model->n; i++)
		if (fl_prefix_equal(&model->leases[i].subnet, subnet))
			return &model->leases[i];
	return NULL;
}

/* Addresses that are close to each other, so that prefixes overlap. */
static struct fl_addr random_addr(struct kit_random *random, int family)
{
	uint8_t bytes[16] = {};
	unsigned int i, n = fl_family_bytes(family);
	unsigned int wild = kit_random_below(random, 4) ? n / 2 : 0;

	bytes[0] = family == AF_INET ? 10 : 0xfd;
	for (i = 0; i < n; i++)
		if (i >= n - wild || !wild)
			bytes[i] = kit_random(random) &
				   (kit_random_below(random, 2) ? 0xff : 0x81);
	return fl_addr_make(family, bytes);
}

static struct fl_lease random_lease(struct kit_random *random)
{
	int family = kit_random_below(random, 2) ? AF_INET : AF_INET6;
	uint32_t remote = kit_random(random) | 1;
	struct fl_lease lease = {};

	lease.subnet.addr = random_addr(random, family);
	lease.subnet.len = kit_random_below(random,
					    fl_family_bits(family) + 1);
	lease.subnet = fl_prefix_masked(&lease.subnet);
	lease.remote4 = fl_addr_make(AF_INET, &remote);
	lease.remote4.bytes[0] = 172;
	lease.mac.bytes[0] = 2;
	memcpy(lease.mac.bytes + 2, lease.remote4.bytes, 4);
	return lease;
}

/* Installs, replaces and withdraws at random, here and there. */
static void change(struct model *model, struct fl_genl *genl, int dev,
		   struct kit_random *random, size_t target)
{
	struct fl_lease lease = random_lease(random);
	struct fl_error err = {};
	struct fl_lease *old;

	old = model_find(model, &lease.subnet);
	if (model->n >= target || !kit_random_below(random, 8)) {
		if (!model->n)
			return;
		old = &model->leases[kit_random_below(random, model->n)];
		if (fl_lease_del(genl, dev, &old->subnet, 1, &err))
			die("withdraw: %s", err.text);
		*old = model->leases[--model->n];
		return;
	}
	if (fl_lease_set(genl, dev, &lease, 1, FL_SET, 0, &err))
		die("install: %s", err.text);
	if (old)
		*old = lease;
	else
		model->leases[model->n++] = lease;
}

static void wrong(const struct fl_addr *addr, const struct fl_lease *expected,
		  const struct fl_lease *seen)
{
	char a[FL_ADDR_STRLEN], b[FL_PREFIX_STRLEN], c[FL_PREFIX_STRLEN];

	die("%s: expected %s, seen %s", fl_addr_text(addr, a),
	    expected ? fl_prefix_text(&expected->subnet, b) : "none",
	    seen ? fl_prefix_text(&seen->subnet, c) : "none");
}

/* Returns whether there was a lease. */
static bool compare(const struct model *model, struct fl_genl *genl, int dev,
		    const struct fl_addr *addr)
{
	const struct fl_lease *expected = model_lookup(model, addr);
	struct fl_lease seen = {};
	struct fl_error err = {};
	int ret = fl_lease_lookup(genl, dev, addr, &seen, &err);

	if (ret && ret != -ENOENT)
		die("look up: %s", err.text);
	if (!expected != !!ret ||
	    (expected && (!fl_prefix_equal(&expected->subnet, &seen.subnet) ||
			  !fl_mac_equal(&expected->mac, &seen.mac) ||
			  !fl_addr_equal(&expected->remote4, &seen.remote4))))
		wrong(addr, expected, ret ? NULL : &seen);
	return expected;
}

/* An address at or just beyond the edge of a lease, or any. */
static struct fl_addr probe(const struct model *model,
			    struct kit_random *random)
{
	struct fl_addr addr;
	uint8_t *last;

	if (!model->n || !kit_random_below(random, 4))
		return random_addr(random, kit_random_below(random, 2) ?
					   AF_INET : AF_INET6);
	addr = model->leases[kit_random_below(random, model->n)].subnet.addr;
	last = &addr.bytes[fl_family_bytes(addr.family) - 1];
	if (kit_random_below(random, 2))
		*last ^= 1 << kit_random_below(random, 8);
	else
		addr.bytes[kit_random_below(random,
					    fl_family_bytes(addr.family))] ^=
			1 << kit_random_below(random, 8);
	return addr;
}

static void compare_dump(struct model *model, struct fl_genl *genl, int dev)
{
	struct fl_lease_list list = {};
	struct fl_error err = {};
	size_t i;

	if (fl_lease_dump(genl, dev, &list, &err))
		die("dump: %s", err.text);
	if (list.n != model->n)
		die("dump: expected %zu leases, seen %zu", model->n, list.n);
	for (i = 0; i < list.n; i++) {
		const struct fl_lease *lease =
			model_find(model, &list.items[i].subnet);

		if (!lease || !fl_mac_equal(&lease->mac, &list.items[i].mac))
			wrong(&list.items[i].subnet.addr, lease,
			      &list.items[i]);
	}
	fl_lease_list_free(&list);
}

int cmd_lpm(struct args *args)
{
	int dev = arg_dev(args);
	unsigned long round, i, hits = 0, misses = 0;
	unsigned long rounds = arg_number(args, "rounds", 10);
	unsigned long lookups = arg_number(args, "lookups", 200);
	struct kit_random random = { arg_number(args, "seed", 1) };
	struct model model = { .most = arg_number(args, "leases", 200) };
	struct fl_genl *genl = kit_open();

	args_end(args);
	model.leases = calloc(model.most + 1, sizeof(*model.leases));
	if (!model.leases)
		die("no memory");
	for (round = 0; round < rounds; round++) {
		size_t target = kit_random_below(&random, model.most);

		for (i = 0; i < model.most; i++)
			change(&model, genl, dev, &random, target);
		for (i = 0; i < lookups; i++) {
			struct fl_addr addr = probe(&model, &random);

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
