// SPDX-License-Identifier: GPL-2.0
/* The L3 table of a flannel device: inner subnet to VTEP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/entry.h"
#include "lib/genl_priv.h"
#include "lib/lease.h"

static void flc_lease_put_subnet(struct nlmsghdr *nlh,
				 const struct flc_prefix *subnet)
{
	flc_put_addr(nlh, FLANNEL_A_LEASE_ADDRESS, &subnet->addr);
	mnl_attr_put_u8(nlh, FLANNEL_A_LEASE_PREFIX_LEN, subnet->len);
}

void flc_lease_put(struct nlmsghdr *nlh, const void *entry)
{
	const struct flc_lease *lease = entry;

	flc_lease_put_subnet(nlh, &lease->subnet);
	flc_put_mac(nlh, FLANNEL_A_LEASE_MAC, &lease->mac);
	if (flc_addr_is_set(&lease->remote4))
		flc_put_addr(nlh, FLANNEL_A_LEASE_REMOTE4, &lease->remote4);
	if (flc_addr_is_set(&lease->remote6))
		flc_put_addr(nlh, FLANNEL_A_LEASE_REMOTE6, &lease->remote6);
	if (lease->flags)
		mnl_attr_put_u32(nlh, FLANNEL_A_LEASE_FLAGS, lease->flags);
}

void flc_lease_name(const void *entry, char *buf)
{
	const struct flc_lease *lease = entry;
	char text[FLC_PREFIX_STRLEN];

	snprintf(buf, FLC_GENL_NAME, "lease %s",
		 flc_prefix_text(&lease->subnet, text));
}

static void flc_subnet_put(struct nlmsghdr *nlh, const void *entry)
{
	flc_lease_put_subnet(nlh, entry);
}

static void flc_subnet_name(const void *entry, char *buf)
{
	char text[FLC_PREFIX_STRLEN];

	snprintf(buf, FLC_GENL_NAME, "lease %s", flc_prefix_text(entry, text));
}

int flc_lease_decode(const struct nlattr *nest, struct flc_lease *lease,
		     struct flc_error *err)
{
	const struct nlattr *tb[FLANNEL_A_LEASE_MAX + 1];

	if (!flc_attr_split_nest(nest, tb, FLANNEL_A_LEASE_MAX) ||
	    !tb[FLANNEL_A_LEASE_ADDRESS] || !tb[FLANNEL_A_LEASE_PREFIX_LEN] ||
	    !flc_attr_addr(tb[FLANNEL_A_LEASE_ADDRESS], &lease->subnet.addr) ||
	    !flc_attr_u8(tb[FLANNEL_A_LEASE_PREFIX_LEN], &lease->subnet.len) ||
	    lease->subnet.len > flc_family_bits(lease->subnet.addr.family) ||
	    !flc_attr_mac(tb[FLANNEL_A_LEASE_MAC], &lease->mac) ||
	    !flc_attr_addr_of(tb[FLANNEL_A_LEASE_REMOTE4], AF_INET,
			      &lease->remote4) ||
	    !flc_attr_addr_of(tb[FLANNEL_A_LEASE_REMOTE6], AF_INET6,
			      &lease->remote6) ||
	    !flc_attr_u32(tb[FLANNEL_A_LEASE_FLAGS], &lease->flags) ||
	    !flc_attr_u32(tb[FLANNEL_A_LEASE_GENERATION], &lease->generation) ||
	    !flc_attr_u64(tb[FLANNEL_A_LEASE_IDLE], &lease->idle_ms) ||
	    !flc_attr_u64(tb[FLANNEL_A_LEASE_TX_PACKETS], &lease->tx_packets) ||
	    !flc_attr_u64(tb[FLANNEL_A_LEASE_TX_BYTES], &lease->tx_bytes))
		return flc_genl_malformed(err, "lease");
	lease->used = tb[FLANNEL_A_LEASE_IDLE];
	return 0;
}

/* Check leases here, so that the error message can give all details. */
int flc_lease_check(const struct flc_lease *leases, size_t n,
		    struct flc_error *err)
{
	char name[FLC_GENL_NAME];
	size_t i;

	for (i = 0; i < n; i++) {
		const struct flc_lease *lease = &leases[i];
		const char *wrong = NULL;

		if (!flc_prefix_is_set(&lease->subnet) ||
		    lease->subnet.len >
		    flc_family_bits(lease->subnet.addr.family))
			wrong = "the subnet is not an address with a prefix length";
		else if (lease->remote4.family &&
			 lease->remote4.family != AF_INET)
			wrong = "remote4 is not an IPv4 address";
		else if (lease->remote6.family &&
			 lease->remote6.family != AF_INET6)
			wrong = "remote6 is not an IPv6 address";
		if (!wrong)
			continue;
		flc_lease_name(lease, name);
		flc_error_set(err, EINVAL, "%s: %s", name, wrong);
		if (err) {
			err->has_index = true;
			err->index = i;
		}
		return -EINVAL;
	}
	return 0;
}

