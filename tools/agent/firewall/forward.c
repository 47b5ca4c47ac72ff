// SPDX-License-Identifier: GPL-2.0
/*
 * A packet is forwarded only if no chain drops it, so a chain of someone else with
 * policy drop overrules our rules. The filter table of iptables is shared, and
 * flanneld has its rules there: they are added to it. Tables with an owner are left
 * alone; the log says what to add to them.
 */
#include "firewall/forward.h"

#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/text.h"
#include "base/util.h"
#include "firewall/legacy.h"

#define CHAIN "FLANNEL-FWD"

/* An address family of the filter table. */
struct half {
	int family;
	const char *ip;			/* nft's word */
	const char *iptables;		/* the programs */
	const char *legacy;
	char network[FLC_PREFIX_STRLEN]; /* "": the overlay does not have it */
	bool legacy_drops;		/* written by forward_look() */
	bool legacy_told;
	pid_t child;			/* process that opens the legacy table, or 0 */
	uint64_t again_ms;		/* not retried earlier */
	struct backoff pause;
	struct loop_fd ended;
	struct forward *forward;
};

struct forward {
	struct loop *loop;
	const struct options *opt;
	struct half halves[2];
	char device[32];
	char *told;			/* "|FAMILY TABLE CHAIN|" of each; forward_look()'s */
};

struct forward *forward_new(struct loop *loop, const struct options *opt,
			    const struct netconf *conf)
{
	struct forward *f = xcalloc(1, sizeof(*f));
	size_t i;

	f->loop = loop;
	f->opt = opt;
	f->told = xstrdup("");
	snprintf(f->device, sizeof(f->device), "flannel.%u", conf->vni);
	f->halves[0] = (struct half){
		.family = AF_INET, .ip = "ip", .iptables = "iptables",
		.legacy = "iptables-legacy",
	};
	f->halves[1] = (struct half){
		.family = AF_INET6, .ip = "ip6", .iptables = "ip6tables",
		.legacy = "ip6tables-legacy",
	};
	if (flc_prefix_is_set(&conf->v4.network))
		flc_prefix_text(&conf->v4.network, f->halves[0].network);
	if (flc_prefix_is_set(&conf->v6.network))
		flc_prefix_text(&conf->v6.network, f->halves[1].network);
	for (i = 0; i < ARRAY_SIZE(f->halves); i++) {
		f->halves[i].forward = f;
		f->halves[i].pause = BACKOFF(5000, 300000);
	}
	return f;
}

static void forget_child(struct half *h)
{
	if (!h->child)
		return;
	loop_fd_del(h->forward->loop, &h->ended);
	close(h->ended.fd);
	h->child = 0;
}

void forward_free(struct forward *f)
{
	size_t i;

	if (!f)
		return;
	for (i = 0; i < ARRAY_SIZE(f->halves); i++)
		forget_child(&f->halves[i]);
	free(f->told);
	free(f);
}

/* nftables */

