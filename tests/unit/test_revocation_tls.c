/* SPDX-License-Identifier: ISC */
/* revocation: Redis over TLS, and who is not spoken to. */
#include "base/clock.h"
#include "sandbox.h"
#include "tls_redis.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define HERE "IP:127.0.0.1"

static int64_t took; /* milliseconds of the last check */

/* What a check says to such a server. */
static enum jwt_reason
reason_for_wish(
	const struct tls_wish *wish, char *server_name, struct report *detail)
{
	JWT_AUTO(fixture) f;
	struct tls_redis s;
	enum jwt_reason reason;

	tls_redis_start(&f, &s, wish, PASSING);
	f.config.redis.tls.server_name = server_name;
	fixture_reopen(&f);
	took = clock_monotonic_ms();
	reason = fixture_check(&f);
	took = clock_monotonic_ms() - took;
	server_stop(&s.server);
	*detail = f.report;
	return reason;
}

static bool
refused(const struct tls_wish *wish, char *server_name, const char *words)
{
	struct report said;
	enum jwt_reason reason = reason_for_wish(wish, server_name, &said);

	if (reason == JWT_REVOCATION_UNREACHABLE &&
		strcmp(said.text, words) == 0)
		return true;
	printf("       got      %s: %s\n       expected %s\n",
		jwt_reason_name(reason), said.text, words);
	return false;
}

static void
a_server_that_proves_its_address_is_believed(void)
{
	const struct tls_wish wish = { .names = HERE };
	struct report said;

	CU_ASSERT_EQUAL(reason_for_wish(&wish, NULL, &said), JWT_OK);
}

static void
a_server_name_is_asked_for_in_place_of_the_address(void)
{
	static char name[] = "redis.example.com", other[] = "a.example.com";
	const struct tls_wish wish = { .names = "DNS:redis.example.com" };
	const struct tls_wish wild = { .names = "DNS:*.example.com," HERE };
	struct report said;

	CU_ASSERT_EQUAL(reason_for_wish(&wish, name, &said), JWT_OK);
	CU_ASSERT_EQUAL(reason_for_wish(&wild, name, &said), JWT_OK);
	CU_ASSERT(refused(&wish, other,
		"redis: TLS: the server's certificate: hostname mismatch"));
	CU_ASSERT(refused(&wish, NULL,
		"redis: TLS: the server's certificate: IP address mismatch"));
}

static void
a_certificate_that_proves_nothing_is_refused_with_the_reason(void)
{
	const struct tls_wish expired = { .names = HERE, .lives = -60 };
	const struct tls_wish stranger = { .names = HERE, .by_stranger = true };
	const struct tls_wish elsewhere = { .names = "IP:127.0.0.2" };

	CU_ASSERT(refused(&expired, NULL,
		"redis: TLS: the server's certificate: certificate has "
		"expired"));
	CU_ASSERT(refused(&stranger, NULL,
		"redis: TLS: the server's certificate: unable to get local "
		"issuer certificate"));
	CU_ASSERT(refused(&elsewhere, NULL,
		"redis: TLS: the server's certificate: IP address mismatch"));
}

static void
the_environment_names_no_authority(void)
{
	const struct tls_wish stranger = { .names = HERE };
	JWT_AUTO(fixture) f;
	struct tls_redis s, t;
	JWT_AUTO(fixture) g;

	/* The right one for s is in the variable, another in the config. */
	tls_redis_start(&f, &s, &stranger, PASSING);
	tls_redis_start(&g, &t, &stranger, PASSING);
	CU_ASSERT_EQUAL(setenv("SSL_CERT_FILE", s.ca, 1), 0);
	CU_ASSERT_EQUAL(setenv("SSL_CERT_DIR", f.root, 1), 0);
	f.config.redis.tls.ca_file = t.ca;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(unsetenv("SSL_CERT_FILE"), 0);
	CU_ASSERT_EQUAL(unsetenv("SSL_CERT_DIR"), 0);
	server_stop(&s.server);
	server_stop(&t.server);
}

static void
tls_before_1_2_is_refused(void)
{
	const struct tls_wish wish = { .names = HERE,
		.version_max = TLS1_1_VERSION };
	struct report said;

	CU_ASSERT_EQUAL(reason_for_wish(&wish, NULL, &said),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(said.text, "redis: TLS: "));
}

static void
nothing_is_said_in_the_clear(void)
{
	static char path[128];
	const struct tls_wish wish = { .plain = true };
	JWT_AUTO(buffer) asked = BUFFER(65536);
	JWT_AUTO(fixture) f;
	struct tls_redis s;

	tls_redis_start(&f, &s, &wish, PASSING);
	snprintf(path, sizeof(path), "%s/password", f.root);
	CU_ASSERT(file_write(path, slice_of_string("s3cret"), 0600, (uid_t)-1,
		(gid_t)-1, NULL));
	f.config.redis.password_file = path;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(
		file_read_fd(s.server.asked, "asked", &asked, NULL), FILE_OK);
	CU_ASSERT(asked.len > 0); /* a ClientHello */
	for (size_t i = 0; i + 6 <= asked.len; i++)
		CU_ASSERT_NOT_EQUAL(memcmp(asked.data + i, "s3cret", 6), 0);
	server_stop(&s.server);
}

static void
tls_at_a_plain_address_is_no_answer(void)
{
	const struct tls_wish wish = { .names = HERE };
	JWT_AUTO(fixture) f;
	struct tls_redis s;

	tls_redis_start(&f, &s, &wish, PASSING);
	memcpy(s.address, "tcp", 3);
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_UNREACHABLE);
	server_stop(&s.server);
}

