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

void log_write(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Trouble that may last: it is told once, and then now and again. */
struct log_trouble {
	uint32_t hash;		/* of what was told last */
	uint64_t told;
};

/* Whether it is time to tell @text: it is new, or was told long ago. */
bool log_due(struct log_trouble *trouble, const char *text);

/* The trouble is over. Return: whether there was any. */
bool log_over(struct log_trouble *trouble);

/* Number of ERROR lines so far, for /metrics. */
unsigned long log_errors(void);

#define log_error(...)		log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...)	log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)		log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)		log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)		log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