/* The output of a command, or NULL if it fails. The caller frees it. */
static char *ask(struct nft_ctx *nft, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static char *ask(struct nft_ctx *nft, const char *fmt, ...)
{
	char cmd[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, args);
	va_end(args);
	if (nft_run_cmd_from_buffer(nft, cmd)) {
		nft_ctx_get_error_buffer(nft);
		return NULL;
	}
	return xstrdup(nft_ctx_get_output_buffer(nft));
}

/* Whether the output of a command contains @word. */
static bool shows(struct nft_ctx *nft, const char *cmd, const char *word)
{
	char *text = ask(nft, "%s", cmd);
	bool found = text && strstr(text, word);

	free(text);
	return found;
}

static bool is_open(struct nft_ctx *nft, const struct half *h)
{
	char chain[64], forward[64];

	snprintf(chain, sizeof(chain), "list chain %s filter " CHAIN, h->ip);
	snprintf(forward, sizeof(forward), "list chain %s filter FORWARD",
		 h->ip);
	return shows(nft, chain, h->network) &&
	       shows(nft, forward, "jump " CHAIN);
}

/* In the syntax of iptables, which shares the table. */
static void open_nft(struct nft_ctx *nft, const struct half *h)
{
	char forward[64];
	struct text text = { 0 };

	if (is_open(nft, h))
		return;
	text_add(&text,
		 "add chain %s filter " CHAIN "\n"
		 "flush chain %s filter " CHAIN "\n"
		 "add rule %s filter " CHAIN " %s saddr %s counter accept\n"
		 "add rule %s filter " CHAIN " %s daddr %s counter accept\n",
		 h->ip, h->ip, h->ip, h->ip, h->network, h->ip, h->ip,
		 h->network);
	snprintf(forward, sizeof(forward), "list chain %s filter FORWARD",
		 h->ip);
	if (!shows(nft, forward, "jump " CHAIN))
		text_add(&text, "add rule %s filter FORWARD counter jump " CHAIN "\n",
			 h->ip);
	if (nft_run_cmd_from_buffer(nft, text.data))
		log_error("chain FORWARD of table %s filter has policy drop, and rules cannot be added to it: %.200s",
			  h->ip, nft_ctx_get_error_buffer(nft));
	else
		log_notice("chain FORWARD of table %s filter has policy drop: added chain FLANNEL-FWD, which accepts %s",
			   h->ip, h->network);
	text_free(&text);
}

/* Whether this chain is logged for the first time; remembers it. */
static bool is_news(struct forward *f, const char *what)
{
	char key[200], *all;

	snprintf(key, sizeof(key), "|%s|", what);
	if (strstr(f->told, key))
		return false;
	all = xasprintf("%s%s", f->told, key);
	free(f->told);
	f->told = all;
	return true;
}

/* A line of `nft list chains`: detects a chain that drops forwarded packets. */
struct drop {
	char family[16], table[64], chain[64];
};

static void tell(struct forward *f, struct nft_ctx *nft, const struct half *h,
		 const struct drop *d)
{
	char what[160], cmd[200];

	snprintf(what, sizeof(what), "%s %s %s %s", h->ip, d->family, d->table,
		 d->chain);
	snprintf(cmd, sizeof(cmd), "list chain %s %s %s", d->family, d->table,
		 d->chain);
	if (shows(nft, cmd, h->network) || !is_news(f, what))
		return;
	log_warning("chain %s in table %s %s has policy drop, which no rule in another table can override; pods are unreachable through this node until it accepts their packets: nft 'insert rule %s %s %s %s saddr %s accept; insert rule %s %s %s %s daddr %s accept'%s",
		    d->chain, d->family, d->table, d->family, d->table,
		    d->chain, h->ip, h->network, d->family, d->table, d->chain,
		    h->ip, h->network,
		    strcmp(d->table, "filter") ? "" :
		    " (--iptables-forward-rules does this)");
}

static void found_drop(struct forward *f, struct nft_ctx *nft,
		       const struct drop *d)
{
	bool shared = !strcmp(d->table, "filter") && !strcmp(d->chain, "FORWARD");
	struct half *h;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(f->halves); i++) {
		h = &f->halves[i];
		if (!*h->network)
			continue;
		if (strcmp(d->family, "inet") && strcmp(d->family, h->ip))
			continue;
		if (shared && !strcmp(d->family, h->ip) &&
		    f->opt->iptables_forward_rules)
			open_nft(nft, h);
		else
			tell(f, nft, h, d);
	}
}

static void look_for_drops(struct forward *f, struct nft_ctx *nft)
{
	char *chains = ask(nft, "list chains"), *line, *at;
	struct drop d = { .family = "" };

	if (!chains)
		return;
	for (line = strtok_r(chains, "\n", &at); line;
	     line = strtok_r(NULL, "\n", &at)) {
		if (sscanf(line, "table %15s %63s", d.family, d.table) == 2 ||
		    sscanf(line, " chain %63s", d.chain) == 1)
			continue;
		if (strstr(line, "hook forward") && strstr(line, "policy drop"))
			found_drop(f, nft, &d);
	}
	free(chains);
}

/* firewalld rejects packets by its own rules, and has a command to accept ours. */
static void look_for_firewalld(struct forward *f, struct nft_ctx *nft)
{
	char *table = ask(nft, "list table inet firewalld");
	size_t i;

	if (!table)
		return;
	for (i = 0; i < ARRAY_SIZE(f->halves); i++) {
		const char *network = f->halves[i].network;

		if (!*network || strstr(table, network) ||
		    strstr(table, f->device) ||
		    !is_news(f, f->halves[i].iptables))
			continue;
		log_warning("firewalld rejects packets forwarded between its zones: if pods are unreachable, run: firewall-cmd --permanent --zone=trusted --add-source=%s && firewall-cmd --permanent --zone=trusted --add-interface=%s && firewall-cmd --reload",
			    network, f->device);
	}
	free(table);
}

/* Legacy iptables */

/* Logged once, as long as it drops. */
static void tell_legacy(struct half *h, const char *why)
{
	if (!h->legacy_told)
		log_warning("chain FORWARD of legacy %s has policy drop%s; pods are unreachable through this node until it accepts their packets: %s -A FORWARD -s %s -j ACCEPT; %s -A FORWARD -d %s -j ACCEPT",
			    h->iptables, why, h->legacy, h->network, h->legacy,
			    h->network);
	h->legacy_told = true;
}

static void child_ended(void *ctx, uint32_t events)
{
	struct half *h = ctx;
	char why[80];
	int status = 0;

	if (waitpid(h->child, &status, WNOHANG) == 0)
		return;
	forget_child(h);
	if (WIFEXITED(status) && !WEXITSTATUS(status)) {
		log_notice("chain FORWARD of %s has policy drop: added chain FLANNEL-FWD, which accepts %s",
			   h->legacy, h->network);
		return;
	}
	snprintf(why, sizeof(why), ", and %s-restore could not change it (status %d)",
		 h->legacy, WEXITSTATUS(status));
	tell_legacy(h, why);
	h->again_ms = loop_now() + backoff_pause(&h->pause);
}

