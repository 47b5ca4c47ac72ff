// SPDX-License-Identifier: GPL-2.0
/* Datagrams to the socket that the service manager names in NOTIFY_SOCKET. */
#include "base/notify.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define TEXT_LEN	512
#define RETRY_MS	100
#define WAITING		8

static struct loop *notify_loop;
static struct loop_timer watchdog;
static unsigned long long watchdog_ms;

/* Messages that the service manager could not accept yet, oldest first. */
static char waiting[WAITING][TEXT_LEN];
static size_t waiting_count;
static struct loop_timer retry;

static socklen_t make_address(struct sockaddr_un *addr)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;

	/* A path, or with '@' a name in the abstract namespace. */
	if (len < 2 || len >= sizeof(addr->sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return 0;
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	memcpy(addr->sun_path, path, len);
	if (path[0] == '@')
		addr->sun_path[0] = '\0';
	return offsetof(struct sockaddr_un, sun_path) + len;
}

/* Return: true if retrying makes no sense. */
static bool send_text(const char *text)
{
	struct sockaddr_un addr;
	socklen_t len = make_address(&addr);
	bool done = true;
	int fd;

	if (!len)
		return true;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
		   (struct sockaddr *)&addr, len) < 0) {
		done = errno != EAGAIN && errno != ENOBUFS;
		log_debug("cannot notify the service manager: %s",
			  strerror(errno));
	}
	close(fd);
	return done;
}

static void forget_first(void)
{
	memmove(waiting[0], waiting[1],
		(waiting_count - 1) * sizeof(waiting[0]));
	waiting_count--;
}

static void send_waiting(void *ctx)
{
	while (waiting_count && send_text(waiting[0]))
		forget_first();
	if (waiting_count)
		loop_timer_set(notify_loop, &retry, RETRY_MS, send_waiting,
			       NULL);
}

/* A status is superseded by the next one; READY=1 must arrive. */
static bool is_status(const char *text)
{
	return !strncmp(text, "STATUS=", 7);
}

static void wait_to_send(const char *text)
{
	size_t i;

	for (i = 0; i < waiting_count; i++)
		if (is_status(text) && is_status(waiting[i]))
			break;
	if (i == WAITING) {
		forget_first();
		i--;
	}
	snprintf(waiting[i], TEXT_LEN, "%s", text);
	if (i == waiting_count)
		waiting_count++;
	if (notify_loop && !retry.armed)
		loop_timer_set(notify_loop, &retry, RETRY_MS, send_waiting,
			       NULL);
}

void notify_send(const char *fmt, ...)
{
	char text[TEXT_LEN], *p;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Text from elsewhere must not introduce another assignment. */
	if (is_status(text))
		for (p = text; *p; p++)
			if (iscntrl((unsigned char)*p))
				*p = ' ';
	if (waiting_count || !send_text(text))
		wait_to_send(text);
}

void notify_reloading(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	notify_send("RELOADING=1\nMONOTONIC_USEC=%llu",
		    ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000);
}

static void watchdog_tick(void *ctx)
{
	struct loop *loop = ctx;

	send_text("WATCHDOG=1");
	loop_timer_set(loop, &watchdog, watchdog_ms, watchdog_tick, loop);
}

void notify_start(struct loop *loop)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	notify_loop = loop;
	if (!usec || (pid && atol(pid) != getpid()))
		return;
	watchdog_ms = strtoull(usec, NULL, 10) / 1000 / 2;
	if (watchdog_ms)
		watchdog_tick(loop);
}

void notify_stop(struct loop *loop)
{
	if (waiting_count)
		send_waiting(NULL);
	loop_timer_cancel(loop, &retry);
	waiting_count = 0;
	notify_loop = NULL;
	loop_timer_cancel(loop, &watchdog);
}
