/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by all commands. */
#ifndef TESTKIT_KIT_H
#define TESTKIT_KIT_H

#include <stdint.h>

#include "args.h"
#include "lib/error.h"
#include "lib/genl.h"

/* Report an error and exit. */
void die(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* Connect to the family, or exit. */
struct flc_genl *kit_open(void);

/* Monotonic time in milliseconds. */
uint64_t kit_ms(void);
void kit_sleep_ms(unsigned long ms);

/* The same numbers for the same seed, on every machine. */
struct kit_random {
	uint64_t state;
};

uint64_t kit_random(struct kit_random *random);
/* Less than @below. */
uint32_t kit_random_below(struct kit_random *random, uint32_t below);

/* @base plus @n steps of 2^@shift, as an IPv4 address. */
struct flc_addr kit_addr4(const struct flc_addr *base, uint32_t n,
			  unsigned int shift);

/* The commands. Each returns the exit status. */
int cmd_set(struct args *args);
int cmd_del(struct args *args);
int cmd_get(struct args *args);
int cmd_flush(struct args *args);
int cmd_load(struct args *args);
int cmd_unload(struct args *args);
int cmd_dump(struct args *args);
int cmd_slowdump(struct args *args);
int cmd_dev(struct args *args);
int cmd_fdb(struct args *args);
int cmd_answer(struct args *args);
int cmd_lpm(struct args *args);
int cmd_listen(struct args *args);
int cmd_changes(struct args *args);
int cmd_burst(struct args *args);
int cmd_sink(struct args *args);
int cmd_inject(struct args *args);
int cmd_policy(struct args *args);
int cmd_fuzz(struct args *args);
int cmd_churn(struct args *args);
int cmd_nfqueue(struct args *args);
int cmd_rxfuzz(struct args *args);

#endif
