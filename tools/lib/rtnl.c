// SPDX-License-Identifier: GPL-2.0
/* The connection to the kernel's rtnetlink: links, addresses, routes. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/link_options.h"
#include "lib/rtnl_priv.h"

struct fl_rtnl *fl_rtnl_open(struct fl_error *err)
{
	struct fl_rtnl *rtnl = calloc(1, sizeof(*rtnl));

	if (!rtnl) {
		fl_error_set(err, ENOMEM, "no memory for a connection");
		return NULL;
	}
	if (fl_nl_open(&rtnl->nl, NETLINK_ROUTE, err)) {
		free(rtnl);
		return NULL;
	}
	rtnl->nl.locate = fl_rtnl_locate;
	return rtnl;
}

void fl_rtnl_close(struct fl_rtnl *rtnl)
{
	if (!rtnl)
		return;
	fl_nl_close(&rtnl->nl);
	free(rtnl);
}

int fl_rtnl_dump(struct fl_rtnl *rtnl, fl_nl_fn *fn, struct fl_collect *found,
		 bool *interrupted, struct fl_error *err)
{
	int ret = fl_nl_dump(&rtnl->nl, fn, found, fl_collect_reset,
			     interrupted, err);

	if (ret)
		fl_collect_reset(found);
	return ret;
}

int fl_rtnl_malformed(struct fl_error *err, const char *what)
{
	return fl_error_set(err, EBADMSG, "the kernel's description of %s is malformed",
			    what);
}

void fl_rtnl_prepend_dev(struct fl_error *err, int ifindex)
{
	char name[IF_NAMESIZE];

	if (!err || !ifindex)
		return;
	if (if_indextoname(ifindex, name))
		fl_error_prepend(err, "dev %s", name);
	else
		fl_error_prepend(err, "device with index %d", ifindex);
}

/*
 * What a user typed is worth telling: the option of a link. The rest of a
 * request is made by programs, and the kernel's message names it.
 */
void fl_rtnl_locate(const struct nlmsghdr *sent, uint32_t offset,
		    uint16_t missing, char *buf, size_t size)
{
	static const uint16_t path[] = {
		IFLA_LINKINFO, IFLA_INFO_DATA, IFLA_FLANNEL_OWN,
	};
	const char *at = (const char *)sent + NLMSG_HDRLEN +
			 MNL_ALIGN(sizeof(struct ifinfomsg));
	size_t len = (const char *)mnl_nlmsg_get_payload_tail(sent) - at;
	const char *point = (const char *)sent + offset;
	const struct nlattr *attr;
	const void *data = at;
	unsigned int depth = 0;
	uint16_t type;

	if (sent->nlmsg_type != RTM_NEWLINK || missing)
		return;
	while ((attr = fl_attr_next(&data, &len))) {
		if (point < (const char *)attr || point >= (const char *)data)
			continue;
		type = mnl_attr_get_type(attr);
		if (depth >= 2 && type <= IFLA_FLANNEL_MAX &&
		    fl_options[type].word)
			snprintf(buf, size, "option %s",
				 fl_options[type].word);
		if (depth == 3 || type != path[depth])
			return;
		depth++;
		data = mnl_attr_get_payload(attr);
		len = mnl_attr_get_payload_len(attr);
	}
}
