// SPDX-License-Identifier: GPL-2.0
/* The devices and addresses of this host. */
#include "kernel/host.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "base/log.h"
#include "lib/route.h"

int host_read(struct host *host, struct flc_rtnl *rtnl, struct flc_error *err)
{
	int ret;

	memset(host, 0, sizeof(*host));
	host->rtnl = rtnl;
	ret = flc_link_dump(rtnl, NULL, &host->links, err);
	if (ret)
		return ret;
	ret = flc_ipaddr_dump(rtnl, 0, AF_UNSPEC, &host->addrs, err);
	if (ret)
		flc_link_list_free(&host->links);
	return ret;
}

void host_free(struct host *host)
{
	flc_ipaddr_list_free(&host->addrs);
	flc_link_list_free(&host->links);
}

const struct flc_link *host_link(const struct host *host, int ifindex)
{
	size_t i;

	for (i = 0; i < host->links.n; i++)
		if (host->links.items[i].ifindex == ifindex)
			return &host->links.items[i];
	return NULL;
}

const struct flc_link *host_link_named(const struct host *host,
				       const char *name)
{
	size_t i;

	for (i = 0; i < host->links.n; i++)
		if (!strcmp(host->links.items[i].name, name))
			return &host->links.items[i];
	return NULL;
}

bool host_is_inner(const struct flc_link *link)
{
	return (link->flags & IFF_LOOPBACK) || !strcmp(link->kind, "dummy");
}

bool host_is_loopback(const struct flc_addr *addr)
{
	struct flc_addr one = { .family = AF_INET6, .bytes[15] = 1 };

	return addr->family == AF_INET ? addr->bytes[0] == 127 :
					 flc_addr_equal(addr, &one);
}

int host_rank(const struct flc_ipaddr *a)
{
	int rank = 0;

	/* Tentative: it may still turn out to be a duplicate. */
	if ((a->flags & IFA_F_DADFAILED) ||
	    ((a->flags & IFA_F_TENTATIVE) && !(a->flags & IFA_F_OPTIMISTIC)))
		return -1;
	if (host_is_loopback(&a->addr.addr))
		return 0;
	/* A deprecated address is better than none. */
	if (!(a->flags & IFA_F_DEPRECATED))
		rank += 8;
	if (!flc_addr_is_link_local(&a->addr.addr))
		rank += 4;
	if (a->flags & IFA_F_PERMANENT)
		rank += 2;
	/* The same bit says "secondary" of an IPv4 address. */
	if (!(a->flags & IFA_F_TEMPORARY))
		rank += 1;
	return rank;
}

struct flc_addr host_best(const struct host *host, int ifindex, int family)
{
	struct flc_addr best = { 0 };
	int best_rank = -1, rank;
	size_t i;

	for (i = 0; i < host->addrs.n; i++) {
		const struct flc_ipaddr *a = &host->addrs.items[i];

		if (a->ifindex != ifindex || a->addr.addr.family != family)
			continue;
		/* Only valid on its link: not an address to publish. */
		if (family == AF_INET6 && flc_addr_is_link_local(&a->addr.addr))
			continue;
		rank = host_rank(a);
		if (rank > best_rank) {
			best_rank = rank;
			best = a->addr.addr;
		}
	}
	return best;
}

const struct flc_link *host_owner(const struct host *host,
				  const struct flc_addr *addr, int prefer)
{
	const struct flc_link *owner = NULL, *link;
	size_t i;

	for (i = 0; i < host->addrs.n; i++) {
		const struct flc_ipaddr *a = &host->addrs.items[i];

		if (!flc_addr_equal(&a->addr.addr, addr) ||
		    (a->flags & IFA_F_DADFAILED))
			continue;
		link = host_link(host, a->ifindex);
		if (link && (!owner || link->ifindex == prefer))
			owner = link;
	}
	return owner;
}

const struct flc_link *host_way_out(const struct host *host, int family,
				    int prefer)
{
	struct flc_route filter = {
		.dst.addr.family = family, .table = RT_TABLE_MAIN,
		.type = RTN_UNICAST,
	};
	const struct flc_route *best = NULL, *route;
	const struct flc_link *link = NULL;
	struct flc_route_list list = { 0 };
	struct flc_error err = { 0 };
	size_t i;

	if (!host->rtnl)
		return NULL;
	if (flc_route_dump(host->rtnl, &filter, &list, &err)) {
		log_error("%s", err.text);
		return NULL;
	}
	for (i = 0; i < list.n; i++) {
		route = &list.items[i];
		if (route->dst.len || !route->oif)
			continue;
		if (!best || route->oif == prefer ||
		    (best->oif != prefer && route->metric < best->metric))
			best = route;
	}
	if (best)
		link = host_link(host, best->oif);
	flc_route_list_free(&list);
	return link;
}
