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

struct flc_rtnl *flc_rtnl_open(struct flc_error *err)
{
	struct flc_rtnl *rtnl = calloc(1, sizeof(*rtnl));

	if (!rtnl) {
		flc_error_set(err, ENOMEM, "no memory for a connection");
		return NULL;
	}
	if (flc_nl_open(&rtnl->nl, NETLINK_ROUTE, err)) {
		free(rtnl);
		return NULL;
	}
	rtnl->nl.locate = flc_rtnl_locate;
	return rtnl;
}

void flc_rtnl_close(struct flc_rtnl *rtnl)
{
	if (!rtnl)
		return;
	flc_nl_close(&rtnl->nl);
	free(rtnl);
}

int flc_rtnl_dump(struct flc_rtnl *rtnl, flc_nl_fn *fn,
		  struct flc_collect *found, bool *interrupted,
		  struct flc_error *err)
{
	int ret = flc_nl_dump(&rtnl->nl, fn, found, flc_collect_reset,
			      interrupted, err);

	if (ret)
		flc_collect_reset(found);
	return ret;
}

int flc_rtnl_malformed(struct flc_error *err, const char *what)
{
	return flc_error_set(err, EBADMSG, "the kernel's description of %s is malformed",
			     what);
}

void flc_rtnl_prepend_dev(struct flc_error *err, int ifindex)
{
	char name[IF_NAMESIZE];

	if (!err || !ifindex)
		return;
	if (if_indextoname(ifindex, name))
		flc_error_prepend(err, "dev %s", name);
	else
		flc_error_prepend(err, "device with index %d", ifindex);
}

/*
 * Name only what a user typed: the option of a link. Programs make the rest of
 * a request, and the kernel's message names it.
 */
void flc_rtnl_locate(const struct nlmsghdr *sent, uint32_t offset,
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
	while ((attr = flc_attr_next(&data, &len))) {
		if (point < (const char *)attr || point >= (const char *)data)
			continue;
		type = mnl_attr_get_type(attr);
		if (depth >= 2 && type <= IFLA_FLANNEL_MAX &&
		    flc_options[type].word)
			snprintf(buf, size, "option %s",
				 flc_options[type].word);
		if (depth == 3 || type != path[depth])
			return;
		depth++;
		data = mnl_attr_get_payload(attr);
		len = mnl_attr_get_payload_len(attr);
	}
}
