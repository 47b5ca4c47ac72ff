// SPDX-License-Identifier: GPL-2.0
/*
 * Arguments to changes: what is sent together, in which order, and the source
 * line of the refused entry. The library's senders are replaced.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "batch.h"
#include "change.h"
#include "lib/fdb.h"
#include "lib/lease.h"
#include "tests/wrapped.h"

/* What was sent, one line each. */
static char sent[4096];
/* The refused call, from 1, and its refused entry. */
static unsigned int calls, refuse_call, refuse_entry;

static int record(struct flc_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int record(struct flc_error *err, const char *fmt, ...)
{
	size_t used = strlen(sent);
	va_list args;

	va_start(args, fmt);
	vsnprintf(sent + used, sizeof(sent) - used, fmt, args);
	va_end(args);
	if (++calls != refuse_call)
		return 0;
	flc_error_set(err, EEXIST, "It is there already");
	err->has_index = true;
	err->index = refuse_entry;
	return -EEXIST;
}

struct flc_genl *__wrap_flc_genl_open(struct flc_error *err)
{
	return (struct flc_genl *)sent;
}

void __wrap_flc_genl_close(struct flc_genl *genl)
{
}

unsigned int __wrap_if_nametoindex(const char *name)
{
	return !strcmp(name, "a") ? 1 : !strcmp(name, "b") ? 2 : 0;
}

int __wrap_flc_lease_set(struct flc_genl *genl, int ifindex,
			 const struct flc_lease *leases, size_t n,
			 enum flc_set_mode mode, uint32_t generation,
			 struct flc_error *err)
{
	char text[FLC_PREFIX_STRLEN];

	return record(err, "lease-set dev %d mode %d generation %u n %zu %s\n",
		      ifindex, mode, generation, n,
		      flc_prefix_text(&leases[n - 1].subnet, text));
}

int __wrap_flc_lease_del(struct flc_genl *genl, int ifindex,
			 const struct flc_prefix *subnets, size_t n,
			 struct flc_error *err)
{
	char text[FLC_PREFIX_STRLEN];

	return record(err, "lease-del dev %d n %zu %s\n", ifindex, n,
		      flc_prefix_text(&subnets[n - 1], text));
}

int __wrap_flc_lease_flush(struct flc_genl *genl, int ifindex,
			   struct flc_error *err)
{
	return record(err, "lease-flush dev %d\n", ifindex);
}

int __wrap_flc_lease_flush_others(struct flc_genl *genl, int ifindex,
				  uint32_t generation, struct flc_error *err)
{
	return record(err, "lease-flush dev %d but %u\n", ifindex, generation);
}

int __wrap_flc_fdb_set(struct flc_genl *genl, int ifindex,
		       const struct flc_fdb *entries, size_t n,
		       enum flc_fdb_mode mode, struct flc_error *err)
{
	char text[FLC_ADDR_STRLEN];

	return record(err, "fdb-set dev %d mode %d n %zu %s port %u\n",
		      ifindex, mode, n,
		      flc_addr_text(&entries[n - 1].remote, text),
		      entries[n - 1].port);
}

int __wrap_flc_fdb_del(struct flc_genl *genl, int ifindex,
		       const struct flc_fdb *entries, size_t n,
		       struct flc_error *err)
{
	return record(err, "fdb-del dev %d n %zu\n", ifindex, n);
}

int __wrap_flc_fdb_flush(struct flc_genl *genl, int ifindex,
			 struct flc_error *err)
{
	return record(err, "fdb-flush dev %d\n", ifindex);
}

/* Run @text as a batch. */
static int run(const char *text, struct flc_error *err)
{
	char path[] = "/tmp/flannel-test-XXXXXX";
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	sent[0] = '\0';
	calls = 0;
	memset(err, 0, sizeof(*err));
	ret = batch_run(path, err);
	unlink(path);
	return ret;
}

#define PEER	" mac 02:00:00:00:00:01 remote 192.0.2.1"

static void test_together(void **state)
{
	struct flc_error err;

	refuse_call = 0;
	assert_int_equal(run("lease set dev a 10.0.0.0/24" PEER "\n"
			     "# nothing\n"
			     "\n"
			     "  lease\tset 10.0.1.0/24" PEER " dev a # words\n"
			     "lease add dev a 10.0.2.0/24" PEER "\n"
			     "lease add dev b 10.0.3.0/24" PEER "\n"
			     "lease add dev b 10.0.4.0/24" PEER " generation 7\n"
			     "lease del dev b 10.0.4.0/24\n"
			     "lease delete dev b 10.0.5.0/24\n"
			     "lease flush dev b\n"
			     "lease flush dev b\n"
			     "lease flush dev b except generation 7\n"
			     "fdb append dev a 02:00:00:00:00:02 dst 192.0.2.2\n"
			     "fdb append dev a 02:00:00:00:00:02 remote 192.0.2.3 port 99\n"
			     "fdb del dev a 02:00:00:00:00:02\n"
			     "fdb flush dev a", &err), 0);
	assert_string_equal(sent,
			    "lease-set dev 1 mode 0 generation 0 n 2 10.0.1.0/24\n"
			    "lease-set dev 1 mode 1 generation 0 n 1 10.0.2.0/24\n"
			    "lease-set dev 2 mode 1 generation 0 n 1 10.0.3.0/24\n"
			    "lease-set dev 2 mode 1 generation 7 n 1 10.0.4.0/24\n"
			    "lease-del dev 2 n 2 10.0.5.0/24\n"
			    "lease-flush dev 2\n"
			    "lease-flush dev 2\n"
			    "lease-flush dev 2 but 7\n"
			    "fdb-set dev 1 mode 3 n 2 192.0.2.3 port 99\n"
			    "fdb-del dev 1 n 1\n"
			    "fdb-flush dev 1\n");
}

static void test_refused(void **state)
{
	struct flc_error err;

	refuse_call = 2;
	refuse_entry = 1;
	assert_int_equal(run("lease set dev a 10.0.0.0/24" PEER "\n"
			     "\n"
			     "lease add dev a 10.0.1.0/24" PEER "\n"
			     "\n"
			     "lease add dev a 10.0.2.0/24" PEER "\n"
			     "lease add dev a 10.0.3.0/24" PEER "\n"
			     "fdb flush dev a\n", &err), -EEXIST);
	assert_int_equal(calls, 2);
	assert_non_null(strstr(err.text, ", line 5 "));
	refuse_call = 0;
}

/* An invalid line, and part of the error message. */
static void test_wrong(void **state)
{
	static const char *const wrong[][2] = {
		{ "lease", "cannot be used in a batch" },
		{ "lease show", "cannot be used in a batch" },
		{ "route add", "cannot be used in a batch" },
		{ "lease set", "device" },
		{ "lease set dev", "needs a value" },
		{ "lease set dev nix", "no device" },
		{ "lease set dev a-name-that-is-too-long", "no device" },
		{ "lease set dev a", "subnet is missing" },
		{ "lease set dev a 10.0.0.0/24", "MAC of the peer" },
		{ "lease set dev a 10.0.0.0/24 mac x", "not a MAC" },
		{ "lease set dev a 10.0.0.0/24 mac", "needs a value" },
		{ "lease set dev a 10.0.0.0/24 10.0.1.0/24", "not understood" },
		{ "lease set dev a 10.0.0.1/24" PEER, "did you mean 10.0.0.0/24" },
		{ "lease set dev a 10.0.0.0" PEER, "not a subnet" },
		{ "lease set dev a 10.0.0.0/24" PEER " remote 192.0.2.2", "only one remote per" },
		{ "lease set dev a 10.0.0.0/24" PEER " generation -1", "not a number" },
		{ "lease set dev a 10.0.0.0/24" PEER " generation 4294967296",
		  "not a number" },
		{ "lease flush dev a except", "generation NUMBER" },
		{ "lease flush dev a 10.0.0.0/24", "not understood" },
		{ "fdb add dev a", "MAC is missing" },
		{ "fdb add dev a 02:00:00:00:00:01", "remote ADDRESS" },
		{ "fdb add dev a 02:00:00:00:00:01 remote x", "not an IPv4" },
		{ "fdb add dev a 02:00:00:00:00:01 port 0", "not a number" },
		{ "fdb add dev a 02:00:00:00:00:01 vni 16777216", "not a number" },
	};
	char text[512];
	struct flc_error err;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "lease set dev a 10.9.0.0/24" PEER
			 "\n%s\n", wrong[i][0]);
		if (!run(text, &err))
			fail_msg("\"%s\" was accepted", wrong[i][0]);
		if (!strstr(err.text, wrong[i][1]) ||
		    !strstr(err.text, ", line 2"))
			fail_msg("\"%s\": \"%s\" is not in \"%s\"", wrong[i][0],
				 wrong[i][1], err.text);
		assert_int_equal(calls, 0);
	}
}

static void test_many(void **state)
{
	size_t size = 100000 * 80, used = 0;
	char *text = malloc(size);
	struct flc_error err;
	unsigned int i;

	for (i = 0; i < 100000; i++)
		used += snprintf(text + used, size - used,
				 "lease set dev a 10.%u.%u.%u/28" PEER "\n",
				 i >> 12, (i >> 4) & 255, (i << 4) & 255);
	assert_int_equal(run(text, &err), 0);
	assert_string_equal(sent, "lease-set dev 1 mode 0 generation 0 n 100000 10.24.105.240/28\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
