/* SPDX-License-Identifier: ISC */
/* token/carrier: prompts, certificates, and the binding to a key. */
#include "base/base64.h"
#include "cert_maker.h"
#include "ssh_vectors.h"
#include "suite.h"
#include "token/carrier.h"

#include <stdio.h>
#include <string.h>

#define NOW	  1500 /* within usual_wish()'s certificate */
#define NO_KEY	  slice_of(NULL, 0)
#define CERT_TYPE "ssh-ed25519-cert-v01@openssh.com"

static void
append(struct buffer *to, const char *text)
{
	CU_ASSERT_FATAL(buffer_append_string(to, text));
}

static enum jwt_reason
open_prompt(const char *text, struct carried *out)
{
	carried_clear(out);
	return carrier_open(JWT_CARRIER_PROMPT, slice_of_string(text), NO_KEY,
		NOW, out, NULL);
}

static void
drops_white_space_from_a_typed_token(void)
{
	JWT_AUTO(carried) c = { 0 };

	CU_ASSERT_EQUAL(open_prompt(" a.b\r\n\t.c \n", &c), JWT_OK);
	CU_ASSERT(slice_equals_string(c.token, "a.b.c"));
	CU_ASSERT(!c.has_key && !c.has_cert);
	CU_ASSERT_EQUAL(open_prompt("", &c), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(open_prompt(" \n", &c), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(
		carrier_open(JWT_CARRIER_PASSWORD, slice_of_string("a.b.c\n"),
			NO_KEY, NOW, &c, NULL),
		JWT_OK);
	CU_ASSERT(slice_equals_string(c.token, "a.b.c"));
}

static void
rejects_a_token_above_the_cap(void)
{
	JWT_AUTO(buffer) text = BUFFER(1024 * 1024);
	JWT_AUTO(carried) c = { 0 };
	uint8_t *at = buffer_extend(&text, JWT_TOKEN_MAX);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memset(at, 'a', JWT_TOKEN_MAX);
	CU_ASSERT_EQUAL(open_prompt(buffer_string(&text), &c), JWT_OK);
	append(&text, "a");
	CU_ASSERT_EQUAL(
		open_prompt(buffer_string(&text), &c), JWT_TOKEN_TOO_LARGE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(buffer_extend(&text, JWT_CARRIER_MAX));
	for (int kind = JWT_CARRIER_PROMPT; kind <= JWT_CARRIER_PASSWORD;
		kind++) {
		CU_ASSERT_EQUAL(
			carrier_open((enum jwt_carrier)kind,
				buffer_slice(&text), NO_KEY, NOW, &c, NULL),
			JWT_TOKEN_TOO_LARGE);
		CU_ASSERT_EQUAL(carrier_open((enum jwt_carrier)kind,
					slice_of_string("a"),
					buffer_slice(&text), NOW, &c, NULL),
			JWT_TOKEN_TOO_LARGE);
	}
}

static void
rejects_a_kind_that_it_does_not_know(void)
{
	JWT_AUTO(carried) c = { 0 };

	CU_ASSERT_EQUAL(carrier_open((enum jwt_carrier)0, slice_of_string("a"),
				NO_KEY, NOW, &c, NULL),
		JWT_INTERNAL_ERROR);
}

static enum jwt_reason
open_with_key(const char *proved, struct carried *out)
{
	carried_clear(out);
	return carrier_open(JWT_CARRIER_PROMPT, slice_of_string("a.b.c"),
		slice_of_string(proved), NOW, out, NULL);
}

static bool
jkt_is(const struct carried *c, const char *hex)
{
	char text[2 * JWK_THUMBPRINT_LEN + 1];

	hex_encode(c->jkt, sizeof(c->jkt), text);
	return c->has_key && strcmp(text, hex) == 0;
}

static void
takes_the_proved_key_s_thumbprint(void)
{
	for (size_t i = 0; i < JWT_COUNT(ssh_vectors); i++) {
		const struct ssh_vector *v = &ssh_vectors[i];
		JWT_AUTO(carried) c = { 0 };
		JWT_AUTO(buffer) text = BUFFER(8192);
		char *end = strstr(v->type, "-cert");

		append(&text, "publickey ");
		CU_ASSERT_FATAL(
			buffer_append(&text, v->type, (size_t)(end - v->type)));
		append(&text, " ");
		append(&text, v->key);
		CU_ASSERT_EQUAL(
			open_with_key(buffer_string(&text), &c), JWT_OK);
		CU_ASSERT(jkt_is(&c, v->thumbprint));
		CU_ASSERT_FALSE(c.has_cert);
		/* sshd ends each line, and lists other methods too. */
		append(&text, "\npassword\n");
		CU_ASSERT_EQUAL(
			open_with_key(buffer_string(&text), &c), JWT_OK);
		CU_ASSERT(jkt_is(&c, v->thumbprint));
	}
}

static void
takes_the_certified_key_of_a_proved_certificate(void)
{
	const struct ssh_vector *v = &ssh_vectors[0];
	JWT_AUTO(carried) c = { 0 };
	JWT_AUTO(buffer) text = BUFFER(8192);

	append(&text, "password\npublickey " CERT_TYPE " ");
	append(&text, v->cert);
	CU_ASSERT_EQUAL(open_with_key(buffer_string(&text), &c), JWT_OK);
	CU_ASSERT(jkt_is(&c, v->thumbprint));
	CU_ASSERT_FALSE(c.has_cert);
}

static void
counts_a_key_of_a_foreign_kind_as_none(void)
{
	JWT_AUTO(buffer) blob = BUFFER(256), text = BUFFER(512);
	JWT_AUTO(carried) c = { 0 };

	put_text(&blob, "sk-ssh-ed25519@openssh.com");
	append(&text, "publickey sk-ssh-ed25519@openssh.com ");
	CU_ASSERT_FATAL(base64_encode(buffer_slice(&blob), &text));
	CU_ASSERT_EQUAL(open_with_key(buffer_string(&text), &c), JWT_OK);
	CU_ASSERT_FALSE(c.has_key);
	CU_ASSERT_EQUAL(open_with_key("password\nhostbased x\n", &c), JWT_OK);
	CU_ASSERT_FALSE(c.has_key);
}

static void
counts_a_proved_key_that_is_broken_as_none(void)
{
	static const char *const bad[] = { "publickey", "ssh-ed25519",
		"publickey ssh-ed25519 AAAA", "ssh-ed25519 AAAAC3NzaC1lZDI1",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "ssh-ed25519 ????" };
	JWT_AUTO(buffer) text = BUFFER(8192);
	JWT_AUTO(carried) c = { 0 };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		CU_ASSERT_EQUAL(open_with_key(bad[i], &c), JWT_OK);
		CU_ASSERT_FALSE(c.has_key);
	}
	/* The type in words is not the type inside. */
	append(&text, "ssh-rsa ");
	append(&text, ssh_vectors[0].key);
	CU_ASSERT_EQUAL(open_with_key(buffer_string(&text), &c), JWT_OK);
	CU_ASSERT_FALSE(c.has_key);
}

/* Opens a certificate made to wish, as %k has it. */
static enum jwt_reason
open_wish_at(const struct cert_wish *wish, int64_t now, struct carried *out)
{
	JWT_AUTO(buffer) blob, text = BUFFER(2 * MAKER_MAX);

	carried_clear(out);
	make_cert(wish, &blob);
	CU_ASSERT_FATAL(base64_encode(buffer_slice(&blob), &text));
	return carrier_open(JWT_CARRIER_SSH_AUTH_INFO, buffer_slice(&text),
		NO_KEY, now, out, NULL);
}

struct lists {
	struct buffer principals, extensions;
};

static struct cert_wish
good_wish(struct lists *lists, const char *token)
{
	struct cert_wish wish = usual_wish();

	lists->principals = BUFFER(MAKER_MAX);
	lists->extensions = BUFFER(MAKER_MAX);
	put_text(&lists->principals, SSH_CERT_PRINCIPAL);
	put_token(&lists->extensions, token);
	put_option(&lists->extensions, "permit-pty", slice_of(NULL, 0));
	wish.principals = buffer_slice(&lists->principals);
	wish.extensions = buffer_slice(&lists->extensions);
	return wish;
}

static void
lists_free(struct lists *lists)
{
	buffer_free(&lists->principals);
	buffer_free(&lists->extensions);
}

static void
opens_a_certificate_in_each_of_its_spellings(void)
{
	static const char *const before[] = { "publickey " CERT_TYPE " ",
		CERT_TYPE " ", "" };
	const struct ssh_vector *v = &ssh_vectors[0];

	for (size_t i = 0; i < JWT_COUNT(before); i++) {
		JWT_AUTO(carried) c = { 0 };
		JWT_AUTO(buffer) text = BUFFER(8192);

		append(&text, before[i]);
		append(&text, v->cert);
		append(&text, "\n");
		CU_ASSERT_EQUAL_FATAL(carrier_open(JWT_CARRIER_SSH_AUTH_INFO,
					      buffer_slice(&text), NO_KEY,
					      VECTOR_AFTER, &c, NULL),
			JWT_OK);
		CU_ASSERT(slice_equals_string(c.token, VECTOR_TOKEN));
		CU_ASSERT(c.has_cert && jkt_is(&c, v->thumbprint));
		CU_ASSERT_EQUAL(c.serial, VECTOR_SERIAL);
		CU_ASSERT_EQUAL(c.valid_before, VECTOR_BEFORE);
	}
}

static void
says_not_ours_of_plain_keys_and_other_certificates(void)
{
	struct lists lists;
	struct cert_wish wish = good_wish(&lists, "a.b.c");
	struct report r = { 0 };
	JWT_AUTO(carried) c = { 0 };

	CU_ASSERT_EQUAL(carrier_open(JWT_CARRIER_SSH_AUTH_INFO,
				slice_of_string(ssh_vectors[0].key), NO_KEY,
				NOW, &c, &r),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "not ours"));
	wish.extensions = slice_of(NULL, 0);
	CU_ASSERT_EQUAL(open_wish_at(&wish, NOW, &c), JWT_TOKEN_MALFORMED);
	lists_free(&lists);
}

static void
rejects_a_certificate_that_is_not_as_we_make_it(void)
{
	struct lists lists;
	const struct cert_wish good = good_wish(&lists, "a.b.c");
	JWT_AUTO(carried) c = { 0 };
	JWT_AUTO(buffer) root = BUFFER(64), critical = BUFFER(64);
	struct cert_wish wish = good;

	CU_ASSERT_EQUAL(open_wish_at(&good, NOW, &c), JWT_OK);
	wish.type = 2;
	CU_ASSERT_EQUAL(open_wish_at(&wish, NOW, &c), JWT_PROOF_MISMATCH);
	wish = good;
	wish.signer = 2;
	CU_ASSERT_EQUAL(open_wish_at(&wish, NOW, &c), JWT_PROOF_MISMATCH);
	wish = good;
	put_text(&root, "root");
	wish.principals = buffer_slice(&root);
	CU_ASSERT_EQUAL(open_wish_at(&wish, NOW, &c), JWT_PROOF_MISMATCH);
	wish.principals = slice_of(NULL, 0);
	CU_ASSERT_EQUAL(open_wish_at(&wish, NOW, &c), JWT_PROOF_MISMATCH);
	wish = good;
	put_option(&critical, "verify-required", slice_of(NULL, 0));
	wish.critical = buffer_slice(&critical);
	CU_ASSERT_EQUAL(open_wish_at(&wish, NOW, &c), JWT_PROOF_MISMATCH);
	wish = good;
	wish.bad_signature = true;
	CU_ASSERT_EQUAL(open_wish_at(&wish, NOW, &c), JWT_SIGNATURE_INVALID);
	lists_free(&lists);
}

static void
holds_a_certificate_to_its_own_time(void)
{
	struct lists lists;
	struct cert_wish wish = good_wish(&lists, "a.b.c");
	JWT_AUTO(carried) c = { 0 };

	CU_ASSERT_EQUAL(open_wish_at(&wish, 999, &c), JWT_NOT_YET_VALID);
	CU_ASSERT_EQUAL(open_wish_at(&wish, -1, &c), JWT_NOT_YET_VALID);
	CU_ASSERT_EQUAL(open_wish_at(&wish, 1000, &c), JWT_OK);
	CU_ASSERT_EQUAL(open_wish_at(&wish, 1999, &c), JWT_OK);
	CU_ASSERT_EQUAL(open_wish_at(&wish, 2000, &c), JWT_EXPIRED);
	CU_ASSERT_EQUAL(open_wish_at(&wish, CARRIER_ANY_TIME, &c), JWT_OK);
	wish.after = UINT64_MAX;
	CU_ASSERT_EQUAL(open_wish_at(&wish, INT64_MAX, &c), JWT_NOT_YET_VALID);
	lists_free(&lists);
}

static void
rejects_a_token_above_the_cap_in_a_certificate(void)
{
	JWT_AUTO(buffer) token = BUFFER(MAKER_MAX);
	JWT_AUTO(carried) c = { 0 };
	struct cert_wish wish;
	struct lists lists;

	for (size_t extra = 0; extra < 2; extra++) {
		uint8_t *at;

		buffer_clear(&token);
		at = buffer_extend(&token, JWT_TOKEN_MAX + extra);
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		memset(at, 'a', JWT_TOKEN_MAX + extra);
		wish = good_wish(&lists, buffer_string(&token));
		CU_ASSERT_EQUAL(open_wish_at(&wish, NOW, &c),
			extra == 0 ? JWT_OK : JWT_TOKEN_TOO_LARGE);
		lists_free(&lists);
	}
}

/* Has the carrier what the token's binding asks for? */
static enum jwt_reason
binds(const char *json, const struct carried *carried,
	enum token_binding binding)
{
	JWT_AUTO(claims) claims = { 0 };

	CU_ASSERT_EQUAL_FATAL(
		claims_parse(slice_of_string(json), &claims, NULL), JWT_OK);
	return carrier_check_binding(carried, &claims, binding, NULL);
}

#define JKT \
	"{\"cnf\":{\"jkt\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\"}}"
#define OTHER \
	"{\"cnf\":{\"jkt\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQI\"}}"
#define JWK "{\"cnf\":{\"x5t#S256\":\"x\"}}"

static void
lets_a_bound_token_pass_with_its_key_only(void)
{
	struct carried with = { .has_key = true }, without = { 0 };
	struct carried cert = { .has_key = true, .has_cert = true };
	const enum token_binding when = BINDING_WHEN_PRESENT;

	memset(with.jkt, 1, sizeof(with.jkt));
	memset(without.jkt, 1, sizeof(without.jkt));
	memset(cert.jkt, 1, sizeof(cert.jkt));
	CU_ASSERT_EQUAL(binds(JKT, &with, when), JWT_OK);
	CU_ASSERT_EQUAL(binds(JKT, &cert, when), JWT_OK);
	CU_ASSERT_EQUAL(binds(JKT, &with, BINDING_REQUIRED), JWT_OK);
	CU_ASSERT_EQUAL(binds(OTHER, &with, when), JWT_PROOF_MISMATCH);
	CU_ASSERT_EQUAL(binds(OTHER, &cert, when), JWT_PROOF_MISMATCH);
	CU_ASSERT_EQUAL(binds(JKT, &without, when), JWT_PROOF_MISSING);
	CU_ASSERT_EQUAL(binds(JWK, &with, when), JWT_PROOF_MISSING);
	CU_ASSERT_EQUAL(binds(JWK, &without, when), JWT_PROOF_MISSING);
}

static void
lets_an_unbound_token_pass_where_it_may(void)
{
	struct carried with = { .has_key = true }, without = { 0 };
	struct carried cert = { .has_key = true, .has_cert = true };
	const enum token_binding when = BINDING_WHEN_PRESENT;

	CU_ASSERT_EQUAL(binds("{}", &with, when), JWT_OK);
	CU_ASSERT_EQUAL(binds("{}", &without, when), JWT_OK);
	CU_ASSERT_EQUAL(binds("{}", &cert, when), JWT_PROOF_MISSING);
	CU_ASSERT_EQUAL(
		binds("{}", &with, BINDING_REQUIRED), JWT_PROOF_MISSING);
	CU_ASSERT_EQUAL(
		binds("{}", &without, BINDING_REQUIRED), JWT_PROOF_MISSING);
}

static const struct unit_test tests[] = {
	UNIT_TEST(drops_white_space_from_a_typed_token),
	UNIT_TEST(rejects_a_token_above_the_cap),
	UNIT_TEST(rejects_a_kind_that_it_does_not_know),
	UNIT_TEST(takes_the_proved_key_s_thumbprint),
	UNIT_TEST(takes_the_certified_key_of_a_proved_certificate),
	UNIT_TEST(counts_a_key_of_a_foreign_kind_as_none),
	UNIT_TEST(counts_a_proved_key_that_is_broken_as_none),
	UNIT_TEST(opens_a_certificate_in_each_of_its_spellings),
	UNIT_TEST(says_not_ours_of_plain_keys_and_other_certificates),
	UNIT_TEST(rejects_a_certificate_that_is_not_as_we_make_it),
	UNIT_TEST(holds_a_certificate_to_its_own_time),
	UNIT_TEST(rejects_a_token_above_the_cap_in_a_certificate),
	UNIT_TEST(lets_a_bound_token_pass_with_its_key_only),
	UNIT_TEST(lets_an_unbound_token_pass_where_it_may),
};
UNIT_SUITE("carrier", tests)
