// SPDX-License-Identifier: GPL-2.0
/* Shared by all commands. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kit.h"

void die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("fl-test: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

struct flc_genl *kit_open(void)
{
	struct flc_error err;
	struct flc_genl *genl = flc_genl_open(&err);

	if (!genl)
		die("%s", err.text);
	return genl;
}

uint64_t kit_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

void kit_sleep_ms(unsigned long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&time, &time))
		;
}

uint64_t kit_random(struct kit_random *random)
{
	uint64_t x = random->state += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

uint32_t kit_random_below(struct kit_random *random, uint32_t below)
{
	return kit_random(random) % below;
}

struct flc_addr kit_addr4(const struct flc_addr *base, uint32_t n,
			  unsigned int shift)
{
	uint32_t ip;

	memcpy(&ip, base->bytes, sizeof(ip));
	ip = htonl(ntohl(ip) + (n << shift));
	return flc_addr_make(AF_INET, &ip);
}