static uint16_t flc_lease_flags(enum flc_set_mode mode)
{
	switch (mode) {
	case FLC_SET_ADD:
		return NLM_F_CREATE | NLM_F_EXCL;
	case FLC_SET_REPLACE:
		return NLM_F_REPLACE;
	case FLC_SET:
		break;
	}
	return 0;	/* any error */
}

int flc_lease_set(struct flc_genl *genl, int ifindex,
		  const struct flc_lease *leases, size_t n,
		  enum flc_set_mode mode, uint32_t generation,
		  struct flc_error *err)
{
	struct flc_genl_batch batch = {
		.cmd		= FLANNEL_CMD_LEASE_SET,
		.nest		= FLANNEL_A_LEASE,
		.flags		= flc_lease_flags(mode),
		.ifindex	= ifindex,
		.generation	= &generation,
		.size		= sizeof(*leases),
		.put		= flc_lease_put,
		.name		= flc_lease_name,
	};
	int ret = flc_lease_check(leases, n, err);

	return ret ? ret : flc_genl_send_batch(genl, &batch, leases, n, err);
}

int flc_lease_del(struct flc_genl *genl, int ifindex,
		  const struct flc_prefix *subnets, size_t n,
		  struct flc_error *err)
{
	struct flc_genl_batch batch = {
		.cmd		= FLANNEL_CMD_LEASE_DEL,
		.nest		= FLANNEL_A_LEASE,
		.ifindex	= ifindex,
		.size		= sizeof(*subnets),
		.put		= flc_subnet_put,
		.name		= flc_subnet_name,
	};

	return flc_genl_send_batch(genl, &batch, subnets, n, err);
}

static int flc_lease_collect(const struct flc_genl_msg *msg,
			     const struct nlattr *nest, void *ctx,
			     struct flc_error *err)
{
	struct flc_lease lease = { .ifindex = msg->ifindex };
	int ret = flc_lease_decode(nest, &lease, err);

	return ret ? ret : flc_collect_add(ctx, &lease, err);
}

static int flc_lease_message(const struct nlmsghdr *nlh, void *ctx,
			     struct flc_error *err)
{
	struct flc_genl_msg msg;
	int ret = flc_genl_decode(nlh, &msg, err);

	return ret ? ret : flc_genl_each(&msg, FLANNEL_A_LEASE,
					 flc_lease_collect, ctx, err);
}

int flc_lease_lookup(struct flc_genl *genl, int ifindex,
		     const struct flc_addr *addr, struct flc_lease *lease,
		     struct flc_error *err)
{
	struct flc_collect found = { .size = sizeof(*lease) };
	char text[FLC_ADDR_STRLEN];
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	int ret;

	nlh = flc_genl_begin(genl, FLANNEL_CMD_LEASE_GET, 0, ifindex);
	nest = mnl_attr_nest_start(nlh, FLANNEL_A_LEASE);
	flc_put_addr(nlh, FLANNEL_A_LEASE_ADDRESS, addr);
	mnl_attr_nest_end(nlh, nest);
	ret = flc_nl_talk(&genl->nl, flc_lease_message, &found, err);
	if (!ret && !found.n)
		ret = flc_genl_malformed(err, "reply about a lease");
	if (!ret)
		*lease = *(struct flc_lease *)found.items;
	flc_collect_reset(&found);
	if (ret) {
		flc_error_prepend(err, "address %s", flc_addr_text(addr, text));
		flc_genl_prepend_dev(err, ifindex);
	}
	return ret;
}

int flc_lease_dump(struct flc_genl *genl, int ifindex,
		   struct flc_lease_list *list, struct flc_error *err)
{
	struct flc_collect found = { .size = sizeof(*list->items) };
	int ret;

	memset(list, 0, sizeof(*list));
	ret = flc_genl_dump(genl, FLANNEL_CMD_LEASE_GET, ifindex,
			    flc_lease_message, &found, &list->interrupted, err);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void flc_lease_list_free(struct flc_lease_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static int flc_lease_send_flush(struct flc_genl *genl, int ifindex,
				const uint32_t *keep, struct flc_error *err)
{
	struct nlmsghdr *nlh;
	int ret;

	nlh = flc_genl_begin(genl, FLANNEL_CMD_LEASE_FLUSH, 0, ifindex);
	if (keep)
		mnl_attr_put_u32(nlh, FLANNEL_A_GENERATION, *keep);
	ret = flc_nl_talk(&genl->nl, NULL, NULL, err);
	if (ret)
		flc_genl_prepend_dev(err, ifindex);
	return ret;
}

int flc_lease_flush(struct flc_genl *genl, int ifindex, struct flc_error *err)
{
	return flc_lease_send_flush(genl, ifindex, NULL, err);
}

int flc_lease_flush_others(struct flc_genl *genl, int ifindex,
			   uint32_t generation, struct flc_error *err)
{
	return flc_lease_send_flush(genl, ifindex, &generation, err);
}
