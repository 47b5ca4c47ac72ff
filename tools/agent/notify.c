// SPDX-License-Identifier: GPL-2.0
/* Datagrams to the socket that the service manager names in NOTIFY_SOCKET. */
#include "notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

static struct loop_timer watchdog;
static unsigned long long watchdog_ms;

static void send_text(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	/* A path, or with '@' a name in the abstract namespace. */
	if (len < 2 || len >= sizeof(addr.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(addr.sun_path, path, len);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL,
		   (struct sockaddr *)&addr,
		   offsetof(struct sockaddr_un, sun_path) + len) < 0)
		log_debug("cannot notify the service manager at %s", path);
	close(fd);
}

void notify_send(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	send_text(text);
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

void notify_watchdog_start(struct loop *loop)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && atol(pid) != getpid()))
		return;
	watchdog_ms = strtoull(usec, NULL, 10) / 1000 / 2;
	if (watchdog_ms)
		watchdog_tick(loop);
}

void notify_watchdog_stop(struct loop *loop)
{
	loop_timer_cancel(loop, &watchdog);
}
