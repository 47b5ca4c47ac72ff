// SPDX-License-Identifier: GPL-2.0
/*
 * Log lines on stderr. If stderr is the journal, a line starts with its syslog
 * level as <N>; otherwise with the time of day and a word.
 *
 * Logged text may come from untrusted sources. A message is always a single line of
 * printable characters; writing never blocks the agent; and no place in the program
 * can fill the disk.
 */
#include "base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REPEAT_SECONDS 300

/* Rate limit per place in the program: burst, then one line per interval. */
#define SITE_BURST	20
#define SITE_PAUSE_MS	3000
#define SITES		256

/* With the prefix below PIPE_BUF: a pipe takes all of it or nothing. */
#define LINE_LEN	3900

/* A place that logs, known by its format. */
struct site {
	const char *fmt;
	unsigned int lines;	/* lines that it may write now */
	uint64_t since;		/* when the last of them was added, in ms */
	unsigned long left_out;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* of all below */
static enum log_level max_level = LOG_LEVEL_INFO;
static bool to_journal;
static unsigned long errors, left_out, lost;
static struct site sites[SITES];

static int out_fd = STDERR_FILENO;
static bool out_is_socket, out_may_block;
static unsigned long lost_now;	/* since the last line that was written */

/* systemd passes the journal's file in JOURNAL_STREAM: "dev:inode". */
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

/*
 * Reopen a pipe or terminal for non-blocking writes: the flag on stderr itself
 * would affect every process that shares it.
 */
static void open_output(void)
{
	struct stat st;
	int fd;

	if (out_fd != STDERR_FILENO || fstat(STDERR_FILENO, &st))
		return;
	out_is_socket = S_ISSOCK(st.st_mode);
	if (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode))
		return;
	fd = open("/proc/self/fd/2",
		  O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		out_fd = fd;
	else
		out_may_block = true;
}

void log_setup(int verbosity)
{
	open_output();
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

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static bool write_bytes(const char *data, size_t len)
{
	struct pollfd pfd = { .fd = out_fd, .events = POLLOUT };

	if (out_is_socket)
		return send(out_fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
	if (out_may_block && (poll(&pfd, 1, 0) < 1 || !(pfd.revents & POLLOUT)))
		return false;
	return write(out_fd, data, len) >= 0;
}

static size_t make_prefix(char *buf, size_t size, enum log_level level)
{
	struct timespec now;
	struct tm tm;

	if (to_journal)
		return snprintf(buf, size, "<%d>", level);
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	return snprintf(buf, size, "%02d:%02d:%02d.%03ld %s", tm.tm_hour,
			tm.tm_min, tm.tm_sec, now.tv_nsec / 1000000,
			level_word(level));
}

/* One write() per line, so that lines of several processes do not mix. */
static void put_line(enum log_level level, const char *text)
{
	char line[LINE_LEN + 64], notice[128];
	size_t n;

	if (lost_now) {
		n = make_prefix(notice, sizeof(notice), LOG_LEVEL_WARNING);
		n += snprintf(notice + n, sizeof(notice) - n,
			      "%lu lines of the log were lost: nobody read them\n",
			      lost_now);
		if (write_bytes(notice, n))
			lost_now = 0;
	}
	n = make_prefix(line, sizeof(line), level);
	n += snprintf(line + n, sizeof(line) - n, "%.*s\n", LINE_LEN, text);
	if (!write_bytes(line, n)) {
		lost++;
		lost_now++;
	}
}

/* Escape unprintable bytes as \xHH; trailing line breaks are removed. */
static void escape(char *out, size_t size, const char *text)
{
	size_t len = strlen(text), n = 0, i;

	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	for (i = 0; i < len && n + 5 < size; i++) {
		if (text[i] >= 0x20 && text[i] < 0x7f)
			out[n++] = text[i];
		else
			n += snprintf(out + n, size - n, "\\x%02x",
				      (unsigned char)text[i]);
	}
	out[n] = '\0';
}

/* If the table is full, places share the last slot probed. */
static struct site *find_site(const char *fmt)
{
	size_t start = ((uintptr_t)fmt >> 3) % SITES, i;
	struct site *site = NULL;

	for (i = 0; i < SITES; i++) {
		site = &sites[(start + i) % SITES];
		if (site->fmt == fmt)
			return site;
		if (!site->fmt)
			break;
	}
	if (!site->fmt) {
		site->fmt = fmt;
		site->lines = SITE_BURST;
		site->since = now_ms();
	}
	return site;
}

static bool site_may(struct site *site)
{
	uint64_t now = now_ms(), more = (now - site->since) / SITE_PAUSE_MS;

	if (more) {
		site->since += more * SITE_PAUSE_MS;
		site->lines = more + site->lines > SITE_BURST ? SITE_BURST :
			      site->lines + more;
	}
	if (!site->lines) {
		site->left_out++;
		left_out++;
		return false;
	}
	site->lines--;
	return true;
}

/* Called with the lock held. */
static void write_line(enum log_level level, const char *fmt, const char *text)
{
	struct site *site;
	char line[LINE_LEN];
	size_t n;

	/* Debug lines are not limited. */
	site = find_site(fmt);
	if (level != LOG_LEVEL_DEBUG && !site_may(site))
		return;
	escape(line, sizeof(line) - 64, text);
	n = strlen(line);
	if (site->left_out)
		snprintf(line + n, sizeof(line) - n,
			 " (and %lu lines like this before it)",
			 site->left_out);
	site->left_out = 0;
	put_line(level, line);
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char text[2048];
	va_list args;

	if (level > max_level)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	pthread_mutex_lock(&lock);
	if (level == LOG_LEVEL_ERROR)
		errors++;
	write_line(level, fmt, text);
	pthread_mutex_unlock(&lock);
}

/* Ignore standalone numbers: they are times and counts of the same problem. */
static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261u;	/* FNV-1a */
	const char *p = text;
	size_t digits;

	while (*p) {
		digits = p == text || p[-1] == ' ' ? strspn(p, "0123456789") : 0;
		if (digits && (!p[digits] || p[digits] == ' ')) {
			p += digits;
			continue;
		}
		h = (h ^ (unsigned char)*p++) * 16777619u;
	}
	return h ? h : 1;
}

bool log_due(struct log_trouble *trouble, const char *text)
{
	uint64_t now = now_ms() / 1000;
	struct log_told *told, *place = NULL;
	uint32_t h = hash(text);
	size_t i;

	for (i = 0; i < LOG_TROUBLES; i++) {
		told = &trouble->told[i];
		if (told->hash && now >= told->when + REPEAT_SECONDS)
			told->hash = 0;
		if (told->hash == h)
			return false;
		if (!told->hash)
			place = told;
	}
	trouble->any = true;
	if (!place)	/* table full: enough was logged */
		return false;
	place->hash = h;
	place->when = now;
	return true;
}

bool log_over(struct log_trouble *trouble)
{
	bool was = trouble->any;

	memset(trouble, 0, sizeof(*trouble));
	return was;
}

static unsigned long read_locked(const unsigned long *counter)
{
	unsigned long value;

	pthread_mutex_lock(&lock);
	value = *counter;
	pthread_mutex_unlock(&lock);
	return value;
}

unsigned long log_errors(void)
{
	return read_locked(&errors);
}

unsigned long log_left_out(void)
{
	return read_locked(&left_out);
}

unsigned long log_lost(void)
{
	return read_locked(&lost);
}
