/* SPDX-License-Identifier: GPL-2.0 */
/* GC: what containers that are gone have left behind is taken away. */
#ifndef CNI_GC_H
#define CNI_GC_H

#include "call.h"
#include "error.h"
#include "netconf.h"

/**
 * gc_run - end what is not among the valid attachments
 * @call: the runtime's
 * @conf: network configuration, with the valid attachments
 * @err: the first thing that failed; the others were done
 *
 * An interface of which something was kept gets the DEL that it never had. Then the
 * addresses of host-local that nobody has are given back, which host-local itself does
 * not do.
 *
 * Return: 0 or -1.
 */
int gc_run(const struct call *call, const struct netconf *conf,
	   struct cni_error *err);

#endif
