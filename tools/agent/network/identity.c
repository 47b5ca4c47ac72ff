// SPDX-License-Identifier: GPL-2.0
/* Identity of the machine, and of the agent's run. */
#include "network/identity.h"

#include <ctype.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"

#define MACHINE_ID_LEN	32
#define SHOWN		8	/* bytes of the hash, and of the run */

static const char key[] = "flannel-agent: node of a lease";

static void put_hex(char *out, const uint8_t *bytes)
{
	int i;

	for (i = 0; i < SHOWN; i++)
		sprintf(out + 2 * i, "%02x", bytes[i]);
}

static bool read_machine_id(char *id, const char *path)
{
	FILE *file = fopen(path, "re");
	size_t n = 0;

	if (file) {
		n = fread(id, 1, MACHINE_ID_LEN, file);
		fclose(file);
	}
	if (n != MACHINE_ID_LEN)
		return false;
	while (n)	/* "uninitialized" is not an id */
		if (!isxdigit((unsigned char)id[--n]))
			return false;
	return true;
}

void identity_read(struct lease_agent *agent, const char *path)
{
	uint8_t hash[32], run[SHOWN];
	char id[MACHINE_ID_LEN];

	memset(agent, 0, sizeof(*agent));
	if (!read_machine_id(id, path)) {
		log_warning("%s has no machine id: another machine with this node's address cannot be told apart from this one",
			    path);
		return;
	}
	if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, sizeof(key) - 1, id,
			     sizeof(id), hash) ||
	    getrandom(run, sizeof(run), 0) != sizeof(run))
		return;
	put_hex(agent->node, hash);
	put_hex(agent->run, run);
}
