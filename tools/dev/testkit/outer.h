/* SPDX-License-Identifier: GPL-2.0 */
/* Outer packets as they may come from a wire, most of them nearly right. */
#ifndef TESTKIT_OUTER_H
#define TESTKIT_OUTER_H

#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdint.h>

#include "kit.h"

#define OUTER_SIZE	16384

/**
 * struct outer - a packet that is being made
 * @random: where its properties come from
 * @vnet: what goes before it, where a socket wants to know of checksums and sizes
 * @via_tap: it comes by the tap device, not by the wire
 * @ipv4: of its outer headers, else IPv6
 * @ip_at: where the outer IP header is
 * @inner_at: where the UDP header of the inner packet is, 0 if there is none
 * @inner_ipv6: what kind that packet is of
 * @datagrams: how many are joined in it
 * @pieces: how many fragments it is sent in
 * @backwards: the last one first
 * @lost: one of them never comes
 * @len: bytes of @data
 * @data: from the Ethernet header on
 */
struct outer {
	struct kit_random random;
	struct virtio_net_hdr vnet;
	bool via_tap;
	bool ipv4;
	size_t ip_at;
	size_t inner_at;
	bool inner_ipv6;
	unsigned int datagrams;
	unsigned int pieces;
	bool backwards;
	bool lost;
	size_t len;
	uint8_t data[OUTER_SIZE];
};

/* Packet @number of those that @seed gives, always the same. */
void outer_make(struct outer *outer, uint64_t seed, uint32_t number);

/* Fragment @n of a packet, counted in the order in which they are sent: a packet of its
 * own. Returns false if there is no such fragment.
 */
bool outer_piece(const struct outer *outer, unsigned int n, struct outer *piece);

#endif
