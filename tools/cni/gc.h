/* SPDX-License-Identifier: GPL-2.0 */
/* GC: removes what deleted containers have left behind. */
#ifndef CNI_GC_H
#define CNI_GC_H

#include "call.h"
#include "error.h"
#include "netconf.h"

/**
 * gc_run - remove everything that is not a valid attachment
 * @call: the runtime's
 * @conf: network configuration, with the valid attachments
 * @err: the first failure; the other steps were done
 *
 * An interface with a saved configuration gets the DEL that it never had. Then unused
 * addresses of host-local are released, which host-local itself does not do.
 *
 * Return: 0 or -1.
 */
int gc_run(const struct call *call, const struct netconf *conf,
	   struct cni_error *err);

#endif
