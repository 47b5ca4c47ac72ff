/* SPDX-License-Identifier: GPL-2.0 */
/* What the linker calls in a test in place of the library's senders. */
#ifndef FLANNELCTL_TEST_WRAPPED_H
#define FLANNELCTL_TEST_WRAPPED_H

#include "lib/fdb.h"
#include "lib/lease.h"

struct fl_genl *__wrap_fl_genl_open(struct fl_error *err);
void __wrap_fl_genl_close(struct fl_genl *genl);
unsigned int __wrap_if_nametoindex(const char *name);
int __wrap_fl_lease_set(struct fl_genl *genl, int ifindex,
			const struct fl_lease *leases, size_t n,
			enum fl_set_mode mode, uint32_t generation,
			struct fl_error *err);
int __wrap_fl_lease_del(struct fl_genl *genl, int ifindex,
			const struct fl_prefix *subnets, size_t n,
			struct fl_error *err);
int __wrap_fl_lease_flush(struct fl_genl *genl, int ifindex,
			  struct fl_error *err);
int __wrap_fl_lease_flush_others(struct fl_genl *genl, int ifindex,
				 uint32_t generation, struct fl_error *err);
int __wrap_fl_fdb_set(struct fl_genl *genl, int ifindex,
		      const struct fl_fdb *entries, size_t n,
		      enum fl_fdb_mode mode, struct fl_error *err);
int __wrap_fl_fdb_del(struct fl_genl *genl, int ifindex,
		      const struct fl_fdb *entries, size_t n,
		      struct fl_error *err);
int __wrap_fl_fdb_flush(struct fl_genl *genl, int ifindex,
			struct fl_error *err);

#endif
