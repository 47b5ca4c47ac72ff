/* SPDX-License-Identifier: GPL-2.0 */
/* A thread for what may take long, so that the event loop never waits for it. */
#ifndef AGENT_WORKER_H
#define AGENT_WORKER_H

#include <stdbool.h>

#include "base/loop.h"

struct worker;

/* NULL, after a log line, if there is no way to wait for its jobs. */
struct worker *worker_new(struct loop *loop);

/* Waits for the end of a job that runs; its @done is not called. */
void worker_free(struct worker *worker);

/*
 * worker_run - start a job
 * @run: called in the thread; what it uses is its own until its end
 * @done: called by the event loop after that
 *
 * Return: false if nothing was started: the last job has not ended, or there is
 * no thread.
 */
bool worker_run(struct worker *worker, void (*run)(void *ctx),
		void (*done)(void *ctx), void *ctx);

/* Whether a job was started whose @done was not called yet. */
bool worker_busy(const struct worker *worker);

/* Wait for the end of a job that runs. Its @done is called by the event loop. */
void worker_wait(struct worker *worker);

#endif
