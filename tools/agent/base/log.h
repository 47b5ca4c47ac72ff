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
 * log_setup - choose the form of the lines and what is left out
 * @verbosity: 0 up to INFO, from 1 on DEBUG too
 */
void log_setup(int verbosity);

/**
 * log_write - write a line
 * @level: how grave it is
 * @fmt: as printf's; also what this place in the program is known by
 *
 * What is not printable is written as \xHH. A place that logs too often is cut
 * short, with a count in its next line; DEBUG lines never are.
 *
 * Context: any thread. Never waits for a reader. A line that cannot be written at
 * once is lost, counted, and told of when the log can be written again.
 */
void log_write(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define LOG_TROUBLES 8

struct log_told {
	uint32_t hash;		/* of what was told; 0: nothing */
	uint64_t when;		/* in seconds */
};

/*
 * Trouble of one kind that may last: each of its forms is told once, and then
 * now and again; of more forms than these at once nothing is told.
 */
struct log_trouble {
	struct log_told told[LOG_TROUBLES];
	bool any;
};

/*
 * Whether it is time to tell @text: nothing like it was told lately. Texts that
 * differ in numbers which stand alone ("after 3001 ms") are alike.
 */
bool log_due(struct log_trouble *trouble, const char *text);

/* The trouble is over. Return: whether there was any. */
bool log_over(struct log_trouble *trouble);

/* Number of ERROR lines so far, for /metrics. */
unsigned long log_errors(void);

/* Lines that were left out because there were too many, and that nobody took. */
unsigned long log_left_out(void);
unsigned long log_lost(void);

#define log_error(...)		log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...)	log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)		log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)		log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)		log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
