// SPDX-License-Identifier: GPL-2.0
/*
 * Log lines on stderr. When stderr is the journal, a line starts with its
 * syslog level as <N>; otherwise with the time of day and a word.
 */
#include "log.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REPEAT_SECONDS 300

static enum log_level max_level = LOG_LEVEL_INFO;
static bool to_journal;
static unsigned long errors;

/* systemd tells in JOURNAL_STREAM which file is the journal: "dev:inode". */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &dev, &ino) != 2)
		return false;
	return !fstat(STDERR_FILENO, &st) && st.st_dev == dev &&
	       st.st_ino == ino;
}

void log_setup(int verbosity)
{
	max_level = verbosity > 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
	to_journal = stderr_is_journal();
}

static const char *level_word(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return "error: ";
	case LOG_LEVEL_WARNING:
		return "warning: ";
	case LOG_LEVEL_NOTICE:
	case LOG_LEVEL_INFO:
	case LOG_LEVEL_DEBUG:
		break;
	}
	return "";
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char line[2048], prefix[48];
	struct timespec now;
	struct tm tm;
	va_list args;

	if (level == LOG_LEVEL_ERROR)
		errors++;
	if (level > max_level)
		return;

	if (to_journal) {
		snprintf(prefix, sizeof(prefix), "<%d>", level);
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		localtime_r(&now.tv_sec, &tm);
		snprintf(prefix, sizeof(prefix), "%02d:%02d:%02d.%03ld %s",
			 tm.tm_hour, tm.tm_min, tm.tm_sec,
			 now.tv_nsec / 1000000, level_word(level));
	}

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);

	/* One write a line, so that lines of several processes do not mix. */
	fprintf(stderr, "%s%s\n", prefix, line);
}

static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261u;	/* FNV-1a */

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h ? h : 1;
}

bool log_due(struct log_trouble *trouble, const char *text)
{
	uint32_t h = hash(text);
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (trouble->hash == h &&
	    (uint64_t)now.tv_sec < trouble->told + REPEAT_SECONDS)
		return false;
	trouble->hash = h;
	trouble->told = now.tv_sec;
	return true;
}

bool log_over(struct log_trouble *trouble)
{
	bool was = trouble->hash;

	trouble->hash = 0;
	return was;
}

unsigned long log_errors(void)
{
	return errors;
}
