/* SPDX-License-Identifier: GPL-2.0 */
/* Outer packets as they may come from a wire, most of them nearly right. */
#ifndef TESTKIT_OUTER_H
#define TESTKIT_OUTER_H

#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdint.h>

#include "kit.h"

#define OUTER_SIZE	4096

/**
 * struct outer - a packet that is being made
 * @random: where its properties come from
 * @vnet: what goes before it, where a socket wants to know of checksums and sizes
 * @via_tap: it comes by the tap device, not by the wire
 * @len: bytes of @data
 * @data: from the Ethernet header on
 */
struct outer {
	struct kit_random random;
	struct virtio_net_hdr vnet;
	bool via_tap;
	size_t len;
	uint8_t data[OUTER_SIZE];
};

/* Packet @number of those that @seed gives, always the same. */
void outer_make(struct outer *outer, uint64_t seed, uint32_t number);

#endif
