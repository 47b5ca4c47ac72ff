/* SPDX-License-Identifier: GPL-2.0 */
/* What the service manager is told: the protocol of sd_notify(3). */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

#include "base/loop.h"

/*
 * Send "READY=1" and the like. Without a service manager nothing happens; one that
 * is busy is not waited for but told a little later.
 */
void notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The agent has begun to read its settings anew; ends with "READY=1". */
void notify_reloading(void);

/*
 * From now on messages that were not taken are sent again; and the service manager's
 * watchdog, if it has one, is told that the loop runs.
 */
void notify_start(struct loop *loop);
void notify_stop(struct loop *loop);

#endif
