/* SPDX-License-Identifier: GPL-2.0 */
/* The connection to the kernel's generic netlink family "flannel". */
#ifndef LIBFLANNEL_GENL_H
#define LIBFLANNEL_GENL_H

#include "lib/error.h"

/*
 * One connection, for sequential requests. It must not be used by two
 * threads at a time. It belongs to the network namespace that the thread was
 * in when it was opened.
 */
struct flc_genl;

/**
 * flc_genl_open - connect to the flannel module
 * @err: error; ENOENT if the module is not loaded
 *
 * Causes the kernel to load the module if possible. Strict checking, extended
 * acknowledgements and short acknowledgements are enabled.
 *
 * Return: connection, or NULL.
 */
struct flc_genl *flc_genl_open(struct flc_error *err);

/**
 * flc_genl_close - disconnect
 * @genl: connection, may be NULL
 */
void flc_genl_close(struct flc_genl *genl);

#endif
