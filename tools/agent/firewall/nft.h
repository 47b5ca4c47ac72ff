/* SPDX-License-Identifier: GPL-2.0 */
/* libnftables, which is opened nowhere else. */
#ifndef AGENT_NFT_H
#define AGENT_NFT_H

#include <nftables/libnftables.h>

/*
 * nft_open - libnftables with buffered output and without handles or counters
 *
 * Never ends the process where the kernel has no nfnetlink, or cannot load it just now.
 *
 * Context: may wait for the kernel to load a module.
 * Return: for nft_ctx_free(); NULL with errno if the kernel's part cannot be reached.
 */
struct nft_ctx *nft_open(void);

#endif
