/* SPDX-License-Identifier: ISC */
/* Makes certificates, and serves one connection with them. */
#include "tls_redis.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define A_DAY 86400

static void
must(bool good)
{
	if (!good)
		abort();
}

struct pair {
	X509 *certificate;
	EVP_PKEY *key;
};

static void
pair_free(struct pair *pair)
{
	X509_free(pair->certificate);
	EVP_PKEY_free(pair->key);
}

static void
add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(e != NULL && X509_add_ext(certificate, e, -1) == 1);
	X509_EXTENSION_free(e);
}

/* by NULL: an authority, signed by itself. */
static struct pair
make_pair(
	const char *name, const struct pair *by, const char *names, long lives)
{
	struct pair p = { X509_new(), EVP_EC_gen("P-256") };
	X509_NAME *subject;

	must(p.certificate != NULL && p.key != NULL);
	subject = X509_get_subject_name(p.certificate);
	must(X509_set_version(p.certificate, X509_VERSION_3) == 1 &&
		ASN1_INTEGER_set(X509_get_serialNumber(p.certificate), 1) ==
			1 &&
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
			(const unsigned char *)name, -1, -1, 0) == 1 &&
		X509_set_issuer_name(p.certificate,
			by != NULL ? X509_get_subject_name(by->certificate)
				   : subject) == 1 &&
		X509_set_pubkey(p.certificate, p.key) == 1);
	X509_gmtime_adj(X509_getm_notBefore(p.certificate), -2 * A_DAY);
	X509_gmtime_adj(X509_getm_notAfter(p.certificate), lives);
	if (by == NULL)
		add_extension(p.certificate, NID_basic_constraints,
			"critical,CA:TRUE");
	if (names != NULL)
		add_extension(p.certificate, NID_subject_alt_name, names);
	must(X509_sign(p.certificate, by != NULL ? by->key : p.key,
		     EVP_sha256()) > 0);
	return p;
}

static void
put_pem(const char *path, const struct pair *pair, bool certificate, bool key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	must(bio != NULL);
	if (certificate)
		must(PEM_write_bio_X509(bio, pair->certificate) == 1);
	if (key)
		must(PEM_write_bio_PrivateKey(
			     bio, pair->key, NULL, NULL, 0, NULL, NULL) == 1);
	len = BIO_get_mem_data(bio, &text);
	must(file_write(path, slice_of(text, (size_t)len), 0600, (uid_t)-1,
		(gid_t)-1, NULL));
	BIO_free(bio);
}

static void
put_pair(const char *folder, const char *name, const struct pair *pair)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s.pem", folder, name);
	put_pem(path, pair, true, false);
	snprintf(path, sizeof(path), "%s/%s.key", folder, name);
	put_pem(path, pair, false, true);
}

void
tls_make_files(const char *folder, const char *names)
{
	struct pair ca = make_pair("ca", NULL, NULL, A_DAY);
	struct pair client = make_pair("host", &ca, NULL, A_DAY);
	struct pair server = make_pair("redis", &ca, names, A_DAY);

	put_pair(folder, "ca", &ca);
	put_pair(folder, "client", &client);
	put_pair(folder, "server", &server);
	pair_free(&ca);
	pair_free(&client);
	pair_free(&server);
}

static SSL_CTX *
server_context(const struct tls_redis *s, const struct pair *pair,
	const struct tls_wish *wish)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	must(context != NULL &&
		SSL_CTX_use_certificate(context, pair->certificate) == 1 &&
		SSL_CTX_use_PrivateKey(context, pair->key) == 1);
	if (wish->version_max != 0) {
		SSL_CTX_set_security_level(context, 0);
		must(SSL_CTX_set_min_proto_version(context, TLS1_VERSION) ==
				1 &&
			SSL_CTX_set_max_proto_version(
				context, wish->version_max) == 1);
	}
	if (wish->ask_client) {
		must(SSL_CTX_load_verify_locations(context, s->ca, NULL) == 1);
		SSL_CTX_set_verify(context,
			SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			NULL);
	}
	return context;
}

