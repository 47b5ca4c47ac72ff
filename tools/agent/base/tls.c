// SPDX-License-Identifier: GPL-2.0
/*
 * TLS settings of a libcurl transfer: trusted authorities and client certificate.
 */
#include "base/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *file_trouble(const char *path)
{
	const char *trouble = NULL;
	struct stat st;
	int fd;

	/* Do not block on a FIFO. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &st))
		trouble = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		trouble = "not a regular file";
	else if (!st.st_size)
		trouble = "the file is empty";
	close(fd);
	return trouble;
}

bool tls_check(const struct tls_files *files, const char *flag, char *error,
	       size_t error_len)
{
	const struct {
		const char *path, *name;
	} list[] = {
		{ files->ca_file, "cafile" },
		{ files->cert_file, "certfile" },
		{ files->key_file, "keyfile" },
	};
	const char *trouble;
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		trouble = list[i].path ? file_trouble(list[i].path) : NULL;
		if (!trouble)
			continue;
		snprintf(error, error_len, "%s%s: cannot read \"%.120s\": %s",
			 flag, list[i].name, list[i].path, trouble);
		return false;
	}
	return true;
}

void tls_apply(CURL *easy, const struct tls_files *files)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
			 (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (files->ca_file) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, files->ca_file);
		/* Debian's libcurl also trusts /etc/ssl/certs by default. */
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (files->cert_file)
		curl_easy_setopt(easy, CURLOPT_SSLCERT, files->cert_file);
	if (files->key_file)
		curl_easy_setopt(easy, CURLOPT_SSLKEY, files->key_file);
}
