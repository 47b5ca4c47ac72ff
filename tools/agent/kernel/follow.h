/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Follows changes of the underlay while the agent is running. Other nodes know this
 * node by its address: address and interface are abandoned only when they are gone,
 * never because other ones have appeared.
 */
#ifndef AGENT_FOLLOW_H
#define AGENT_FOLLOW_H

#include <stdint.h>

#include "kernel/underlay.h"

/* Since when something has been missing, in ms; 0: nothing is. */
struct follow {
	uint64_t lost4, lost6;	/* the address of a family */
	uint64_t lost;		/* all of them, or the interface */
};

/* After this time a missing address is not expected back soon. */
#define FOLLOW_HOLD_MS 10000

/**
 * follow_underlay - what has become of the underlay
 * @follow: what is missed; zero at first
 * @underlay: as it was, and then as it is
 * @host: what there is
 * @wish: what was asked for
 * @now: the time, in ms, not 0
 * @err: what is waited for
 *
 * Return: 0; -EADDRNOTAVAIL if an address is waited for, with which @underlay is
 * as good as before; -ENODEV if the interface is, and then nothing can be done.
 */
int follow_underlay(struct follow *follow, struct underlay *underlay,
		    const struct host *host, const struct underlay_wish *wish,
		    uint64_t now, struct flc_error *err);

/**
 * follow_resume - go on with the underlay that a device of an earlier run has
 * @underlay: result
 * @device: the device of the overlay
 * @host: what there is
 * @wish: what is asked for
 *
 * Return: whether it is all there. If not, or if flags say which it shall be, it
 * has to be chosen.
 */
bool follow_resume(struct underlay *underlay, const struct flc_link *device,
		   const struct host *host, const struct underlay_wish *wish);

#endif
