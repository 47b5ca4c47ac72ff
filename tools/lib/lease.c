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

static void fl_lease_put_subnet(struct nlmsghdr *nlh,
				const struct fl_prefix *subnet)
{
	fl_put_addr(nlh, FLANNEL_A_LEASE_ADDRESS, &subnet->addr);
	mnl_attr_put_u8(nlh, FLANNEL_A_LEASE_PREFIX_LEN, subnet->len);
}

void fl_lease_put(struct nlmsghdr *nlh, const void *entry)
{
	const struct fl_lease *lease = entry;

	fl_lease_put_subnet(nlh, &lease->subnet);
	fl_put_mac(nlh, FLANNEL_A_LEASE_MAC, &lease->mac);
	if (fl_addr_is_set(&lease->remote4))
		fl_put_addr(nlh, FLANNEL_A_LEASE_REMOTE4, &lease->remote4);
	if (fl_addr_is_set(&lease->remote6))
		fl_put_addr(nlh, FLANNEL_A_LEASE_REMOTE6, &lease->remote6);
	if (lease->flags)
		mnl_attr_put_u32(nlh, FLANNEL_A_LEASE_FLAGS, lease->flags);
}

void fl_lease_name(const void *entry, char *buf)
{
	const struct fl_lease *lease = entry;
	char text[FL_PREFIX_STRLEN];

	snprintf(buf, FL_GENL_NAME, "lease %s",
		 fl_prefix_text(&lease->subnet, text));
}

static void fl_subnet_put(struct nlmsghdr *nlh, const void *entry)
{
	fl_lease_put_subnet(nlh, entry);
}

static void fl_subnet_name(const void *entry, char *buf)
{
	char text[FL_PREFIX_STRLEN];

	snprintf(buf, FL_GENL_NAME, "lease %s", fl_prefix_text(entry, text));
}

int fl_lease_decode(const struct nlattr *nest, struct fl_lease *lease,
		    struct fl_error *err)
{
	const struct nlattr *tb[FLANNEL_A_LEASE_MAX + 1];

	if (!fl_attr_split_nest(nest, tb, FLANNEL_A_LEASE_MAX) ||
	    !tb[FLANNEL_A_LEASE_ADDRESS] || !tb[FLANNEL_A_LEASE_PREFIX_LEN] ||
	    !fl_attr_addr(tb[FLANNEL_A_LEASE_ADDRESS], &lease->subnet.addr) ||
	    !fl_attr_u8(tb[FLANNEL_A_LEASE_PREFIX_LEN], &lease->subnet.len) ||
	    lease->subnet.len > fl_family_bits(lease->subnet.addr.family) ||
	    !fl_attr_mac(tb[FLANNEL_A_LEASE_MAC], &lease->mac) ||
	    !fl_attr_addr_of(tb[FLANNEL_A_LEASE_REMOTE4], AF_INET,
			     &lease->remote4) ||
	    !fl_attr_addr_of(tb[FLANNEL_A_LEASE_REMOTE6], AF_INET6,
			     &lease->remote6) ||
	    !fl_attr_u32(tb[FLANNEL_A_LEASE_FLAGS], &lease->flags) ||
	    !fl_attr_u32(tb[FLANNEL_A_LEASE_GENERATION], &lease->generation) ||
	    !fl_attr_u64(tb[FLANNEL_A_LEASE_IDLE], &lease->idle_ms) ||
	    !fl_attr_u64(tb[FLANNEL_A_LEASE_TX_PACKETS], &lease->tx_packets) ||
	    !fl_attr_u64(tb[FLANNEL_A_LEASE_TX_BYTES], &lease->tx_bytes))
		return fl_genl_malformed(err, "lease");
	lease->used = tb[FLANNEL_A_LEASE_IDLE];
	return 0;
}

/* Whether a lease is sound is told here, where it can be said in full. */
int fl_lease_check(const struct fl_lease *leases, size_t n,
		   struct fl_error *err)
{
	char name[FL_GENL_NAME];
	size_t i;

	for (i = 0; i < n; i++) {
		const struct fl_lease *lease = &leases[i];
		const char *wrong = NULL;

		if (!fl_prefix_is_set(&lease->subnet) ||
		    lease->subnet.len >
		    fl_family_bits(lease->subnet.addr.family))
			wrong = "the subnet is not an address with a prefix length";
		else if (lease->remote4.family &&
			 lease->remote4.family != AF_INET)
			wrong = "remote4 is not an IPv4 address";
		else if (lease->remote6.family &&
			 lease->remote6.family != AF_INET6)
			wrong = "remote6 is not an IPv6 address";
		if (!wrong)
			continue;
		fl_lease_name(lease, name);
		fl_error_set(err, EINVAL, "%s: %s", name, wrong);
		if (err) {
			err->has_index = true;
			err->index = i;
		}
		return -EINVAL;
	}
	return 0;
}

