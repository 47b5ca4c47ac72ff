/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One overlay device of this node: find or create it, restore it, replace another
 * one.
 */
#ifndef AGENT_DEVICE_H
#define AGENT_DEVICE_H

#include <net/if.h>

#include "kernel/takeover.h"
#include "lib/addr.h"
#include "lib/error.h"
#include "lib/link.h"
#include "lib/route.h"
#include "lib/rtnl.h"

/**
 * struct device - a device as it shall be
 * @rtnl: connection
 * @name: its name
 * @kind: "flannel" or "vxlan"
 * @options: its options; those that are not set may be anything
 * @mtu: its MTU
 * @follow_mtu: the MTU is what the kernel chooses by itself for a new device
 * @replaces: up to two names of devices of another kind that it takes the
 *	place of; they hold its UDP port
 * @mac: its MAC, once device_prepare() was called
 * @ifindex: its index, likewise
 * @made: device_prepare() made it
 * @waiting: it bears another name until device_up()
 * @takeover: what it takes the place of, from device_up() to device_finish()
 */
struct device {
	struct flc_rtnl *rtnl;
	char name[IF_NAMESIZE];
	const char *kind;
	struct flc_link_options options;
	unsigned int mtu;
	bool follow_mtu;
	const char *replaces[TAKEOVER_REPLACES];
	struct flc_mac mac;
	int ifindex;
	bool made;
	bool waiting;
	struct takeover takeover;
};

/**
 * device_prepare - find the device or make it
 * @device: what it shall be
 * @hint: MAC for a new one, or NULL for any
 * @err: why not
 *
 * One that is there and can be used keeps its MAC and stays up. Nothing that
 * runs is disturbed.
 *
 * Return: 0 or a negative errno.
 */
int device_prepare(struct device *device, const struct flc_mac *hint,
		   struct flc_error *err);

/*
 * Remove the device if device_prepare() created it, and restore the devices that it
 * replaces.
 */
void device_abandon(struct device *device);

/*
 * device_ensure - restore what was changed externally or in @device
 * @remade: set if the device was gone and had to be recreated, with its old MAC
 *
 * Return: 0 or a negative errno.
 */
int device_ensure(struct device *device, bool *remade, struct flc_error *err);

/*
 * device_address - the device has this one address of the overlay network
 * @addr: address
 * @network: other addresses within it are removed from the device
 *
 * Return: 0 if it had it, 1 if not (with the last one of IPv4 the device has lost
 * its neighbours), or a negative errno.
 */
int device_address(const struct device *device, const struct flc_addr *addr,
		   const struct flc_prefix *network, struct flc_error *err);

/*
 * device_up - take the place of the devices that it replaces, and go up
 *
 * Return: 0 if it was up, 1 if it was not (then it has no neighbours), or a
 * negative errno; then what it replaces is back in place.
 */
int device_up(struct device *device, struct flc_error *err);

/* Delete the replaced devices, once everything else is done. */
void device_finish(struct device *device);

/*
 * device_change_mac - give the device a new random MAC
 *
 * Return: 0 or a negative errno, with the old MAC unchanged.
 */
int device_change_mac(struct device *device, struct flc_error *err);

/* A random MAC, locally administered. */
struct flc_mac device_random_mac(void);

#endif
