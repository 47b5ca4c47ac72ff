/* SPDX-License-Identifier: GPL-2.0 */
/* Messages to the service manager: the protocol of sd_notify(3). */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

#include "base/loop.h"

/*
 * Send a message such as "READY=1". Does nothing without a service manager; if it
 * is busy, the message is sent a little later.
 */
void notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The agent starts reloading its settings; ends with "READY=1". */
void notify_reloading(void);

/*
 * From now on, resend messages that were not accepted, and ping the service
 * manager's watchdog, if it has one.
 */
void notify_start(struct loop *loop);
void notify_stop(struct loop *loop);

#endif
