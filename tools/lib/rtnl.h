/* SPDX-License-Identifier: GPL-2.0 */
/* The connection to the kernel's rtnetlink: links, addresses, routes. */
#ifndef LIBFLANNEL_RTNL_H
#define LIBFLANNEL_RTNL_H

#include "lib/error.h"

/*
 * One connection, for sequential requests. It must not be used by two
 * threads at a time. It belongs to the network namespace that the thread was
 * in when it was opened.
 */
struct flc_rtnl;

/**
 * flc_rtnl_open - connect to rtnetlink
 * @err: error
 *
 * Enables strict checking, extended acknowledgements and short acknowledgements.
 *
 * Return: connection, or NULL.
 */
struct flc_rtnl *flc_rtnl_open(struct flc_error *err);

/**
 * flc_rtnl_close - disconnect
 * @rtnl: connection, may be NULL
 */
void flc_rtnl_close(struct flc_rtnl *rtnl);

#endif
