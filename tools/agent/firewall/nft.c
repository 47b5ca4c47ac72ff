// SPDX-License-Identifier: GPL-2.0
/*
 * nft_ctx_new() opens a socket of nfnetlink and calls exit() if there is none: the kernel
 * was built without, or its module cannot be loaded. So the same socket is tried first,
 * which loads the module, too.
 *
 * Else libnftables ends the process only for want of memory, as this program does itself
 * (base/util.c), and by assertions about its own state. libxtables, which it asks about
 * iptables' matches, does so if it gets no socket for another reason than missing rights.
 */
#include "firewall/nft.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

struct nft_ctx *nft_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct nft_ctx *nft;

	if (fd < 0)
		return NULL;
	close(fd);
	nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft) {
		errno = ENOMEM;
		return NULL;
	}
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_STATELESS |
				      NFT_CTX_OUTPUT_NUMERIC_ALL);
	return nft;
}
