// SPDX-License-Identifier: GPL-2.0
/* One job at a time; an eventfd signals its end. */
#include "base/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"

struct worker {
	struct loop *loop;
	struct loop_fd watch;	/* the end of a job */
	bool busy;		/* from the start of a job to its @done */
	void (*done)(void *ctx);
	void *ctx;

	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;	/* of what follows */
	pthread_cond_t changed;
	void (*run)(void *ctx);	/* NULL: nothing to do */
	bool quit;
};

static void tell(struct worker *worker)
{
	uint64_t one = 1;

	if (write(worker->watch.fd, &one, sizeof(one)) < 0)
		log_error("cannot signal the end of a job: %s", strerror(errno));
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	pthread_mutex_lock(&worker->lock);
	for (;;) {
		while (!worker->run && !worker->quit)
			pthread_cond_wait(&worker->changed, &worker->lock);
		if (!worker->run)
			break;
		pthread_mutex_unlock(&worker->lock);
		worker->run(worker->ctx);
		pthread_mutex_lock(&worker->lock);
		worker->run = NULL;
		tell(worker);
		pthread_cond_broadcast(&worker->changed);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

static void ended(void *ctx, uint32_t events)
{
	struct worker *worker = ctx;
	uint64_t count;

	if (read(worker->watch.fd, &count, sizeof(count)) < 0)
		return;
	worker->busy = false;
	worker->done(worker->ctx);
}

/* The event loop handles signals. */
static bool start_thread(struct worker *worker)
{
	sigset_t all, old;
	int ret;

	if (worker->has_thread)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&worker->thread, NULL, work, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	worker->has_thread = !ret;
	if (ret)
		log_error("cannot start a thread: %s", strerror(ret));
	return worker->has_thread;
}

struct worker *worker_new(struct loop *loop)
{
	struct worker *worker = xcalloc(1, sizeof(*worker));
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0 || loop_fd_add(loop, &worker->watch, fd, EPOLLIN, ended, worker)) {
		log_error("cannot wait for the end of a job: %s",
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		free(worker);
		return NULL;
	}
	worker->loop = loop;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->changed, NULL);
	return worker;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->quit = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	if (worker->has_thread)
		pthread_join(worker->thread, NULL);
	loop_fd_del(worker->loop, &worker->watch);
	close(worker->watch.fd);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

bool worker_run(struct worker *worker, void (*run)(void *ctx),
		void (*done)(void *ctx), void *ctx)
{
	if (!worker || worker->busy || !start_thread(worker))
		return false;
	worker->busy = true;
	worker->done = done;
	worker->ctx = ctx;
	pthread_mutex_lock(&worker->lock);
	worker->run = run;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	return true;
}

bool worker_busy(const struct worker *worker)
{
	return worker && worker->busy;
}

void worker_wait(struct worker *worker)
{
	if (!worker)
		return;
	pthread_mutex_lock(&worker->lock);
	while (worker->run)
		pthread_cond_wait(&worker->changed, &worker->lock);
	pthread_mutex_unlock(&worker->lock);
}