/* The text is short enough for the pipe's buffer, so writing does not block. */
static int pipe_with(const char *text)
{
	size_t len = strlen(text);
	int fds[2];

	if (pipe(fds))
		return -1;
	if (write(fds[1], text, len) != (ssize_t)len) {
		close(fds[0]);
		fds[0] = -1;
	}
	close(fds[1]);
	return fds[0];
}

static bool run_restore(struct half *h, const char *rules)
{
	char program[40], noflush[] = "--noflush", wait[] = "--wait";
	char *const argv[] = { program, noflush, wait, NULL };
	posix_spawn_file_actions_t files;
	int in = pipe_with(rules), bad, fd;
	posix_spawnattr_t attr;
	sigset_t none;

	if (in < 0)
		return false;
	snprintf(program, sizeof(program), "%s-restore", h->legacy);
	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	/* Its repeated output does not belong into our log. */
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	bad = posix_spawnp(&h->child, program, &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	close(in);
	if (bad) {
		h->child = 0;
		return false;
	}
	fd = syscall(SYS_pidfd_open, h->child, 0);
	if (fd < 0 || loop_fd_add(h->forward->loop, &h->ended, fd, EPOLLIN,
				  child_ended, h))
		log_debug("cannot wait for %s to exit", program);
	return true;
}

static bool open_legacy(struct half *h)
{
	char rules[512];

	snprintf(rules, sizeof(rules),
		 "*filter\n"
		 ":" CHAIN " - [0:0]\n"
		 "-A " CHAIN " -s %s -j ACCEPT\n"
		 "-A " CHAIN " -d %s -j ACCEPT\n"
		 "-A FORWARD -j " CHAIN "\n"
		 "COMMIT\n", h->network, h->network);
	return run_restore(h, rules);
}

static void look_at_legacy(struct half *h)
{
	bool jumps = false;

	h->legacy_drops = *h->network &&
			  legacy_drops(h->family, CHAIN, &jumps) && !jumps;
}

static void act_on_legacy(struct forward *f, struct half *h)
{
	if (h->child)
		child_ended(h, 0);
	if (h->child)
		return;
	if (!h->legacy_drops) {
		h->legacy_told = false;
		h->again_ms = 0;
		backoff_reset(&h->pause);
		return;
	}
	if (loop_now() < h->again_ms)
		return;
	if (f->opt->iptables_forward_rules && open_legacy(h))
		return;
	tell_legacy(h, "");
}

void forward_look(struct forward *f, struct nft_ctx *nft, bool changed)
{
	size_t i;

	if (nft && changed) {
		look_for_drops(f, nft);
		look_for_firewalld(f, nft);
	}
	for (i = 0; i < ARRAY_SIZE(f->halves); i++)
		look_at_legacy(&f->halves[i]);
}

void forward_act(struct forward *f)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(f->halves); i++)
		act_on_legacy(f, &f->halves[i]);
}

/* The rule that jumps to our chain is identified by a handle. */
static bool jump_handle(struct nft_ctx *nft, const struct half *h,
			unsigned long *handle)
{
	unsigned int flags = nft_ctx_output_get_flags(nft);
	char *chain, *at;
	bool found;

	nft_ctx_output_set_flags(nft, flags | NFT_CTX_OUTPUT_HANDLE);
	chain = ask(nft, "list chain %s filter FORWARD", h->ip);
	nft_ctx_output_set_flags(nft, flags);
	at = chain ? strstr(chain, "jump " CHAIN) : NULL;
	found = at && sscanf(at, "jump " CHAIN " # handle %lu", handle) == 1;
	free(chain);
	return found;
}

static void close_nft(struct nft_ctx *nft, const struct half *h)
{
	unsigned long handle;
	char *done;

	if (!jump_handle(nft, h, &handle))
		return;
	done = ask(nft,
		   "delete rule %s filter FORWARD handle %lu; flush chain %s filter "
		   CHAIN "; delete chain %s filter " CHAIN,
		   h->ip, handle, h->ip, h->ip);
	if (!done)
		log_error("cannot remove chain " CHAIN " of table %s filter",
			  h->ip);
	free(done);
}

static void close_legacy(struct half *h)
{
	bool jumps = false;

	legacy_drops(h->family, CHAIN, &jumps);
	if (jumps && !run_restore(h, "*filter\n-D FORWARD -j " CHAIN
				  "\n-F " CHAIN "\n-X " CHAIN "\nCOMMIT\n"))
		log_error("cannot remove chain " CHAIN " of %s: the program is missing",
			  h->legacy);
}

void forward_remove(struct forward *f, struct nft_ctx *nft)
{
	size_t i;

	if (!f->opt->iptables_forward_rules)
		return;
	for (i = 0; i < ARRAY_SIZE(f->halves); i++) {
		if (!*f->halves[i].network)
			continue;
		if (nft)
			close_nft(nft, &f->halves[i]);
		close_legacy(&f->halves[i]);
	}
}
