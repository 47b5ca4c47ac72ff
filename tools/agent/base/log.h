/* SPDX-License-Identifier: GPL-2.0 */
/* Log lines on stderr: with syslog levels for journald, with a time for people. */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR		= 3,
	LOG_LEVEL_WARNING	= 4,
	LOG_LEVEL_NOTICE	= 5,
	LOG_LEVEL_INFO		= 6,
	LOG_LEVEL_DEBUG		= 7,
};

/**
 * log_setup - choose the format and the level of the log
 * @verbosity: 0: up to INFO; 1 and more: also DEBUG
 */
void log_setup(int verbosity);

/**
 * log_write - write a line
 * @level: severity
 * @fmt: as for printf; also identifies the place in the program
 *
 * Unprintable bytes are written as \xHH. A place that logs too often is limited,
 * with a count in its next line; DEBUG lines never are.
 *
 * Context: any thread. Never blocks on the reader. A line that cannot be written
 * immediately is lost and counted; the count is logged when the log can be written
 * again.
 */
void log_write(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define LOG_TROUBLES 8

struct log_told {
	uint32_t hash;		/* of the logged text; 0: none */
	uint64_t when;		/* in seconds */
};

/*
 * A lasting problem of one kind: each variant of its text is logged once, and then
 * at intervals; variants beyond this number are not logged.
 */
struct log_trouble {
	struct log_told told[LOG_TROUBLES];
	bool any;
};

/*
 * Whether @text should be logged now: nothing like it was logged recently. Texts
 * that differ only in standalone numbers ("after 3001 ms") are considered equal.
 */
bool log_due(struct log_trouble *trouble, const char *text);

/* The problem is over. Return: whether there was one. */
bool log_over(struct log_trouble *trouble);

/* Number of ERROR lines so far, for /metrics. */
unsigned long log_errors(void);

/* Lines suppressed by the rate limit, and lines that nobody read. */
unsigned long log_left_out(void);
unsigned long log_lost(void);

#define log_error(...)		log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...)	log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)		log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)		log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)		log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