static uint16_t fl_lease_flags(enum fl_set_mode mode)
{
	switch (mode) {
	case FL_SET_ADD:
		return NLM_F_CREATE | NLM_F_EXCL;
	case FL_SET_REPLACE:
		return NLM_F_REPLACE;
	case FL_SET:
		break;
	}
	return 0;	/* whatever it takes */
}

int fl_lease_set(struct fl_genl *genl, int ifindex,
		 const struct fl_lease *leases, size_t n,
		 enum fl_set_mode mode, uint32_t generation,
		 struct fl_error *err)
{
	struct fl_genl_batch batch = {
		.cmd		= FLANNEL_CMD_LEASE_SET,
		.nest		= FLANNEL_A_LEASE,
		.flags		= fl_lease_flags(mode),
		.ifindex	= ifindex,
		.generation	= &generation,
		.size		= sizeof(*leases),
		.put		= fl_lease_put,
		.name		= fl_lease_name,
	};
	int ret = fl_lease_check(leases, n, err);

	return ret ? ret : fl_genl_send_batch(genl, &batch, leases, n, err);
}

int fl_lease_del(struct fl_genl *genl, int ifindex,
		 const struct fl_prefix *subnets, size_t n,
		 struct fl_error *err)
{
	struct fl_genl_batch batch = {
		.cmd		= FLANNEL_CMD_LEASE_DEL,
		.nest		= FLANNEL_A_LEASE,
		.ifindex	= ifindex,
		.size		= sizeof(*subnets),
		.put		= fl_subnet_put,
		.name		= fl_subnet_name,
	};

	return fl_genl_send_batch(genl, &batch, subnets, n, err);
}

static int fl_lease_collect(const struct fl_genl_msg *msg,
			    const struct nlattr *nest, void *ctx,
			    struct fl_error *err)
{
	struct fl_lease lease = { .ifindex = msg->ifindex };
	int ret = fl_lease_decode(nest, &lease, err);

	return ret ? ret : fl_collect_add(ctx, &lease, err);
}

static int fl_lease_message(const struct nlmsghdr *nlh, void *ctx,
			    struct fl_error *err)
{
	struct fl_genl_msg msg;
	int ret = fl_genl_decode(nlh, &msg, err);

	return ret ? ret : fl_genl_each(&msg, FLANNEL_A_LEASE,
					fl_lease_collect, ctx, err);
}

int fl_lease_lookup(struct fl_genl *genl, int ifindex,
		    const struct fl_addr *addr, struct fl_lease *lease,
		    struct fl_error *err)
{
	struct fl_collect found = { .size = sizeof(*lease) };
	char text[FL_ADDR_STRLEN];
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	int ret;

	nlh = fl_genl_begin(genl, FLANNEL_CMD_LEASE_GET, 0, ifindex);
	nest = mnl_attr_nest_start(nlh, FLANNEL_A_LEASE);
	fl_put_addr(nlh, FLANNEL_A_LEASE_ADDRESS, addr);
	mnl_attr_nest_end(nlh, nest);
	ret = fl_nl_talk(&genl->nl, fl_lease_message, &found, err);
	if (!ret && !found.n)
		ret = fl_genl_malformed(err, "answer about a lease");
	if (!ret)
		*lease = *(struct fl_lease *)found.items;
	fl_collect_reset(&found);
	if (ret) {
		fl_error_prepend(err, "address %s", fl_addr_text(addr, text));
		fl_genl_prepend_dev(err, ifindex);
	}
	return ret;
}

int fl_lease_dump(struct fl_genl *genl, int ifindex,
		  struct fl_lease_list *list, struct fl_error *err)
{
	struct fl_collect found = { .size = sizeof(*list->items) };
	int ret;

	memset(list, 0, sizeof(*list));
	ret = fl_genl_dump(genl, FLANNEL_CMD_LEASE_GET, ifindex,
			   fl_lease_message, &found, &list->interrupted, err);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void fl_lease_list_free(struct fl_lease_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static int fl_lease_send_flush(struct fl_genl *genl, int ifindex,
			       const uint32_t *keep, struct fl_error *err)
{
	struct nlmsghdr *nlh;
	int ret;

	nlh = fl_genl_begin(genl, FLANNEL_CMD_LEASE_FLUSH, 0, ifindex);
	if (keep)
		mnl_attr_put_u32(nlh, FLANNEL_A_GENERATION, *keep);
	ret = fl_nl_talk(&genl->nl, NULL, NULL, err);
	if (ret)
		fl_genl_prepend_dev(err, ifindex);
	return ret;
}

int fl_lease_flush(struct fl_genl *genl, int ifindex, struct fl_error *err)
{
	return fl_lease_send_flush(genl, ifindex, NULL, err);
}

int fl_lease_flush_others(struct fl_genl *genl, int ifindex,
			  uint32_t generation, struct fl_error *err)
{
	return fl_lease_send_flush(genl, ifindex, &generation, err);
}
