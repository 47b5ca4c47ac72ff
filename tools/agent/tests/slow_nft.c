// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded: nftables takes SLOW_NFT seconds, as where somebody else holds its lock;
 * or, with a number below 0, fails as where the kernel has none.
 */
#include <dlfcn.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <unistd.h>

int nft_run_cmd_from_buffer(struct nft_ctx *nft, const char *buf)
{
	int (*real)(struct nft_ctx *nft, const char *buf) =
		dlsym(RTLD_NEXT, "nft_run_cmd_from_buffer");
	int seconds = atoi(getenv("SLOW_NFT"));

	if (seconds < 0)
		return -1;
	sleep(seconds);
	return real(nft, buf);
}
