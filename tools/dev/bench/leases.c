// SPDX-License-Identifier: GPL-2.0
/*
 * Installs many consecutive leases in a flannel device, as the agent does: with the
 * library, in batches. Prints how many nanoseconds the installation took.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/addr.h"
#include "lib/genl.h"
#include "lib/lease.h"

static const char usage[] =
	"Usage: leases [--same] DEVICE FIRST/LENGTH COUNT REMOTE MAC\n"
	"Installs COUNT leases, FIRST/LENGTH and the subnets that follow it, of\n"
	"peers with REMOTE, MAC and the addresses that follow them, or with\n"
	"--same of the one peer.\n"
	"Prints the nanoseconds that took.\n";

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Add to a number that is stored in big endian order in @bytes. */
static void advance(uint8_t *bytes, size_t len, uint64_t by)
{
	while (len-- && by) {
		by += bytes[len];
		bytes[len] = by;
		by >>= 8;
	}
}

static struct flc_lease *make(const struct flc_lease *first, size_t n,
			      bool same)
{
	struct flc_lease *leases = calloc(n, sizeof(*leases));
	unsigned int bits = flc_family_bits(first->subnet.addr.family);
	size_t i;

	if (!leases)
		return NULL;
	for (i = 0; i < n; i++) {
		leases[i] = *first;
		advance(leases[i].subnet.addr.bytes, bits / 8,
			(uint64_t)i << (bits - first->subnet.len));
		if (same)
			continue;
		advance(leases[i].remote4.bytes, 4, i);
		advance(leases[i].mac.bytes, 6, i);
	}
	return leases;
}

int main(int argc, char **argv)
{
	struct flc_lease first = { .flags = FLANNEL_LEASE_F_PERMANENT };
	struct flc_error err = {};
	struct flc_lease *leases;
	struct flc_genl *genl;
	unsigned long long begin;
	bool same = false;
	int ifindex;
	size_t n;

	if (argc > 1 && !strcmp(argv[1], "--same")) {
		same = true;
		argc--;
		argv++;
	}
	if (argc != 6) {
		fputs(usage, stderr);
		return 2;
	}
	ifindex = if_nametoindex(argv[1]);
	n = strtoul(argv[3], NULL, 10);
	if (!ifindex) {
		fprintf(stderr, "leases: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	if (!n || !flc_prefix_parse(&first.subnet, argv[2]) ||
	    !flc_addr_parse(&first.remote4, argv[4]) ||
	    first.remote4.family != AF_INET ||
	    !flc_mac_parse(&first.mac, argv[5])) {
		fputs(usage, stderr);
		return 2;
	}
	leases = make(&first, n, same);
	if (!leases) {
		fprintf(stderr, "leases: no memory for %zu leases\n", n);
		return 1;
	}
	begin = now();
	genl = flc_genl_open(&err);
	if (!genl ||
	    flc_lease_set(genl, ifindex, leases, n, FLC_SET, 0, &err) < 0) {
		fprintf(stderr, "leases: %s\n", err.text);
		return 1;
	}
	printf("%llu\n", now() - begin);
	flc_genl_close(genl);
	free(leases);
	return 0;
}
