/* SPDX-License-Identifier: GPL-2.0 */
/* The value of a lease: the JSON that a node publishes about itself. */
#ifndef AGENT_LEASE_VALUE_H
#define AGENT_LEASE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* BackendData of vxlan, of one family. */
struct vtep {
	uint32_t vni;
	struct flc_mac mac;
	bool has_vni;		/* flannel up to 0.10 did not write it */
	bool has_mac;
};

/*
 * Which agent wrote the lease: a member that stock flannel does not know and
 * ignores. Empty strings if stock, or an older agent, wrote it.
 */
#define LEASE_AGENT_LEN 33

struct lease_agent {
	char node[LEASE_AGENT_LEN];	/* the machine: see identity.h */
	char run[LEASE_AGENT_LEN];	/* its run: different for each start */
	char probe[LEASE_AGENT_LEN];	/* the run that asks whether @run is still alive */
};

struct lease_value {
	struct flc_addr public4;	/* unset if none */
	struct flc_addr public6;
	char type[24];		/* BackendType, "" if it is left out */
	struct vtep vtep4;	/* BackendData */
	struct vtep vtep6;	/* BackendV6Data */
	struct lease_agent agent;
};

#define LEASE_VALUE_ERROR_LEN 160

/*
 * lease_value_parse - read a lease's value, in every format flannel has had
 * @out: filled on success only
 * @error: what is wrong, LEASE_VALUE_ERROR_LEN bytes
 */
bool lease_value_parse(struct lease_value *out, const char *json, size_t len,
		       char *error);

/* The JSON text, field by field in flannel's order. The caller frees it. */
char *lease_value_format(const struct lease_value *value);

bool lease_value_equal(const struct lease_value *a,
		       const struct lease_value *b);

#endif
