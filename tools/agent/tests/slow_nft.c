// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded: nftables takes SLOW_NFT seconds, as where somebody else holds its lock;
 * or, with a number below 0, fails as where the kernel has none. While the file
 * NO_NFNETLINK is there the kernel has no nfnetlink, or cannot load it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int socket(int domain, int type, int protocol)
{
	const char *file = getenv("NO_NFNETLINK");

	if (domain == AF_NETLINK && protocol == NETLINK_NETFILTER && file &&
	    !access(file, F_OK)) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	return syscall(SYS_socket, domain, type, protocol);
}

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
