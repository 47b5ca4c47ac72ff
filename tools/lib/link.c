// SPDX-License-Identifier: GPL-2.0
/* Network devices: what ip-link(8) shows of all kinds, and all of flannel. */
#include <errno.h>
#include <net/if.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/link.h"
#include "lib/link_options_priv.h"
#include "lib/rtnl_priv.h"

static bool flc_link_has_options(const char *kind)
{
	return !strcmp(kind, FLANNEL_LINK_KIND) || !strcmp(kind, "vxlan");
}

static bool flc_link_info(const struct nlattr *nest, struct flc_link *link)
{
	const struct nlattr *tb[IFLA_INFO_MAX + 1];

	if (!nest)
		return true;
	if (!flc_attr_split_nest(nest, tb, IFLA_INFO_MAX) ||
	    !flc_attr_str(tb[IFLA_INFO_KIND], link->kind, sizeof(link->kind)))
		return false;
	if (!tb[IFLA_INFO_DATA] || !flc_link_has_options(link->kind))
		return true;
	return flc_link_options_read(tb[IFLA_INFO_DATA], &link->options);
}

int flc_link_decode(const struct nlmsghdr *nlh, struct flc_link *link,
		    struct flc_error *err)
{
	const struct nlattr *tb[IFLA_MAX + 1];
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	if (!flc_attr_split_msg(nlh, sizeof(*ifi), tb, IFLA_MAX))
		return flc_rtnl_malformed(err, "a device");
	/* A bridge reports its ports, which have events of their own. */
	if (ifi->ifi_family != AF_UNSPEC)
		return 0;
	link->ifindex = ifi->ifi_index;
	link->type = ifi->ifi_type;
	link->flags = ifi->ifi_flags;
	if (!flc_attr_str(tb[IFLA_IFNAME], link->name, sizeof(link->name)) ||
	    !flc_attr_u8(tb[IFLA_OPERSTATE], &link->operstate) ||
	    !flc_attr_u32(tb[IFLA_MTU], &link->mtu) ||
	    !flc_attr_ifindex(tb[IFLA_MASTER], &link->master) ||
	    !flc_attr_ifindex(tb[IFLA_LINK], &link->lower) ||
	    !flc_link_info(tb[IFLA_LINKINFO], link))
		return flc_rtnl_malformed(err, "a device");
	/* Addresses of other hardware have other lengths. */
	if (!flc_attr_mac(tb[IFLA_ADDRESS], &link->mac))
		memset(&link->mac, 0, sizeof(link->mac));
	if (!link->lower && link->options.has[IFLA_FLANNEL_LINK])
		link->lower = link->options.link;
	/* An index in another namespace is not valid here. */
	if (tb[IFLA_LINK_NETNSID])
		link->lower = 0;
	return 1;
}

static struct nlmsghdr *flc_link_begin(struct flc_rtnl *rtnl, uint16_t type,
				       uint16_t flags, int ifindex)
{
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;

	nlh = flc_nl_begin(&rtnl->nl, type, flags, sizeof(*ifi));
	ifi = mnl_nlmsg_get_payload(nlh);
	ifi->ifi_index = ifindex;
	return nlh;
}

static void flc_link_put_info(struct nlmsghdr *nlh,
			      const struct flc_link_config *config)
{
	struct nlattr *info, *data;

	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, config->kind);
	if (config->options) {
		data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
		flc_link_options_put(nlh, config->options);
		mnl_attr_nest_end(nlh, data);
	}
	mnl_attr_nest_end(nlh, info);
}

static void flc_link_put_addrgen(struct nlmsghdr *nlh)
{
	struct nlattr *spec, *inet6;

	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE,
			IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, spec);
}

static int flc_link_check(const struct flc_link_config *config,
			  struct flc_error *err)
{
	if (config->name && strlen(config->name) >= IF_NAMESIZE)
		return flc_error_set(err, EINVAL,
				     "\"%s\" is too long for a device name: the limit is %d characters",
				     config->name, IF_NAMESIZE - 1);
	if (config->options &&
	    (!config->kind || !flc_link_has_options(config->kind)))
		return flc_error_set(err, EINVAL,
				     "options are supported only for devices of type flannel or vxlan");
	return 0;
}

static void flc_link_put(struct nlmsghdr *nlh,
			 const struct flc_link_config *config)
{
	if (config->name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, config->name);
	if (config->mac)
		flc_put_mac(nlh, IFLA_ADDRESS, config->mac);
	if (config->mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, config->mtu);
	if (config->set_master)
		mnl_attr_put_u32(nlh, IFLA_MASTER, config->master);
	if (config->kind)
		flc_link_put_info(nlh, config);
}

/* Properties that a device cannot get at its creation. */
static int flc_link_finish(struct flc_rtnl *rtnl, int ifindex,
			   const struct flc_link_config *config,
			   struct flc_error *err)
{
	struct flc_link_config rest = {
		.set_up		= config->set_up,
		.up		= config->up,
		.no_addrgen	= config->no_addrgen,
	};

	if (!rest.no_addrgen && !(rest.set_up && rest.up))
		return 0;
	return flc_link_set(rtnl, ifindex, &rest, err);
}

