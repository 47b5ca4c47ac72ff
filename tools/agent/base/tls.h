/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TLS settings of a libcurl transfer: trusted authorities and client certificate.
 */
#ifndef AGENT_TLS_H
#define AGENT_TLS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

/* PEM files. They are read for each connection, so they may be replaced. */
struct tls_files {
	const char *ca_file;	/* the only authorities; NULL: the system's */
	const char *cert_file;	/* of this client; NULL: none */
	const char *key_file;
};

/*
 * tls_check - whether the files can be used at all
 * @files: names, each of which may be NULL
 * @flag: what the names of their flags begin with: "--etcd-"
 * @error: on failure the flag, the file and what is wrong, @error_len bytes
 *
 * Does not check their contents: the first connection reports errors in them.
 *
 * Return: whether each file that is named can be read.
 */
bool tls_check(const struct tls_files *files, const char *flag, char *error,
	       size_t error_len);

/**
 * tls_apply - make a transfer use these files, and nothing else
 * @easy: handle of the transfer
 * @files: must stay as long as the transfer
 *
 * Every client of the agent gets its trust here. An authority that is named
 * is the only one: what libcurl or the system trust by default is left out.
 */
void tls_apply(CURL *easy, const struct tls_files *files);

#endif
