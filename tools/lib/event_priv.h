/* SPDX-License-Identifier: GPL-2.0 */
/* Internal: how messages of the family become events. */
#ifndef LIBFLANNEL_EVENT_PRIV_H
#define LIBFLANNEL_EVENT_PRIV_H

#include "lib/event.h"
#include "lib/listen.h"

/**
 * struct fl_event_sink - where events go
 * @family: type of the messages that count
 * @fn: called for each event
 * @ctx: for @fn
 * @n: events of the message that is at hand
 */
struct fl_event_sink {
	uint16_t family;
	fl_event_fn *fn;
	void *ctx;
	int n;
};

/* The context is a struct fl_event_sink. */
extern const struct fl_listen_ops fl_event_ops;

#endif
