/* SPDX-License-Identifier: GPL-2.0 */
/* A thread for jobs that may block, so that the event loop never does. */
#ifndef AGENT_WORKER_H
#define AGENT_WORKER_H

#include <stdbool.h>

#include "base/loop.h"

struct worker;

/* Return: NULL, after logging, if its jobs cannot be waited for. */
struct worker *worker_new(struct loop *loop);

/* Waits for a running job; its @done is not called. */
void worker_free(struct worker *worker);

/*
 * worker_run - start a job
 * @run: called in the thread, which owns the data it uses until it ends
 * @done: called by the event loop after that
 *
 * Return: false if nothing was started: the previous job is still running, or there
 * is no thread.
 */
bool worker_run(struct worker *worker, void (*run)(void *ctx),
		void (*done)(void *ctx), void *ctx);

/* Whether a job was started whose @done was not called yet. */
bool worker_busy(const struct worker *worker);

/* Wait for a running job. The event loop calls its @done. */
void worker_wait(struct worker *worker);

#endif
