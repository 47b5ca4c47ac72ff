// SPDX-License-Identifier: GPL-2.0
/* The event loop: epoll, an ordered list of timers, one signalfd. */
#include "base/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"

#define LOOP_BATCH	16
#define LOOP_SIGNALS	8

TAILQ_HEAD(timer_list, loop_timer);

struct signal_handler {
	int signo;
	void (*fn)(void *ctx, int signo);
	void *ctx;
};

struct loop {
	int epoll_fd;
	bool quit;
	int status;
	struct timer_list timers;		/* by due time */
	struct epoll_event batch[LOOP_BATCH];
	int batch_len;
	sigset_t signals;
	struct loop_fd signal_watch;
	struct signal_handler handlers[LOOP_SIGNALS];
	size_t handler_count;
};

uint64_t loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct loop *loop_new(void)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0) {
		log_error("cannot create an epoll instance: %s",
			  strerror(errno));
		exit(EXIT_FAILURE);
	}
	TAILQ_INIT(&loop->timers);
	sigemptyset(&loop->signals);
	return loop;
}

void loop_free(struct loop *loop)
{
	if (loop->signal_watch.active) {
		loop_fd_del(loop, &loop->signal_watch);
		close(loop->signal_watch.fd);
		sigprocmask(SIG_UNBLOCK, &loop->signals, NULL);
	}
	close(loop->epoll_fd);
	free(loop);
}

int loop_fd_add(struct loop *loop, struct loop_fd *watch, int fd,
		uint32_t events, void (*fn)(void *ctx, uint32_t events),
		void *ctx)
{
	struct epoll_event ev = { .events = events, .data.ptr = watch };

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &ev))
		return -errno;
	watch->fd = fd;
	watch->active = true;
	watch->fn = fn;
	watch->ctx = ctx;
	return 0;
}

int loop_fd_mod(struct loop *loop, struct loop_fd *watch, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = watch };

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &ev) ?
	       -errno : 0;
}

void loop_fd_del(struct loop *loop, struct loop_fd *watch)
{
	int i;

	if (!watch->active)
		return;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->active = false;

	/* Pending events of this round must not be delivered any more. */
	for (i = 0; i < loop->batch_len; i++)
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].data.ptr = NULL;
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t ms,
		    void (*fn)(void *ctx), void *ctx)
{
	struct loop_timer *before;

	loop_timer_cancel(loop, timer);
	timer->due = loop_now() + ms;
	timer->fn = fn;
	timer->ctx = ctx;
	timer->armed = true;

	TAILQ_FOREACH(before, &loop->timers, link)
		if (before->due > timer->due)
			break;
	if (before)
		TAILQ_INSERT_BEFORE(before, timer, link);
	else
		TAILQ_INSERT_TAIL(&loop->timers, timer, link);
}

void loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
	if (!timer->armed)
		return;
	TAILQ_REMOVE(&loop->timers, timer, link);
	timer->armed = false;
}

static void run_timers(struct loop *loop)
{
	uint64_t now = loop_now();
	struct loop_timer *timer;

	while (!loop->quit && (timer = TAILQ_FIRST(&loop->timers)) &&
	       timer->due <= now) {
		loop_timer_cancel(loop, timer);
		timer->fn(timer->ctx);
	}
}

static int next_timeout(struct loop *loop)
{
	struct loop_timer *timer = TAILQ_FIRST(&loop->timers);
	uint64_t now = loop_now();

	if (!timer)
		return -1;
	if (timer->due <= now)
		return 0;
	return timer->due - now > 60000 ? 60000 : (int)(timer->due - now);
}

static void signal_ready(void *ctx, uint32_t events)
{
	struct signalfd_siginfo info;
	struct loop *loop = ctx;
	size_t i;

	if (read(loop->signal_watch.fd, &info, sizeof(info)) != sizeof(info))
		return;
	for (i = 0; i < loop->handler_count; i++)
		if (loop->handlers[i].signo == (int)info.ssi_signo)
			loop->handlers[i].fn(loop->handlers[i].ctx,
					     loop->handlers[i].signo);
}

int loop_signal(struct loop *loop, int signo, void (*fn)(void *ctx, int signo),
		void *ctx)
{
	int fd;

	if (loop->handler_count == LOOP_SIGNALS)
		return -ENOSPC;
	sigaddset(&loop->signals, signo);
	if (sigprocmask(SIG_BLOCK, &loop->signals, NULL))
		return -errno;

	fd = signalfd(loop->signal_watch.active ? loop->signal_watch.fd : -1,
		      &loop->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	loop->handlers[loop->handler_count++] = (struct signal_handler){
		.signo = signo, .fn = fn, .ctx = ctx,
	};
	if (loop->signal_watch.active)
		return 0;
	return loop_fd_add(loop, &loop->signal_watch, fd, EPOLLIN,
			   signal_ready, loop);
}

int loop_run(struct loop *loop)
{
	struct loop_fd *watch;
	int i;

	loop->quit = false;
	while (!loop->quit) {
		loop->batch_len = epoll_wait(loop->epoll_fd, loop->batch,
					     LOOP_BATCH, next_timeout(loop));
		if (loop->batch_len < 0 && errno != EINTR) {
			log_error("waiting for events failed: %s",
				  strerror(errno));
			return EXIT_FAILURE;
		}
		for (i = 0; i < loop->batch_len && !loop->quit; i++) {
			watch = loop->batch[i].data.ptr;
			if (watch)
				watch->fn(watch->ctx, loop->batch[i].events);
		}
		loop->batch_len = 0;
		run_timers(loop);
	}
	return loop->status;
}

void loop_quit(struct loop *loop, int status)
{
	loop->quit = true;
	loop->status = status;
}
