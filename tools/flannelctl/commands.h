/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands. Each gets the arguments after its name, and returns 0 or a
 * negative errno with an error.
 */
#ifndef FLANNELCTL_COMMANDS_H
#define FLANNELCTL_COMMANDS_H

#include "args.h"

typedef int command_fn(struct args *args, struct flc_error *err);

command_fn command_link_show;
command_fn command_lease_show;
command_fn command_lease_get;
command_fn command_fdb_show;
command_fn command_fdb_get;
command_fn command_miss_show;
command_fn command_miss_answer;
command_fn command_monitor;
command_fn command_stats;

#endif
