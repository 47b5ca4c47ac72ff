/* SPDX-License-Identifier: GPL-2.0 */
/* A real etcd for a test: on free loopback ports, in a folder of its own. */
#ifndef TEST_ETCD_SERVER_H
#define TEST_ETCD_SERVER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct etcd_server {
	pid_t pid;
	int port, peer_port;
	char dir[64];
	char url[64];
};

static inline int free_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len))
		abort();
	close(fd);
	return ntohs(addr.sin_port);
}

static inline void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* Run a command; its exit status. */
static inline int run(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
static inline int run(const char *fmt, ...)
{
	char cmd[2048];
	va_list args;
	int status;

	va_start(args, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, args);
	va_end(args);
	status = system(cmd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A process of many threads may answer for a moment after the signal. */
static inline void etcd_pause(const struct etcd_server *s)
{
	int status;

	kill(s->pid, SIGSTOP);
	if (waitpid(s->pid, &status, WUNTRACED) != s->pid || !WIFSTOPPED(status))
		abort();
}

static inline void etcd_init(struct etcd_server *s, const char *scheme)
{
	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/flannel-etcd-XXXXXX");
	if (!mkdtemp(s->dir))
		abort();
	s->port = free_port();
	s->peer_port = free_port();
	snprintf(s->url, sizeof(s->url), "%s://127.0.0.1:%d", scheme, s->port);
}

static inline int etcd_accepts(const struct etcd_server *s)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons(s->port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int err = connect(fd, (struct sockaddr *)&addr, sizeof(addr));

	close(fd);
	return !err;
}

/* Start, or start again with the same data. @more: further arguments. */
static inline void etcd_start(struct etcd_server *s, const char *more)
{
	char cmd[2048];
	int i;

	snprintf(cmd, sizeof(cmd),
		 "exec etcd --name default --data-dir %s/data --listen-client-urls %s --advertise-client-urls %s --listen-peer-urls http://127.0.0.1:%d --log-level error %s >%s/log 2>&1",
		 s->dir, s->url, s->url, s->peer_port, more, s->dir);
	s->pid = fork();
	if (!s->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", cmd, NULL);
		_exit(127);
	}
	for (i = 0; i < 200 && !etcd_accepts(s); i++)
		sleep_ms(50);
}

static inline void etcd_kill(struct etcd_server *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
}

static inline void etcd_end(struct etcd_server *s)
{
	etcd_kill(s);
	run("rm -rf %s", s->dir);
}

static inline int have_etcd(void)
{
	return !run("command -v etcd >/dev/null && command -v etcdctl >/dev/null");
}

#endif
