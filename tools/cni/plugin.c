// SPDX-License-Identifier: GPL-2.0
#include "plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Far above the output of any plug-in. */
#define MAX_BYTES	(4 << 20)

/* A running plug-in */
struct run {
	pid_t pid;
	int in, out;		/* its standard input and output; -1: closed */
	const char *text;	/* what it has not read yet */
	size_t left;
	char *output;
	size_t len, size;
};

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static int find(const char *type, const char *path, char *buf, size_t size,
		struct cni_error *err)
{
	const char *folder = path, *end;

	if (!*type || strchr(type, '/') || !strcmp(type, ".") || !strcmp(type, ".."))
		return cni_fail(err, CNI_BAD_CONFIG,
				"\"%.100s\" is not the name of a plug-in", type);
	for (; folder; folder = *end ? end + 1 : NULL) {
		end = strchrnul(folder, ':');
		if (end > folder &&
		    snprintf(buf, size, "%.*s/%s", (int)(end - folder), folder,
			     type) < (int)size &&
		    is_program(buf))
			return 0;
	}
	return cni_fail(err, CNI_NO_DELEGATE,
			"failed to find plug-in \"%.100s\" in CNI_PATH (%.400s): install the CNI plug-ins there",
			type, path);
}

int plugin_find(const char *type, const char *path, struct cni_error *err)
{
	char program[PATH_MAX];

	return find(type, path, program, sizeof(program), err);
}

static void set_variable(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void become(const char *program, const struct call *call, int in, int out)
{
	set_variable("CNI_COMMAND", call_word(call->command));
	set_variable("CNI_CONTAINERID", call->id);
	set_variable("CNI_IFNAME", call->ifname);
	set_variable("CNI_NETNS", call->netns);
	set_variable("CNI_PATH", call->path);
	signal(SIGPIPE, SIG_DFL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	execl(program, program, NULL);
	_exit(127);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int start(struct run *run, const char *program, const struct call *call)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC))
		return -1;
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return -1;
	}
	run->pid = fork();
	if (!run->pid)
		become(program, call, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	run->in = in[1];
	run->out = out[0];
	fcntl(run->in, F_SETFL, O_NONBLOCK);
	return run->pid < 0 ? -1 : 0;
}

static void feed(struct run *run)
{
	ssize_t sent = write(run->in, run->text, run->left);

	if (sent > 0) {
		run->text += sent;
		run->left -= sent;
	}
	/* It need not read all of its input. */
	if (!run->left || (sent < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&run->in);
}

static int drain(struct run *run)
{
	ssize_t got;
	char *grown;

	if (run->size - run->len < 4096) {
		if (run->size > MAX_BYTES) {
			errno = EFBIG;
			return -1;
		}
		grown = realloc(run->output, run->size * 2 + 8192);
		if (!grown)
			return -1;
		run->output = grown;
		run->size = run->size * 2 + 8192;
	}
	got = read(run->out, run->output + run->len, run->size - run->len - 1);
	if (got < 0 && errno != EINTR)
		return -1;
	if (got == 0)
		close_fd(&run->out);
	run->len += got > 0 ? got : 0;
	run->output[run->len] = '\0';
	return 0;
}

/* Until it has closed its standard output. */
static int converse(struct run *run)
{
	while (run->out >= 0) {
		struct pollfd fds[] = {
			{ .fd = run->out, .events = POLLIN },
			{ .fd = run->in, .events = POLLOUT },
		};

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -1;
		if (fds[1].revents)
			feed(run);
		if (fds[0].revents && drain(run))
			return -1;
	}
	return 0;
}

/* Return: its exit status, or -1 if it was killed. */
static int end(struct run *run, bool kill_it)
{
	int status;

	close_fd(&run->in);
	close_fd(&run->out);
	if (run->pid < 0)
		return -1;
	if (kill_it)
		kill(run->pid, SIGKILL);
	while (waitpid(run->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* If its output is an error, the runtime gets it unchanged. */
static int failed(struct run *run, const char *type, const struct call *call,
		  int status, struct cni_error *err)
{
	json_t *said = json_loads(run->output ? run->output : "", 0, NULL);

	if (json_is_integer(json_object_get(said, "code"))) {
		err->said = json_dumps(said, JSON_INDENT(4));
		cni_fail(err, CNI_DELEGATE_FAILED, "plug-in %s refused %s: %s",
			 type, call_word(call->command),
			 json_string_value(json_object_get(said, "msg")) ?: "");
	} else if (status >= 0) {
		cni_fail(err, CNI_DELEGATE_FAILED,
			 "plug-in %s ended %s with status %d without saying why",
			 type, call_word(call->command), status);
	} else {
		cni_fail(err, CNI_DELEGATE_FAILED,
			 "plug-in %s was killed during %s", type,
			 call_word(call->command));
	}
	json_decref(said);
	return -1;
}

int plugin_run(const char *type, const struct call *call, const json_t *conf,
	       char **output, struct cni_error *err)
{
	struct run run = { .in = -1, .out = -1, .pid = -1 };
	char program[PATH_MAX], *text;
	int status, ret;
	bool broken;

	if (find(type, call->path, program, sizeof(program), err))
		return -1;
	text = json_dumps(conf, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return cni_fail(err, CNI_IO, "out of memory");
	run.text = text;
	run.left = strlen(text);
	broken = start(&run, program, call) || converse(&run);
	ret = broken ? cni_fail(err, CNI_IO, "cannot run plug-in %s: %s", program,
				strerror(errno)) : 0;
	status = end(&run, broken);
	if (!broken && status)
		ret = failed(&run, type, call, status, err);
	if (!ret && output) {
		*output = run.output;
		run.output = NULL;
	}
	free(run.output);
	free(text);
	return ret;
}
