// SPDX-License-Identifier: GPL-2.0
/*
 * One overlay device of this node. If possible, a device of an earlier run is
 * reused, so that a restart interrupts nothing; a device of another type that holds
 * the UDP port is replaced at the last moment.
 */
#include "kernel/device.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "kernel/takeover.h"
#include "lib/ipaddr.h"

/* Options that cannot be changed on an existing device. */
static const unsigned int fixed[] = {
	IFLA_FLANNEL_ID, IFLA_FLANNEL_PORT, IFLA_FLANNEL_MODE,
	IFLA_FLANNEL_GBP,
};

struct flc_mac device_random_mac(void)
{
	struct flc_mac mac;

	if (getrandom(mac.bytes, sizeof(mac.bytes), 0) !=
	    (ssize_t)sizeof(mac.bytes)) {
		log_warning("cannot get random bytes from the kernel: %s",
			    strerror(errno));
		memset(mac.bytes, 0x5a, sizeof(mac.bytes));
	}
	mac.bytes[0] = (mac.bytes[0] & 0xfe) | 0x02;
	return mac;
}

static size_t option_size(const struct flc_option *option)
{
	switch (option->type) {
	case FLC_OPTION_FLAG:
	case FLC_OPTION_BOOL:
		return sizeof(bool);
	case FLC_OPTION_U8:
		return sizeof(uint8_t);
	case FLC_OPTION_BE16:
		return sizeof(uint16_t);
	case FLC_OPTION_U32:
	case FLC_OPTION_BE32:
		return sizeof(uint32_t);
	case FLC_OPTION_ADDR4:
	case FLC_OPTION_ADDR6:
		return sizeof(struct flc_addr);
	case FLC_OPTION_PORT_RANGE:
		return 2 * sizeof(uint16_t);
	}
	return 0;
}

/*
 * Whether option @attr differs from the wanted value. If the kernel does not report
 * it, it is off: a lower device, an address, a flag.
 */
static bool differs(const struct flc_link_options *is,
		    const struct flc_link_options *shall, unsigned int attr)
{
	const struct flc_option *option = &flc_options[attr];
	static const struct flc_addr none;
	const char *a, *b;

	if (!shall->has[attr])
		return false;
	a = (const char *)is + option->offset;
	b = (const char *)shall + option->offset;
	if (option->type == FLC_OPTION_ADDR4 ||
	    option->type == FLC_OPTION_ADDR6) {
		/* "Any" in a request clears it. */
		if (!is->has[attr])
			a = (const char *)&none;
		if (flc_addr_is_any((const struct flc_addr *)b))
			b = (const char *)&none;
	}
	return memcmp(a, b, option_size(option));
}

/* Only the differences: vxlan refuses some options even if they do not change. */
static bool find_changes(struct flc_link_options *changes,
			 const struct flc_link_options *is,
			 const struct flc_link_options *shall)
{
	unsigned int attr;
	bool any = false;

	*changes = *shall;
	for (attr = 1; attr <= IFLA_FLANNEL_MAX; attr++) {
		changes->has[attr] = flc_options[attr].word &&
				     differs(is, shall, attr);
		any = any || changes->has[attr];
	}
	return any;
}

static bool wants_address(const struct flc_link_options *options,
			  unsigned int attr, const struct flc_addr *addr)
{
	return options->has[attr] && flc_addr_is_set(addr) &&
	       !flc_addr_is_any(addr);
}

/* The address families of the device's sockets are fixed at creation. */
static bool families_fit(const struct flc_link_options *is,
			 const struct flc_link_options *shall)
{
	bool is4 = wants_address(is, IFLA_FLANNEL_LOCAL, &is->local);
	bool is6 = wants_address(is, IFLA_FLANNEL_LOCAL6, &is->local6);

	if (!is4 && !is6)
		return true;
	return (is4 || !wants_address(shall, IFLA_FLANNEL_LOCAL,
				      &shall->local)) &&
	       (is6 || !wants_address(shall, IFLA_FLANNEL_LOCAL6,
				      &shall->local6));
}

/* Whether a device of our type can be changed to the wanted settings. */
static bool adoptable(const struct device *device, const struct flc_link *link)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fixed); i++)
		if (differs(&link->options, &device->options, fixed[i]))
			return false;
	if (link->options.gbp && !device->options.gbp)
		return false;
	return families_fit(&link->options, &device->options);
}

static int add_link(struct device *device, const char *name,
		    struct flc_error *err)
{
	struct flc_link_config config = {
		.name = name,
		.kind = device->kind,
		.options = &device->options,
		.mac = &device->mac,
		.mtu = device->follow_mtu ? 0 : device->mtu,
		.no_addrgen = !access("/proc/sys/net/ipv6", F_OK),
	};
	int ret = flc_link_add(device->rtnl, &config, &device->ifindex, err);

