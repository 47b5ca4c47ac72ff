// SPDX-License-Identifier: GPL-2.0
/* Kubeconfig files: what is taken from them, what is refused, and with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/util.h"
#include "kube/kubeconfig.h"

static char folder[] = "/tmp/kubeconfig.XXXXXX";
static char path[60];

static void write_file(const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

#define HEAD "apiVersion: v1\nkind: Config\ncurrent-context: here\n" \
	"contexts:\n- name: other\n  context: {cluster: x, user: x}\n" \
	"- name: here\n  context: {cluster: c, user: u}\n"
#define CLUSTER(text) "clusters:\n- name: c\n  cluster:\n    server: https://192.0.2.1:6443/\n" text
#define USER(text) "users:\n- name: u\n  user:\n" text

static void good(struct kube_access *access, const char *text)
{
	char error[256];

	*access = KUBE_ACCESS_NONE;
	write_file(text);
	if (!kubeconfig_read(access, path, error) ||
	    !kube_access_check(access, error))
		fail_msg("%s", error);
	assert_string_equal(access->server, "https://192.0.2.1:6443");
}

static void bad(const char *text, const char *words)
{
	struct kube_access access = KUBE_ACCESS_NONE;
	char error[256] = "";

	write_file(text);
	if (kubeconfig_read(&access, path, error) && access.server)
		assert_false(kube_access_check(&access, error));
	if (!strstr(error, words))
		fail_msg("\"%s\" is not in \"%s\"", words, error);
	kube_access_clear(&access);
}

static void holds(const char *file, const char *text)
{
	char buf[100] = "";
	FILE *f = fopen(file, "re");

	assert_non_null(f);
	assert_int_equal(fread(buf, 1, sizeof(buf) - 1, f), strlen(text));
	fclose(f);
	assert_string_equal(buf, text);
}

static void test_files(void **state)
{
	struct kube_access access;
	char beside[80];

	good(&access, HEAD CLUSTER("    certificate-authority: ca.crt\n")
	     USER("    client-certificate: /etc/c.crt\n    client-key: /etc/c.key\n    tokenFile: token\n    token: not-this\n"));
	snprintf(beside, sizeof(beside), "%s/ca.crt", folder);
	assert_string_equal(access.ca_file, beside);
	assert_string_equal(access.cert_file, "/etc/c.crt");
	assert_string_equal(access.key_file, "/etc/c.key");
	snprintf(beside, sizeof(beside), "%s/token", folder);
	assert_string_equal(access.token_file, beside);
	assert_null(access.token);
	kube_access_clear(&access);
}

static void test_inline(void **state)
{
	struct kube_access access;

	/* What is inline comes before a file. */
	good(&access, HEAD CLUSTER("    certificate-authority: ca.crt\n    certificate-authority-data: YXV0aG9yaXR5\n    proxy-url: http://192.0.2.3:3128\n")
	     USER("    client-certificate-data: Y2VydA==\n    client-key-data: a2V5\n    token: secret\n"));
	holds(access.ca_file, "authority");
	holds(access.cert_file, "cert");
	holds(access.key_file, "key");
	assert_string_equal(access.token, "secret");
	assert_string_equal(access.proxy, "http://192.0.2.3:3128");
	kube_access_clear(&access);

	/* JSON is YAML; kubectl writes empty members. */
	good(&access, "{\"current-context\":\"h\",\"contexts\":[{\"name\":\"h\",\"context\":{\"cluster\":\"c\",\"user\":\"\"}}],\"clusters\":[{\"name\":\"c\",\"cluster\":{\"server\":\"https://192.0.2.1:6443\",\"insecure-skip-tls-verify\":false}}],\"users\":null}");
	assert_null(access.token);
	kube_access_clear(&access);
}

static void test_refused(void **state)
{
	bad(HEAD CLUSTER("") USER("    exec: {command: aws}\n"), "\"exec\" is not provided");
	bad(HEAD CLUSTER("") USER("    auth-provider: {name: gcp}\n"),
	    "\"auth-provider\" is not provided");
	bad(HEAD CLUSTER("") USER("    username: a\n    password: b\n"),
	    "\"username\" is not provided");
	bad(HEAD CLUSTER("") USER("    as: system:admin\n"), "\"as\" is not provided");
	bad(HEAD CLUSTER("    insecure-skip-tls-verify: true\n") USER("    token: a\n"),
	    "certificate-authority-data");
	bad(HEAD CLUSTER("    tls-server-name: x\n") USER("    token: a\n"), "tls-server-name");
	bad(HEAD CLUSTER("") USER("    client-certificate: a\n"), "needs its key");
	bad(HEAD CLUSTER("") USER("    client-key-data: '*'\n"), "client-key-data is not base64");
	bad(HEAD "clusters: [{name: c, cluster: {server: 'http://192.0.2.1'}}]\n"
	    USER("    token: a\n"), "not sent over http://");
	bad(HEAD "clusters: [{name: c, cluster: {server: '192.0.2.1'}}]\n"
	    USER("    token: a\n"), "has to begin with https://");
	bad(HEAD "clusters: [{name: c, cluster: {server: 'https://u:p@192.0.2.1'}}]\n"
	    USER("    token: a\n"), "no host and port");
}

static void test_broken(void **state)
{
	struct kube_access access = KUBE_ACCESS_NONE;
	char error[256], *deep;

	bad("", "this is no kubeconfig");
	bad("- a\n", "this is no kubeconfig");
	bad("a: [\n", "no valid YAML");
	bad("a: b\n", "no current-context");
	bad("current-context: x\n", "no context \"x\"");
	bad("current-context: x\ncontexts: {x: y}\n", "no context \"x\"");
	bad(HEAD USER("    token: a\n"), "no cluster \"c\"");
	bad(HEAD CLUSTER(""), "no user \"u\"");
	/* Aliases are no bomb: nothing is copied. */
	bad("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n", "no current-context");
	deep = xcalloc(1, 2001);
	memset(deep, '[', 2000);
	bad(deep, "no valid YAML");
	free(deep);

	unlink(path);
	assert_false(kubeconfig_read(&access, path, error));
	assert_non_null(strstr(error, "No such file"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(kubeconfig_read(&access, path, error));
	assert_non_null(strstr(error, "no regular file"));
	unlink(path);
}

static void test_in_cluster(void **state)
{
	struct kube_access access = KUBE_ACCESS_NONE;
	char error[256];

	unsetenv("KUBERNETES_SERVICE_HOST");
	assert_false(kube_access_in_cluster(&access, "/sa", error));
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	assert_true(kube_access_in_cluster(&access, "/sa", error));
	assert_true(kube_access_check(&access, error));
	assert_string_equal(access.server, "https://[fd00::1]:443");
	assert_string_equal(access.token_file, "/sa/token");
	assert_string_equal(access.ca_file, "/sa/ca.crt");
	kube_access_clear(&access);
}

static int begin(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/config", folder);
	return 0;
}

static int end(void **state)
{
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_inline),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_in_cluster),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
