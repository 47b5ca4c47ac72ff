/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The step in which a new overlay device takes the place of an old one of
 * another kind: names, UDP port, and the way back if it fails.
 */
#ifndef AGENT_TAKEOVER_H
#define AGENT_TAKEOVER_H

#include "kernel/device.h"

/* The name of a device while it waits ("new") or is put aside ("old"). */
void takeover_name(char *buf, const char *name, const char *what);

/* Remove a device of such a name, if there is one. */
void takeover_remove_stray(struct device *device, const char *name);

/* Put the replaced devices aside: down, under another name. */
int takeover_begin(struct device *device, struct flc_error *err);

/* Put them back in place, with their routes. */
void takeover_undo(struct device *device);

/* Remove them. */
void takeover_finish(struct device *device);

#endif