/* What was asked goes to copy; the answer back, and the end. */
static _Noreturn void
serve_tls(SSL_CTX *context, int listener, const char *answer, int copy)
{
	int fd = accept(listener, NULL, NULL);
	SSL *ssl = SSL_new(context);
	char request[65536];
	int got;

	if (fd < 0 || ssl == NULL || SSL_set_fd(ssl, fd) != 1)
		_exit(1);
	if (SSL_accept(ssl) != 1) {
		/* A reset would overtake the alert that says why. */
		while (recv(fd, request, sizeof(request), 0) > 0)
			continue;
		_exit(1);
	}
	got = SSL_read(ssl, request, sizeof(request));
	if (got > 0 && write(copy, request, (size_t)got) == got)
		SSL_write(ssl, answer, (int)strlen(answer));
	close(copy);
	SSL_read(ssl, request, sizeof(request)); /* until the client goes */
	_exit(0);
}

static _Noreturn void
serve_plain(int listener, const char *answer, int copy)
{
	int fd = accept(listener, NULL, NULL);
	char request[65536];
	ssize_t got = recv(fd, request, sizeof(request), 0);

	if (got > 0 && write(copy, request, (size_t)got) == got &&
		!fd_write_all(fd, slice_of_string(answer)))
		_exit(1);
	close(copy);
	recv(fd, request, sizeof(request), 0);
	_exit(0);
}

/* The beginning of a long record, and never its end. */
static _Noreturn void
serve_drops(int listener)
{
	static const char head[] = { 0x16, 0x03, 0x03, 0x3f, 0x00, 0x02 };
	int fd = accept(listener, NULL, NULL);

	for (size_t i = 0;; i++) {
		const char byte = i < sizeof(head) ? head[i] : 0;

		poll(NULL, 0, 10);
		if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
			_exit(0);
	}
}

static void
listen_on_a_port(struct tls_redis *s)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(in);

	s->server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(s->server.listener >= 0 &&
		bind(s->server.listener, (struct sockaddr *)&in, size) == 0 &&
		listen(s->server.listener, 4) == 0 &&
		getsockname(s->server.listener, (struct sockaddr *)&in,
			&size) == 0);
	snprintf(s->address, sizeof(s->address), "tls:127.0.0.1:%u",
		ntohs(in.sin_port));
}

static void
fork_server(struct tls_redis *s, const struct pair *pair,
	const struct tls_wish *wish, const char *answer)
{
	/* Before the fork: a test may take the files away. */
	SSL_CTX *context = server_context(s, pair, wish);
	int copy[2];

	must(pipe(copy) == 0);
	s->server.pid = wish->silent ? -1 : fork();
	if (s->server.pid == 0 && wish->drips)
		serve_drops(s->server.listener);
	if (s->server.pid == 0 && wish->plain)
		serve_plain(s->server.listener, answer, copy[1]);
	if (s->server.pid == 0)
		serve_tls(context, s->server.listener, answer, copy[1]);
	SSL_CTX_free(context);
	close(copy[1]);
	s->server.asked = copy[0];
}

void
tls_redis_start(struct fixture *f, struct tls_redis *s,
	const struct tls_wish *wish, const char *answer)
{
	struct pair ca = make_pair("ca", NULL, NULL, A_DAY);
	struct pair stranger = make_pair("other", NULL, NULL, A_DAY);
	struct pair client = make_pair("host", &ca, NULL, A_DAY);
	struct pair own =
		make_pair("redis", wish->by_stranger ? &stranger : &ca,
			wish->names, wish->lives != 0 ? wish->lives : A_DAY);

	memset(s, 0, sizeof(*s));
	use_redis(f, false);
	snprintf(s->ca, sizeof(s->ca), "%s/ca.pem", f->root);
	snprintf(s->cert, sizeof(s->cert), "%s/client.pem", f->root);
	snprintf(s->key, sizeof(s->key), "%s/client.key", f->root);
	put_pem(s->ca, &ca, true, false);
	put_pem(s->cert, &client, true, false);
	put_pem(s->key, &client, false, true);
	listen_on_a_port(s);
	fork_server(s, &own, wish, answer);
	s->config.ca_file = s->ca;
	f->config.redis.address = s->address;
	f->config.redis.tls = s->config;
	pair_free(&ca);
	pair_free(&stranger);
	pair_free(&client);
	pair_free(&own);
}
