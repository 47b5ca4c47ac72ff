/* SPDX-License-Identifier: GPL-2.0 */
/* A flannel device as the family "flannel" sees it: settings and counters. */
#ifndef LIBFLANNEL_DEV_H
#define LIBFLANNEL_DEV_H

#include <linux/flannel.h>
#include <net/if.h>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/genl.h"

/**
 * struct flc_dev - a device
 * @ifindex: interface index
 * @name: interface name
 * @vni: VNI
 * @port: UDP port, host byte order
 * @mode: Ethernet or L3
 * @mac: its MAC
 * @local4: outer IPv4 source, or none if the route determines it
 * @local6: outer IPv6 source, or none if the route determines it
 * @subnet_len: prefix length of an IPv4 miss
 * @subnet_len6: prefix length of an IPv6 miss
 * @leases: leases in the table
 * @fdb_entries: FDB entries in the table
 * @misses: misses that wait for an answer
 * @negatives: subnets or MACs that are remembered as missing
 * @parked_packets: packets that wait for an answer
 * @parked_bytes: memory that these packets use
 * @has_stats: bitmap: the kernel has this counter
 * @stats: counters, by enum flannel_stats_attr; names: flc_stats_name()
 */
struct flc_dev {
	int ifindex;
	char name[IF_NAMESIZE];
	uint32_t vni;
	uint16_t port;
	enum flannel_mode mode;
	struct flc_mac mac;
	struct flc_addr local4;
	struct flc_addr local6;
	uint8_t subnet_len;
	uint8_t subnet_len6;
	uint32_t leases;
	uint32_t fdb_entries;
	uint32_t misses;
	uint32_t negatives;
	uint32_t parked_packets;
	uint32_t parked_bytes;
	bool has_stats[FLANNEL_A_STATS_MAX + 1];
	uint64_t stats[FLANNEL_A_STATS_MAX + 1];
};

/**
 * struct flc_dev_list - what a dump found
 * @items: devices
 * @n: how many
 * @interrupted: devices were added or removed meanwhile
 */
struct flc_dev_list {
	struct flc_dev *items;
	size_t n;
	bool interrupted;
};

/**
 * flc_dev_get - one device
 * @genl: connection
 * @ifindex: device
 * @dev: result
 * @err: error; ENODEV if there is none, EOPNOTSUPP if it has another kind
 *
 * Return: 0 or a negative errno.
 */
int flc_dev_get(struct flc_genl *genl, int ifindex, struct flc_dev *dev,
		struct flc_error *err);

/**
 * flc_dev_dump - all flannel devices of the namespace
 * @genl: connection
 * @list: result; to be freed with flc_dev_list_free()
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_dev_dump(struct flc_genl *genl, struct flc_dev_list *list,
		 struct flc_error *err);

/**
 * flc_dev_list_free - free what flc_dev_dump() found
 * @list: result, empty afterwards
 */
void flc_dev_list_free(struct flc_dev_list *list);

#endif