int flc_link_add(struct flc_rtnl *rtnl, const struct flc_link_config *config,
		 int *ifindex, struct flc_error *err)
{
	struct nlmsghdr *nlh;
	struct flc_link link;
	int ret = flc_link_check(config, err);

	if (ret)
		return ret;
	if (!config->name || !config->kind)
		return flc_error_set(err, EINVAL,
				     "a new device needs a name and a type");
	nlh = flc_link_begin(rtnl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	flc_link_put(nlh, config);
	ret = flc_nl_talk(&rtnl->nl, NULL, NULL, err);
	if (ret == -EOPNOTSUPP && !strcmp(config->kind, FLANNEL_LINK_KIND) &&
	    err && strstr(err->text, "nknown device type"))
		flc_error_set(err, EOPNOTSUPP,
			      "the kernel does not support devices of type flannel: install the module and run \"modprobe flannel\"");
	if (!ret)
		ret = flc_link_find(rtnl, config->name, &link, err);
	if (ret) {
		flc_error_prepend(err, "cannot create device %s",
				  config->name);
		return ret;
	}
	ret = flc_link_finish(rtnl, link.ifindex, config, err);
	if (ret)
		flc_link_del(rtnl, link.ifindex, NULL);
	else if (ifindex)
		*ifindex = link.ifindex;
	return ret;
}

int flc_link_set(struct flc_rtnl *rtnl, int ifindex,
		 const struct flc_link_config *config, struct flc_error *err)
{
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	int ret = flc_link_check(config, err);

	if (ret)
		return ret;
	nlh = flc_link_begin(rtnl, RTM_NEWLINK, 0, ifindex);
	if (config->set_up) {
		ifi = mnl_nlmsg_get_payload(nlh);
		ifi->ifi_change = IFF_UP;
		ifi->ifi_flags = config->up ? IFF_UP : 0;
	}
	flc_link_put(nlh, config);
	if (config->no_addrgen)
		flc_link_put_addrgen(nlh);
	ret = flc_nl_talk(&rtnl->nl, NULL, NULL, err);
	if (ret)
		flc_rtnl_prepend_dev(err, ifindex);
	return ret;
}

int flc_link_set_up(struct flc_rtnl *rtnl, int ifindex, bool up,
		    struct flc_error *err)
{
	struct flc_link_config config = { .set_up = true, .up = up };

	return flc_link_set(rtnl, ifindex, &config, err);
}

int flc_link_set_mtu(struct flc_rtnl *rtnl, int ifindex, uint32_t mtu,
		     struct flc_error *err)
{
	struct flc_link_config config = { .mtu = mtu };

	return flc_link_set(rtnl, ifindex, &config, err);
}

int flc_link_del(struct flc_rtnl *rtnl, int ifindex, struct flc_error *err)
{
	int ret;

	flc_link_begin(rtnl, RTM_DELLINK, 0, ifindex);
	ret = flc_nl_talk(&rtnl->nl, NULL, NULL, err);
	if (ret)
		flc_rtnl_prepend_dev(err, ifindex);
	return ret;
}

/* The context is a struct flc_link. */
static int flc_link_one(const struct nlmsghdr *nlh, void *ctx,
			struct flc_error *err)
{
	int ret;

	memset(ctx, 0, sizeof(struct flc_link));
	ret = flc_link_decode(nlh, ctx, err);
	return ret < 0 ? ret : 0;
}

int flc_link_get(struct flc_rtnl *rtnl, int ifindex, struct flc_link *link,
		 struct flc_error *err)
{
	struct nlmsghdr *nlh;
	int ret;

	nlh = flc_link_begin(rtnl, RTM_GETLINK, 0, ifindex);
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	ret = flc_nl_talk(&rtnl->nl, flc_link_one, link, err);
	if (ret)
		flc_rtnl_prepend_dev(err, ifindex);
	return ret;
}

int flc_link_find(struct flc_rtnl *rtnl, const char *name,
		  struct flc_link *link, struct flc_error *err)
{
	struct nlmsghdr *nlh;
	int ret;

	if (!*name || strlen(name) >= ALTIFNAMSIZ)
		return flc_error_set(err, ENODEV,
				     "\"%s\" is not the name of a device",
				     name);
	nlh = flc_link_begin(rtnl, RTM_GETLINK, 0, 0);
	mnl_attr_put_strz(nlh, strlen(name) < IF_NAMESIZE ? IFLA_IFNAME :
							    IFLA_ALT_IFNAME,
			  name);
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	ret = flc_nl_talk(&rtnl->nl, flc_link_one, link, err);
	if (ret == -ENODEV)
		return flc_error_set(err, ENODEV,
				     "there is no device \"%s\"", name);
	if (ret)
		flc_error_prepend(err, "dev %s", name);
	return ret;
}

static int flc_link_collect(const struct nlmsghdr *nlh, void *ctx,
			    struct flc_error *err)
{
	struct flc_collect *found = ctx;
	const char *kind = found->filter;
	struct flc_link link = { 0 };
	int ret = flc_link_decode(nlh, &link, err);

	if (ret <= 0 || (kind && strcmp(kind, link.kind)))
		return ret < 0 ? ret : 0;
	return flc_collect_add(found, &link, err);
}

int flc_link_dump(struct flc_rtnl *rtnl, const char *kind,
		  struct flc_link_list *list, struct flc_error *err)
{
	struct flc_collect found = {
		.size	= sizeof(*list->items),
		.filter	= kind,
	};
	struct nlmsghdr *nlh;
	int ret;

	memset(list, 0, sizeof(*list));
	nlh = flc_link_begin(rtnl, RTM_GETLINK, NLM_F_DUMP, 0);
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	ret = flc_rtnl_dump(rtnl, flc_link_collect, &found, &list->interrupted,
			    err);
	list->items = found.items;
	list->n = found.n;
	return ret;
}

void flc_link_list_free(struct flc_link_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