	if (ret) {
		flc_error_prepend(err, "cannot create device %s of type %s",
				  name, device->kind);
		return ret;
	}
	device->made = true;
	return 0;
}

/* Create a new device, beside the one to replace, if there is one. */
static int make(struct device *device, bool replaces, struct flc_error *err)
{
	char name[IF_NAMESIZE];
	int ret;

	if (!replaces)
		return add_link(device, device->name, err);

	takeover_name(name, device->name, "new");
	ret = add_link(device, name, err);
	device->waiting = !ret;
	return ret;
}

static bool replaces_kind(const struct flc_link *link, const struct device *device)
{
	static const char *const kinds[] = { "vxlan", "flannel" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(link->kind, kinds[i]))
			return strcmp(link->kind, device->kind);
	return false;
}

static int adopt(struct device *device, const struct flc_link *link,
		 struct flc_error *err)
{
	device->mac = link->mac;
	device->ifindex = link->ifindex;
	log_info("reusing existing device %s, with its MAC",
		 device->name);
	return device_ensure(device, NULL, err);
}

static int remake(struct device *device, const struct flc_link *link,
		  struct flc_error *err)
{
	int ret;

	log_notice("the options of device %s have changed: recreating it with its MAC",
		   device->name);
	device->mac = link->mac;
	ret = flc_link_del(device->rtnl, link->ifindex, err);
	return ret ? ret : make(device, false, err);
}

int device_prepare(struct device *device, const struct flc_mac *hint,
		   struct flc_error *err)
{
	char stray[IF_NAMESIZE];
	struct flc_link link;
	bool replaces = false;
	int ret;
	size_t i;

	takeover_name(stray, device->name, "new");
	takeover_remove_stray(device->rtnl, stray);
	device->mac = hint ? *hint : device_random_mac();
	ret = flc_link_find(device->rtnl, device->name, &link, err);
	if (!ret && !strcmp(link.kind, device->kind))
		return adoptable(device, &link) ? adopt(device, &link, err) :
						  remake(device, &link, err);
	if (!ret && !replaces_kind(&link, device))
		return flc_error_set(err, EEXIST,
				     "the name %s is taken by a device of type %s: remove that device, or choose another VNI in the network config",
				     device->name,
				     *link.kind ? link.kind : "\"hardware\"");
	if (!ret) {
		device->mac = link.mac;
		replaces = true;
	} else if (ret != -ENODEV) {
		return ret;
	}
	for (i = 0; i < ARRAY_SIZE(device->replaces); i++)
		if (device->replaces[i] &&
		    !flc_link_find(device->rtnl, device->replaces[i], &link,
				   NULL) && replaces_kind(&link, device))
			replaces = true;
	return make(device, replaces, err);
}

void device_abandon(struct device *device)
{
	struct flc_error err = { 0 };

	if (device->takeover.count)
		takeover_undo(&device->takeover);
	if (device->made && flc_link_del(device->rtnl, device->ifindex, &err))
		log_warning("cannot remove the new device %s: %s", device->name,
			    err.text);
	device->made = false;
}

int device_ensure(struct device *device, bool *remade, struct flc_error *err)
{
	struct flc_link_config config = { 0 }, options = { 0 };
	struct flc_link_options changes;
	struct flc_link link;
	int ret;

	ret = flc_link_get(device->rtnl, device->ifindex, &link, err);
	if (ret == -ENODEV) {
		log_warning("device %s is gone: recreating it with its MAC",
			    device->name);
		if (remade)
			*remade = true;
		return make(device, false, err);
	}
	if (ret)
		return ret;
	if (!families_fit(&link.options, &device->options)) {
		log_notice("recreating device %s with its MAC: the address families of the underlay have changed",
			   device->name);
		if (remade)
			*remade = true;
		ret = flc_link_del(device->rtnl, link.ifindex, err);
		return ret ? ret : make(device, false, err);
	}

	if (!flc_mac_equal(&link.mac, &device->mac))
		config.mac = &device->mac;
	if (link.mtu != device->mtu)
		config.mtu = device->mtu;
	if (find_changes(&changes, &link.options, &device->options)) {
		options.kind = device->kind;
		options.options = &changes;
	}
	/*
	 * vxlan refuses to set options together with an MTU, which depends on them.
	 */
	if (options.options)
		ret = flc_link_set(device->rtnl, device->ifindex, &options,
				   err);
	if (!ret && (config.mac || config.mtu))
		ret = flc_link_set(device->rtnl, device->ifindex, &config, err);
	if (ret)
		flc_error_prepend(err, "cannot change device %s", device->name);
	else if (config.mac)
		log_warning("the MAC of %s was changed by someone else: restoring the one that other nodes know",
			    device->name);
	return ret;
}

