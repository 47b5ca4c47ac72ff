/* SPDX-License-Identifier: GPL-2.0 */
/* Outer packets that a wire may deliver, most of them nearly valid. */
#ifndef TESTKIT_OUTER_H
#define TESTKIT_OUTER_H

#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdint.h>

#include "kit.h"

#define OUTER_SIZE	16384

/**
 * struct outer - a packet under construction
 * @random: source of its properties
 * @vnet: the header before it, for sockets that need checksums and sizes
 * @via_tap: it uses the tap device, not the wire
 * @ipv4: of its outer headers, else IPv6
 * @ip_at: offset of the outer IP header
 * @inner_at: offset of the inner packet's UDP header, 0 if there is none
 * @inner_ipv6: the inner packet is IPv6
 * @datagrams: number of merged datagrams
 * @pieces: number of fragments
 * @backwards: send the last one first
 * @lost: one of them is not sent
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

/* Packet @number for @seed, always the same. */
void outer_make(struct outer *outer, uint64_t seed, uint32_t number);

/* Fragment @n of a packet, in sending order, as a separate packet. Returns false if
 * there is no such fragment.
 */
bool outer_piece(const struct outer *outer, unsigned int n, struct outer *piece);

#endif
