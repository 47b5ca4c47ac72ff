// SPDX-License-Identifier: GPL-2.0
/* libcurl's sockets and its timer as watches of the event loop. */
#include "base/curl_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/util.h"

#if LIBCURL_VERSION_NUM < 0x075700
#error "libcurl 7.87 or newer is needed: older ones wait for the resolver"
#endif

/* Lifetime of a resolved address, in seconds. */
#define NAME_SECONDS 10L

struct curl_loop {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
};

struct curl_socket {
	struct curl_loop *cl;
	struct loop_fd watch;
};

static void report_finished(struct curl_loop *cl)
{
	struct curl_transfer *transfer;
	CURLcode result;
	CURLMsg *msg;
	CURL *easy;
	int left;

	while ((msg = curl_multi_info_read(cl->multi, &left))) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		easy = msg->easy_handle;
		result = msg->data.result;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
		curl_multi_remove_handle(cl->multi, easy);
		transfer->done(transfer, result);
	}
}

static void socket_ready(void *ctx, uint32_t events)
{
	struct curl_socket *cs = ctx;
	struct curl_loop *cl = cs->cl;
	int running, mask = 0;

	if (events & EPOLLIN)
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		mask |= CURL_CSELECT_ERR;

	/* May remove the socket, and with it @cs. */
	curl_multi_socket_action(cl->multi, cs->watch.fd, mask, &running);
	report_finished(cl);
}

static void timer_fired(void *ctx)
{
	struct curl_loop *cl = ctx;
	int running;

	curl_multi_socket_action(cl->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	report_finished(cl);
}

static int timer_changed(CURLM *multi, long ms, void *ctx)
{
	struct curl_loop *cl = ctx;

	/*
	 * Round up: if the timer fired early, libcurl would find nothing due and
	 * not request the timer again.
	 */
	if (ms < 0)
		loop_timer_cancel(cl->loop, &cl->timer);
	else
		loop_timer_set(cl->loop, &cl->timer, ms ? ms + 1 : 0,
			       timer_fired, cl);
	return 0;
}

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *ctx,
			  void *socket_ctx)
{
	struct curl_socket *cs = socket_ctx;
	struct curl_loop *cl = ctx;
	uint32_t events = 0;
	int err;

	if (what == CURL_POLL_REMOVE) {
		if (cs)
			loop_fd_del(cl->loop, &cs->watch);
		free(cs);
		return 0;
	}

	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;

	if (cs) {
		err = loop_fd_mod(cl->loop, &cs->watch, events);
	} else {
		cs = xcalloc(1, sizeof(*cs));
		cs->cl = cl;
		err = loop_fd_add(cl->loop, &cs->watch, fd, events,
				  socket_ready, cs);
		if (err) {
			free(cs);
			return -1;
		}
		curl_multi_assign(cl->multi, fd, cs);
	}
	return err ? -1 : 0;
}

static int set_socket(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
	const struct curl_patience *patience = ctx;
	int on = 1;

	/* Sockets without this option need no keep-alive. */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &patience->idle,
		   sizeof(patience->idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &patience->each,
		   sizeof(patience->each));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience->dead_ms,
		   sizeof(patience->dead_ms));
	return CURL_SOCKOPT_OK;
}

void curl_loop_watch(CURL *easy, const struct curl_patience *patience)
{
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, set_socket);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, patience);
}

struct curl_loop *curl_loop_new(struct loop *loop)
{
	struct curl_loop *cl = xcalloc(1, sizeof(*cl));

	cl->loop = loop;
	cl->multi = curl_multi_init();
	if (!cl->multi) {
		log_error("cannot initialise libcurl");
		exit(EXIT_FAILURE);
	}
	curl_multi_setopt(cl->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
	curl_multi_setopt(cl->multi, CURLMOPT_SOCKETDATA, cl);
	curl_multi_setopt(cl->multi, CURLMOPT_TIMERFUNCTION, timer_changed);
	curl_multi_setopt(cl->multi, CURLMOPT_TIMERDATA, cl);
	return cl;
}

void curl_loop_free(struct curl_loop *cl)
{
	curl_multi_cleanup(cl->multi);
	loop_timer_cancel(cl->loop, &cl->timer);
	free(cl);
}

CURL *curl_loop_easy(void)
{
	CURL *easy = curl_easy_init();

	if (!easy) {
		log_error("libcurl is out of memory: giving up");
		exit(EXIT_FAILURE);
	}
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Otherwise the end of a transfer would wait for the resolver's thread. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, NAME_SECONDS);
	return easy;
}

int curl_loop_start(struct curl_loop *cl, CURL *easy,
		    struct curl_transfer *transfer)
{
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	return curl_multi_add_handle(cl->multi, easy) == CURLM_OK ? 0 : -1;
}

void curl_loop_stop(struct curl_loop *cl, CURL *easy)
{
	curl_multi_remove_handle(cl->multi, easy);
}
