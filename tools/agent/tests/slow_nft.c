// SPDX-License-Identifier: GPL-2.0
/* Preloaded: nftables takes its time, as where somebody else holds its lock. */
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

struct nft_ctx;

int nft_run_cmd_from_buffer(struct nft_ctx *nft, const char *buf);

int nft_run_cmd_from_buffer(struct nft_ctx *nft, const char *buf)
{
	int (*real)(struct nft_ctx *nft, const char *buf) =
		dlsym(RTLD_NEXT, "nft_run_cmd_from_buffer");

	sleep(atoi(getenv("SLOW_NFT")));
	return real(nft, buf);
}
