/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal: a netlink connection: requests and their answers, dumps, and the
 * kernel's own messages about what it refused.
 */
#ifndef LIBFLANNEL_NL_H
#define LIBFLANNEL_NL_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"

#define FLC_NL_TX	(64 * 1024)	/* longest message that we send */
#define FLC_NL_RX	(64 * 1024)	/* the kernel sends 32 KiB at most */

/**
 * flc_nl_locate_fn - name the attribute that the kernel points to
 * @sent: request
 * @offset: of the attribute in @sent
 * @missing: type of an attribute that is missing in the nest at @offset (in
 *	the message itself if that is 0), or 0
 * @buf: name, left empty if there is none
 * @size: of @buf
 */
typedef void flc_nl_locate_fn(const struct nlmsghdr *sent, uint32_t offset,
			      uint16_t missing, char *buf, size_t size);

/**
 * struct flc_nl - a connection
 * @sock: socket
 * @seq: number of the last request
 * @portid: address of the socket
 * @locate: names attributes of requests, may be NULL
 * @tx: FLC_NL_TX bytes: the request
 * @rx: FLC_NL_RX bytes: the answer
 */
struct flc_nl {
	struct mnl_socket *sock;
	uint32_t seq;
	unsigned int portid;
	flc_nl_locate_fn *locate;
	char *tx;
	char *rx;
};

/**
 * flc_nl_fn - called for each message of an answer
 * @nlh: message
 * @ctx: of the caller
 * @err: error
 *
 * Return: 0 or a negative errno; after an error it is not called again.
 */
typedef int flc_nl_fn(const struct nlmsghdr *nlh, void *ctx,
		      struct flc_error *err);

/**
 * struct flc_nl_answer - an answer that is being received
 * @fn: called for each message, may be NULL
 * @ctx: for @fn
 * @done: the answer is complete
 * @interrupted: of a dump: the table changed meanwhile
 * @result: 0 or a negative errno
 */
struct flc_nl_answer {
	flc_nl_fn *fn;
	void *ctx;
	bool done;
	bool interrupted;
	int result;
};

/**
 * flc_nl_open - connect
 * @nl: connection
 * @bus: NETLINK_ROUTE or NETLINK_GENERIC
 * @err: error
 *
 * Return: 0 or a negative errno: there is nothing to close then.
 */
int flc_nl_open(struct flc_nl *nl, int bus, struct flc_error *err);

/* Safe on a zeroed connection. */
void flc_nl_close(struct flc_nl *nl);

/**
 * flc_nl_begin - begin a request
 * @nl: connection
 * @type: of the message
 * @flags: NLM_F_*; NLM_F_REQUEST and, except for dumps, NLM_F_ACK are added
 * @header: size of the family's header, which is zeroed
 *
 * Return: the request; attributes can be appended.
 */
struct nlmsghdr *flc_nl_begin(struct flc_nl *nl, uint16_t type, uint16_t flags,
			      size_t header);

/**
 * flc_nl_talk - send a request and receive its answer
 * @nl: connection
 * @fn: called for each message of the answer, may be NULL
 * @ctx: for @fn
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_nl_talk(struct flc_nl *nl, flc_nl_fn *fn, void *ctx,
		struct flc_error *err);

/**
 * flc_nl_dump - send a dump request and receive its answer
 * @nl: connection
 * @fn: gets the messages of the answer
 * @ctx: for @fn
 * @again: called before an interrupted dump is repeated
 * @interrupted: whether the last attempt was interrupted, too
 * @err: error
 *
 * Return: 0 or a negative errno.
 */
int flc_nl_dump(struct flc_nl *nl, flc_nl_fn *fn, void *ctx,
		void (*again)(void *ctx), bool *interrupted,
		struct flc_error *err);

/**
 * flc_nl_input - process received messages
 * @nl: connection: its request and sequence number are used
 * @data: messages
 * @len: their length in bytes
 * @answer: output
 * @err: error
 */
void flc_nl_input(struct flc_nl *nl, const void *data, size_t len,
		  struct flc_nl_answer *answer, struct flc_error *err);

#endif