int device_address(const struct device *device, const struct flc_addr *addr,
		   const struct flc_prefix *network, struct flc_error *err)
{
	struct flc_ipaddr want = {
		.ifindex = device->ifindex,
		.addr = { .addr = *addr, .len = flc_family_bits(addr->family) },
		.flags = addr->family == AF_INET6 ? IFA_F_NODAD : 0,
	};
	struct flc_ipaddr_list list = { 0 };
	bool present = false;
	size_t i;
	int ret;

	ret = flc_ipaddr_dump(device->rtnl, device->ifindex, addr->family,
			      &list, err);
	for (i = 0; !ret && i < list.n; i++) {
		if (flc_prefix_equal(&list.items[i].addr, &want.addr))
			present = true;
		else if (flc_prefix_contains(network, &list.items[i].addr.addr))
			ret = flc_ipaddr_del(device->rtnl, &list.items[i], err);
	}
	flc_ipaddr_list_free(&list);
	if (!ret && !present)
		ret = flc_ipaddr_add(device->rtnl, &want, err);
	if (ret == -EEXIST)
		ret = 0;
	if (ret)
		flc_error_prepend(err, "address of device %s", device->name);
	return ret ? ret : !present;
}

/* Find the owner of the UDP port, for the error message. */
static void name_port_holder(const struct device *device, struct flc_error *err)
{
	struct flc_link_list list = { 0 };
	const struct flc_link *link;
	size_t i;

	if (!err || err->code != EADDRINUSE ||
	    flc_link_dump(device->rtnl, NULL, &list, NULL))
		return;
	for (i = 0; i < list.n; i++) {
		link = &list.items[i];
		if (link->ifindex == device->ifindex ||
		    !(link->flags & IFF_UP) ||
		    !link->options.has[IFLA_FLANNEL_PORT] ||
		    link->options.port != device->options.port)
			continue;
		flc_error_set(err, EADDRINUSE,
			      "cannot bring %s up: device %s of type %s holds UDP port %u; remove it, or set Backend.Port in the network config",
			      device->name, link->name, link->kind,
			      device->options.port);
		break;
	}
	if (i == list.n)
		flc_error_set(err, EADDRINUSE,
			      "cannot bring %s up: another program or namespace of this host holds UDP port %u",
			      device->name, device->options.port);
	flc_link_list_free(&list);
}

static int bring_up(struct device *device, struct flc_error *err)
{
	struct flc_link_config config = { .set_up = true, .up = true };
	int ret;

	if (device->waiting)
		config.name = device->name;
	/* A device that is down can be renamed and set up in one step. */
	ret = flc_link_set(device->rtnl, device->ifindex, &config, err);
	if (ret) {
		flc_error_prepend(err, "cannot bring device %s up",
				  device->name);
		name_port_holder(device, err);
	}
	return ret;
}

static int take_over(struct device *device, struct flc_error *err)
{
	device->takeover = (struct takeover){
		.rtnl = device->rtnl, .name = device->name,
		.kind = device->kind, .ifindex = device->ifindex,
	};
	memcpy(device->takeover.replaces, device->replaces,
	       sizeof(device->replaces));
	return takeover_begin(&device->takeover, err);
}

int device_up(struct device *device, struct flc_error *err)
{
	struct flc_link link;
	int ret;

	if (device->waiting) {
		ret = take_over(device, err);
		if (ret)
			return ret;
		ret = bring_up(device, err);
		if (ret)
			takeover_undo(&device->takeover);
		return ret ? ret : 1;
	}
	ret = flc_link_get(device->rtnl, device->ifindex, &link, err);
	if (ret || (link.flags & IFF_UP))
		return ret;
	ret = bring_up(device, err);
	return ret ? ret : 1;
}

void device_finish(struct device *device)
{
	if (device->waiting)
		takeover_finish(&device->takeover);
	device->waiting = false;
}

int device_change_mac(struct device *device, struct flc_error *err)
{
	struct flc_mac mac = device_random_mac();
	struct flc_link_config config = { .mac = &mac };
	int ret;

	ret = flc_link_set(device->rtnl, device->ifindex, &config, err);
	if (ret)
		flc_error_prepend(err, "cannot change the MAC of device %s",
				  device->name);
	else
		device->mac = mac;
	return ret;
}
