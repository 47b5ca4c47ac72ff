/* SPDX-License-Identifier: GPL-2.0 */
/* The event loop: file descriptors, timers and signals, one thread. */
#ifndef AGENT_LOOP_H
#define AGENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/queue.h>

struct loop;

/* Embedded in its owner. All zero: not watched. */
struct loop_fd {
	int fd;
	bool active;
	void (*fn)(void *ctx, uint32_t events);
	void *ctx;
};

/* Embedded in its owner. All zero: not armed. */
struct loop_timer {
	TAILQ_ENTRY(loop_timer) link;
	uint64_t due;
	bool armed;
	void (*fn)(void *ctx);
	void *ctx;
};

struct loop *loop_new(void);
void loop_free(struct loop *loop);

/*
 * loop_fd_add - call @fn whenever one of @events (EPOLL*) occurs
 *
 * Return: 0, or a negative errno.
 */
int loop_fd_add(struct loop *loop, struct loop_fd *watch, int fd,
		uint32_t events, void (*fn)(void *ctx, uint32_t events),
		void *ctx);
int loop_fd_mod(struct loop *loop, struct loop_fd *watch, uint32_t events);

/* Safe from every callback, and on a watch that is not active. */
void loop_fd_del(struct loop *loop, struct loop_fd *watch);

/* (Re)arm @timer to call @fn once, @ms from now. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t ms,
		    void (*fn)(void *ctx), void *ctx);
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer);

/*
 * loop_signal - block @signo in the process and call @fn for it
 *
 * Return: 0, or a negative errno.
 */
int loop_signal(struct loop *loop, int signo, void (*fn)(void *ctx, int signo),
		void *ctx);

/* Run until loop_quit(). Return: the value passed to loop_quit(). */
int loop_run(struct loop *loop);
void loop_quit(struct loop *loop, int status);

/* Milliseconds of a clock that never jumps and keeps running during suspend. */
uint64_t loop_now(void);

#endif
