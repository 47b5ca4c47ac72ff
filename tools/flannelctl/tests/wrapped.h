/* SPDX-License-Identifier: GPL-2.0 */
/* In tests the linker replaces the library's senders with these. */
#ifndef FLANNELCTL_TEST_WRAPPED_H
#define FLANNELCTL_TEST_WRAPPED_H

#include "lib/fdb.h"
#include "lib/lease.h"

struct flc_genl *__wrap_flc_genl_open(struct flc_error *err);
void __wrap_flc_genl_close(struct flc_genl *genl);
unsigned int __wrap_if_nametoindex(const char *name);
int __wrap_flc_lease_set(struct flc_genl *genl, int ifindex,
			 const struct flc_lease *leases, size_t n,
			 enum flc_set_mode mode, uint32_t generation,
			 struct flc_error *err);
int __wrap_flc_lease_del(struct flc_genl *genl, int ifindex,
			 const struct flc_prefix *subnets, size_t n,
			 struct flc_error *err);
int __wrap_flc_lease_flush(struct flc_genl *genl, int ifindex,
			   struct flc_error *err);
int __wrap_flc_lease_flush_others(struct flc_genl *genl, int ifindex,
				  uint32_t generation, struct flc_error *err);
int __wrap_flc_fdb_set(struct flc_genl *genl, int ifindex,
		       const struct flc_fdb *entries, size_t n,
		       enum flc_fdb_mode mode, struct flc_error *err);
int __wrap_flc_fdb_del(struct flc_genl *genl, int ifindex,
		       const struct flc_fdb *entries, size_t n,
		       struct flc_error *err);
int __wrap_flc_fdb_flush(struct flc_genl *genl, int ifindex,
			 struct flc_error *err);

#endif
