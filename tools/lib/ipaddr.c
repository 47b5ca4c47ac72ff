// SPDX-License-Identifier: GPL-2.0
/* Addresses of network devices, as ip-address(8) shows them. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/ipaddr.h"
#include "lib/rtnl_priv.h"

int fl_ipaddr_decode(const struct nlmsghdr *nlh, struct fl_ipaddr *ipaddr,
		     struct fl_error *err)
{
	const struct nlattr *tb[IFA_MAX + 1], *own, *other;
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

	if (!fl_attr_split_msg(nlh, sizeof(*ifa), tb, IFA_MAX))
		return fl_rtnl_malformed(err, "an address");
	if (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6)
		return 0;
	/* The address is the other end's where there is a local one, too. */
	own = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	other = tb[IFA_LOCAL] ? tb[IFA_ADDRESS] : NULL;
	ipaddr->ifindex = ifa->ifa_index;
	ipaddr->addr.len = ifa->ifa_prefixlen;
	ipaddr->scope = ifa->ifa_scope;
	ipaddr->flags = ifa->ifa_flags;
	if (!own ||
	    !fl_attr_addr_of(own, ifa->ifa_family, &ipaddr->addr.addr) ||
	    !fl_attr_addr_of(other, ifa->ifa_family, &ipaddr->peer) ||
	    !fl_attr_u32(tb[IFA_FLAGS], &ipaddr->flags))
		return fl_rtnl_malformed(err, "an address");
	if (fl_addr_equal(&ipaddr->peer, &ipaddr->addr.addr))
		memset(&ipaddr->peer, 0, sizeof(ipaddr->peer));
	return 1;
}

static int fl_ipaddr_send(struct fl_rtnl *rtnl, uint16_t type, uint16_t flags,
			  const struct fl_ipaddr *ipaddr, struct fl_error *err)
{
	const struct fl_addr *addr = &ipaddr->addr.addr;
	char text[FL_PREFIX_STRLEN];
	struct nlmsghdr *nlh;
	struct ifaddrmsg *ifa;
	int ret;

	nlh = fl_nl_begin(&rtnl->nl, type, flags, sizeof(*ifa));
	ifa = mnl_nlmsg_get_payload(nlh);
	ifa->ifa_family = addr->family;
	ifa->ifa_prefixlen = ipaddr->addr.len;
	ifa->ifa_scope = ipaddr->scope;
	ifa->ifa_flags = ipaddr->flags;
	ifa->ifa_index = ipaddr->ifindex;
	fl_put_addr(nlh, IFA_LOCAL, addr);
	fl_put_addr(nlh, IFA_ADDRESS,
		    fl_addr_is_set(&ipaddr->peer) ? &ipaddr->peer : addr);
	if (ipaddr->flags > UINT8_MAX)
		mnl_attr_put_u32(nlh, IFA_FLAGS, ipaddr->flags);
	ret = fl_nl_talk(&rtnl->nl, NULL, NULL, err);
	if (ret) {
		fl_error_prepend(err, "address %s",
				 fl_prefix_text(&ipaddr->addr, text));
		fl_rtnl_prepend_dev(err, ipaddr->ifindex);
	}
	return ret;
}

int fl_ipaddr_add(struct fl_rtnl *rtnl, const struct fl_ipaddr *ipaddr,
		  struct fl_error *err)
{
	return fl_ipaddr_send(rtnl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
			      ipaddr, err);
}

int fl_ipaddr_del(struct fl_rtnl *rtnl, const struct fl_ipaddr *ipaddr,
		  struct fl_error *err)
{
	return fl_ipaddr_send(rtnl, RTM_DELADDR, 0, ipaddr, err);
}

static int fl_ipaddr_collect(const struct nlmsghdr *nlh, void *ctx,
			     struct fl_error *err)
{
	struct fl_collect *found = ctx;
	const int *ifindex = found->filter;
	struct fl_ipaddr ipaddr = { 0 };
	int ret = fl_ipaddr_decode(nlh, &ipaddr, err);

	if (ret <= 0 || (*ifindex && *ifindex != ipaddr.ifindex))
		return ret < 0 ? ret : 0;
	return fl_collect_add(found, &ipaddr, err);
}

int fl_ipaddr_dump(struct fl_rtnl *rtnl, int ifindex, int family,
		   struct fl_ipaddr_list *list, struct fl_error *err)
{
	struct fl_collect found = {
		.size	= sizeof(*list->items),
		.filter	= &ifindex,
	};
	struct nlmsghdr *nlh;
	struct ifaddrmsg *ifa;
	int ret;

	memset(list, 0, sizeof(*list));
	nlh = fl_nl_begin(&rtnl->nl, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
	ifa = mnl_nlmsg_get_payload(nlh);
	ifa->ifa_family = family;
	ifa->ifa_index = ifindex;
	ret = fl_rtnl_dump(rtnl, fl_ipaddr_collect, &found,
			   &list->interrupted, err);
	if (ret)
		fl_rtnl_prepend_dev(err, ifindex);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void fl_ipaddr_list_free(struct fl_ipaddr_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