static void
a_server_may_ask_for_our_certificate(void)
{
	const struct tls_wish wish = { .names = HERE, .ask_client = true };
	struct report said;
	JWT_AUTO(fixture) f;
	struct tls_redis s;

	CU_ASSERT_EQUAL(reason_for_wish(&wish, NULL, &said),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(said.text, "certificate required"));
	tls_redis_start(&f, &s, &wish, PASSING);
	f.config.redis.tls.cert_file = s.cert;
	f.config.redis.tls.key_file = s.key;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	server_stop(&s.server);
}

/* All files were read before it, and nothing else is opened in it. */
static void
a_checker_speaks_tls_inside_its_sandbox(void)
{
	const struct tls_wish wish = { .names = HERE, .ask_client = true };
	JWT_AUTO(fixture) f;
	struct tls_redis s;
	int status = -1;
	pid_t pid;

	tls_redis_start(&f, &s, &wish, PASSING);
	f.config.redis.tls.cert_file = s.cert;
	f.config.redis.tls.key_file = s.key;
	fixture_reopen(&f);
	pid = fork();
	if (pid == 0)
		_exit(unlink(s.ca) == 0 && unlink(s.cert) == 0 &&
					unlink(s.key) == 0 &&
					sandbox_enter(NULL) == JWT_OK &&
					fixture_check(&f) == JWT_OK
				? 0
				: 1);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	server_stop(&s.server);
}

static void
silence_in_the_handshake_ends_in_time(void)
{
	const struct tls_wish wish = { .silent = true };
	struct report said;

	CU_ASSERT_EQUAL(reason_for_wish(&wish, NULL, &said),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_STRING_EQUAL(
		said.text, "redis: TLS handshake: Connection timed out");
	CU_ASSERT(took < TIMEOUT + 100);
}

static void
a_handshake_that_drips_ends_in_time(void)
{
	const struct tls_wish wish = { .drips = true };
	struct report said;

	CU_ASSERT_EQUAL(reason_for_wish(&wish, NULL, &said),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(took < TIMEOUT + 100);
}

/* The key of another, one that needs a passphrase, and no key. */
static void
spoil_key(const char *path, const char *passphrase)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	CU_ASSERT_EQUAL(
		PEM_write_bio_PKCS8PrivateKey(bio, key,
			passphrase != NULL ? EVP_aes_128_cbc() : NULL,
			passphrase,
			passphrase != NULL ? (int)strlen(passphrase) : 0, NULL,
			NULL),
		1);
	len = BIO_get_mem_data(bio, &text);
	CU_ASSERT(file_write(path, slice_of(text, (size_t)len), 0600, (uid_t)-1,
		(gid_t)-1, NULL));
	BIO_free(bio);
	EVP_PKEY_free(key);
}

static bool
files_refused(struct fixture *f, const char *words)
{
	struct revocation_store *store = NULL;
	struct report r = { "" };
	enum jwt_reason reason;

	if (revocation_open(&f->config, &f->places, &store, &r) != JWT_OK)
		return false;
	reason = revocation_prepare(store, &r);
	revocation_close(store);
	if (reason == JWT_CONFIG_ERROR && strstr(r.text, words) != NULL)
		return true;
	printf("       got %s: %s\n", jwt_reason_name(reason), r.text);
	return false;
}

static void
files_that_cannot_serve_are_a_config_error(void)
{
	const struct tls_wish wish = { .silent = true };
	struct tls_redis s;
	JWT_AUTO(fixture) f;

	tls_redis_start(&f, &s, &wish, "");
	f.config.redis.tls.cert_file = s.cert;
	f.config.redis.tls.key_file = s.key;
	fixture_reopen(&f); /* they are good */
	spoil_key(s.key, NULL);
	CU_ASSERT(files_refused(&f, "not the key of the certificate"));
	spoil_key(s.key, "secret");
	CU_ASSERT(files_refused(&f, "PEM without passphrase"));
	CU_ASSERT_EQUAL(chmod(s.key, 0644), 0);
	CU_ASSERT(files_refused(&f, "client.key"));
	f.config.redis.tls.ca_file = s.key;
	CU_ASSERT(files_refused(&f, "not a PEM file of certificates"));
	CU_ASSERT_EQUAL(unlink(s.ca), 0);
	f.config.redis.tls.ca_file = s.ca;
	CU_ASSERT(files_refused(&f, "ca.pem: no such file"));
	server_stop(&s.server);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_server_that_proves_its_address_is_believed),
	UNIT_TEST(a_server_name_is_asked_for_in_place_of_the_address),
	UNIT_TEST(a_certificate_that_proves_nothing_is_refused_with_the_reason),
	UNIT_TEST(the_environment_names_no_authority),
	UNIT_TEST(tls_before_1_2_is_refused),
	UNIT_TEST(nothing_is_said_in_the_clear),
	UNIT_TEST(tls_at_a_plain_address_is_no_answer),
	UNIT_TEST(a_server_may_ask_for_our_certificate),
	UNIT_TEST(a_checker_speaks_tls_inside_its_sandbox),
	UNIT_TEST(silence_in_the_handshake_ends_in_time),
	UNIT_TEST(a_handshake_that_drips_ends_in_time),
	UNIT_TEST(files_that_cannot_serve_are_a_config_error),
};
UNIT_SUITE("revocation_tls", tests)
