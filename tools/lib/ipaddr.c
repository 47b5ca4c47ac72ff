// SPDX-License-Identifier: GPL-2.0
/* Addresses of network devices, as ip-address(8) shows them. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/ipaddr.h"
#include "lib/rtnl_priv.h"

int flc_ipaddr_decode(const struct nlmsghdr *nlh, struct flc_ipaddr *ipaddr,
		      struct flc_error *err)
{
	const struct nlattr *tb[IFA_MAX + 1], *own, *other;
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

	if (!flc_attr_split_msg(nlh, sizeof(*ifa), tb, IFA_MAX))
		return flc_rtnl_malformed(err, "an address");
	if (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6)
		return 0;
	/* If there is a local address, too, this one is the other end's. */
	own = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	other = tb[IFA_LOCAL] ? tb[IFA_ADDRESS] : NULL;
	ipaddr->ifindex = ifa->ifa_index;
	ipaddr->addr.len = ifa->ifa_prefixlen;
	ipaddr->scope = ifa->ifa_scope;
	ipaddr->flags = ifa->ifa_flags;
	if (!own ||
	    !flc_attr_addr_of(own, ifa->ifa_family, &ipaddr->addr.addr) ||
	    !flc_attr_addr_of(other, ifa->ifa_family, &ipaddr->peer) ||
	    !flc_attr_u32(tb[IFA_FLAGS], &ipaddr->flags))
		return flc_rtnl_malformed(err, "an address");
	if (flc_addr_equal(&ipaddr->peer, &ipaddr->addr.addr))
		memset(&ipaddr->peer, 0, sizeof(ipaddr->peer));
	return 1;
}

static int flc_ipaddr_send(struct flc_rtnl *rtnl, uint16_t type, uint16_t flags,
			   const struct flc_ipaddr *ipaddr,
			   struct flc_error *err)
{
	const struct flc_addr *addr = &ipaddr->addr.addr;
	char text[FLC_PREFIX_STRLEN];
	struct nlmsghdr *nlh;
	struct ifaddrmsg *ifa;
	int ret;

	nlh = flc_nl_begin(&rtnl->nl, type, flags, sizeof(*ifa));
	ifa = mnl_nlmsg_get_payload(nlh);
	ifa->ifa_family = addr->family;
	ifa->ifa_prefixlen = ipaddr->addr.len;
	ifa->ifa_scope = ipaddr->scope;
	ifa->ifa_flags = ipaddr->flags;
	ifa->ifa_index = ipaddr->ifindex;
	flc_put_addr(nlh, IFA_LOCAL, addr);
	flc_put_addr(nlh, IFA_ADDRESS,
		     flc_addr_is_set(&ipaddr->peer) ? &ipaddr->peer : addr);
	if (ipaddr->flags > UINT8_MAX)
		mnl_attr_put_u32(nlh, IFA_FLAGS, ipaddr->flags);
	ret = flc_nl_talk(&rtnl->nl, NULL, NULL, err);
	if (ret) {
		flc_error_prepend(err, "address %s",
				  flc_prefix_text(&ipaddr->addr, text));
		flc_rtnl_prepend_dev(err, ipaddr->ifindex);
	}
	return ret;
}

int flc_ipaddr_add(struct flc_rtnl *rtnl, const struct flc_ipaddr *ipaddr,
		   struct flc_error *err)
{
	return flc_ipaddr_send(rtnl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
			       ipaddr, err);
}

int flc_ipaddr_del(struct flc_rtnl *rtnl, const struct flc_ipaddr *ipaddr,
		   struct flc_error *err)
{
	return flc_ipaddr_send(rtnl, RTM_DELADDR, 0, ipaddr, err);
}

static int flc_ipaddr_collect(const struct nlmsghdr *nlh, void *ctx,
			      struct flc_error *err)
{
	struct flc_collect *found = ctx;
	const int *ifindex = found->filter;
	struct flc_ipaddr ipaddr = { 0 };
	int ret = flc_ipaddr_decode(nlh, &ipaddr, err);

	if (ret <= 0 || (*ifindex && *ifindex != ipaddr.ifindex))
		return ret < 0 ? ret : 0;
	return flc_collect_add(found, &ipaddr, err);
}

int flc_ipaddr_dump(struct flc_rtnl *rtnl, int ifindex, int family,
		    struct flc_ipaddr_list *list, struct flc_error *err)
{
	struct flc_collect found = {
		.size	= sizeof(*list->items),
		.filter	= &ifindex,
	};
	struct nlmsghdr *nlh;
	struct ifaddrmsg *ifa;
	int ret;

	memset(list, 0, sizeof(*list));
	nlh = flc_nl_begin(&rtnl->nl, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
	ifa = mnl_nlmsg_get_payload(nlh);
	ifa->ifa_family = family;
	ifa->ifa_index = ifindex;
	ret = flc_rtnl_dump(rtnl, flc_ipaddr_collect, &found,
			    &list->interrupted, err);
	if (ret)
		flc_rtnl_prepend_dev(err, ifindex);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void flc_ipaddr_list_free(struct flc_ipaddr_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
