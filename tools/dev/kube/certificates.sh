# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Keys, certificates and kubeconfigs of a control plane, in the current folder; for
# control-plane, which has sourced common.sh.

# openssl_quiet ARGUMENT...: show its output only if it fails
openssl_quiet()
{
	openssl "$@" >openssl.log 2>&1 || die "openssl $1 fails: $(tail -n 3 openssl.log)"
}

# Elliptic curves: generating a key is fast, even in a virtual machine.
key()
{
	(umask 077 && openssl_quiet ecparam -name prime256v1 -genkey -noout -out "$1") || exit
}

# authority NAME: NAME.crt and NAME.key, self-signed
authority()
{
	key "$1.key"
	openssl_quiet req -x509 -key "$1.key" -days 30 -subj "/CN=$1" -out "$1.crt"
}

# certificate NAME SUBJECT [ALTERNATIVE]: NAME.crt and NAME.key, signed by ca, for servers
# and clients
certificate()
{
	key "$1.key"
	openssl_quiet req -new -key "$1.key" -subj "$2" -out "$1.csr"
	printf '%s\n' basicConstraints=CA:FALSE extendedKeyUsage=serverAuth,clientAuth \
		${3:+"subjectAltName=$3"} >"$1.ext"
	openssl_quiet x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial \
		-days 30 -extfile "$1.ext" -out "$1.crt"
	rm -f "$1.csr" "$1.ext"
}

# kubeconfig NAME URL USER: NAME.kubeconfig; USER is the file's section about the user
kubeconfig()
{
	(umask 077 && cat >"$1.kubeconfig") <<-END || die "cannot write $PWD/$1.kubeconfig"
	apiVersion: v1
	kind: Config
	clusters:
	- name: test
	  cluster:
	    server: $2
	    certificate-authority-data: $(base64 -w 0 ca.crt)
	users:
	- name: $1
	  user: $3
	contexts:
	- name: test
	  context:
	    cluster: test
	    user: $1
	current-context: test
	END
}

# user NAME URL CN [GROUP]: a certificate, and a kubeconfig that uses it
user()
{
	certificate "$1" "${4:+/O=$4}/CN=$3"
	kubeconfig "$1" "$2" "{client-certificate: $PWD/$1.crt, client-key: $PWD/$1.key}"
}
