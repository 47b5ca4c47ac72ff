/* SPDX-License-Identifier: GPL-2.0 */
/* The connection to the kernel's rtnetlink: links, addresses, routes. */
#ifndef LIBFLANNEL_RTNL_H
#define LIBFLANNEL_RTNL_H

#include "lib/error.h"

/*
 * One connection, for requests one after the other. Not to be used by two
 * threads at a time. It belongs to the network namespace that the thread was
 * in when it was opened.
 */
struct fl_rtnl;

/**
 * fl_rtnl_open - connect to rtnetlink
 * @err: error
 *
 * Strict checking, extended acknowledgements and short acknowledgements are on.
 *
 * Return: connection, or NULL.
 */
struct fl_rtnl *fl_rtnl_open(struct fl_error *err);

/**
 * fl_rtnl_close - disconnect
 * @rtnl: connection, may be NULL
 */
void fl_rtnl_close(struct fl_rtnl *rtnl);

#endif
