/* SPDX-License-Identifier: GPL-2.0 */
/* Internal: how messages of the family become events. */
#ifndef LIBFLANNEL_EVENT_PRIV_H
#define LIBFLANNEL_EVENT_PRIV_H

#include "lib/event.h"
#include "lib/listen.h"

/**
 * struct flc_event_sink - where events go
 * @family: type of the messages that count
 * @fn: called for each event
 * @ctx: for @fn
 * @n: events of the current message
 */
struct flc_event_sink {
	uint16_t family;
	flc_event_fn *fn;
	void *ctx;
	int n;
};

/* The context is a struct flc_event_sink. */
extern const struct flc_listen_ops flc_event_ops;

#endif
