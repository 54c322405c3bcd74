/* SPDX-License-Identifier: ISC */
/* ssh/cert: certificates that are signed well and made badly. */
#include "cert_maker.h"
#include "suite.h"

/* A wish with our principal and token; what is at fault is the caller's. */
struct case_ {
	struct cert_wish wish;
	struct buffer principals, critical, extensions, blob;
};

static void
case_begin(struct case_ *c)
{
	*c = (struct case_){ .wish = usual_wish(),
		.principals = BUFFER(MAKER_MAX),
		.critical = BUFFER(MAKER_MAX),
		.extensions = BUFFER(MAKER_MAX) };
}

static enum jwt_reason
case_end(struct case_ *c, struct ssh_cert *out)
{
	enum jwt_reason reason;

	c->wish.principals = buffer_slice(&c->principals);
	c->wish.critical = buffer_slice(&c->critical);
	c->wish.extensions = buffer_slice(&c->extensions);
	make_cert(&c->wish, &c->blob);
	reason = ssh_cert_parse(buffer_slice(&c->blob), out, NULL);
	/* The token and the key id pointed into it. */
	out->token = slice_of(NULL, out->token.len);
	out->key_id = slice_of(NULL, out->key_id.len);
	buffer_free(&c->principals);
	buffer_free(&c->critical);
	buffer_free(&c->extensions);
	buffer_free(&c->blob);
	return reason;
}

static void
tells_apart_what_a_certificate_is(void)
{
	struct case_ c;
	JWT_AUTO(ssh_cert) plain = { 0 };
	JWT_AUTO(ssh_cert) other = { 0 };

	case_begin(&c);
	CU_ASSERT_EQUAL(case_end(&c, &plain), JWT_OK);
	CU_ASSERT(plain.self_signed && plain.is_user);
	CU_ASSERT(!plain.has_principal && !plain.has_critical);
	CU_ASSERT_EQUAL(plain.token.len, 0);

	case_begin(&c);
	c.wish.type = 2;
	c.wish.signer = 2;
	put_text(&c.principals, "root");
	put_text(&c.principals, SSH_CERT_PRINCIPAL);
	put_option(&c.critical, "force-command", slice_of_string(""));
	put_token(&c.extensions, "a.b.c");
	CU_ASSERT_EQUAL(case_end(&c, &other), JWT_OK);
	CU_ASSERT(!other.self_signed && !other.is_user);
	CU_ASSERT(other.has_principal && other.has_critical);
	CU_ASSERT_EQUAL(other.token.len, 5);
}

static void
rejects_a_wrong_signature_by_its_own_reason(void)
{
	struct case_ c;
	JWT_AUTO(ssh_cert) cert = { 0 };

	case_begin(&c);
	c.wish.bad_signature = true;
	CU_ASSERT_EQUAL(case_end(&c, &cert), JWT_SIGNATURE_INVALID);
}

static void
rejects_bytes_behind_the_last_field(void)
{
	struct case_ c;
	JWT_AUTO(ssh_cert) cert = { 0 };

	case_begin(&c);
	c.wish.behind = "x";
	CU_ASSERT_EQUAL(case_end(&c, &cert), JWT_TOKEN_MALFORMED);
}

static void
rejects_our_extension_twice(void)
{
	struct case_ c;
	JWT_AUTO(ssh_cert) cert = { 0 };

	case_begin(&c);
	put_token(&c.extensions, "a.b.c");
	put_token(&c.extensions, "d.e.f");
	CU_ASSERT_EQUAL(case_end(&c, &cert), JWT_TOKEN_MALFORMED);
}

static void
rejects_option_names_out_of_order(void)
{
	struct case_ c;
	JWT_AUTO(ssh_cert) cert = { 0 };

	case_begin(&c);
	put_option(&c.extensions, "permit-pty", slice_of_string(""));
	put_token(&c.extensions, "a.b.c");
	CU_ASSERT_EQUAL(case_end(&c, &cert), JWT_TOKEN_MALFORMED);
	case_begin(&c);
	put_option(&c.critical, "b", slice_of_string(""));
	put_option(&c.critical, "a", slice_of_string(""));
	CU_ASSERT_EQUAL(case_end(&c, &cert), JWT_TOKEN_MALFORMED);
	case_begin(&c);
	put_option(&c.critical, "", slice_of_string(""));
	CU_ASSERT_EQUAL(case_end(&c, &cert), JWT_TOKEN_MALFORMED);
}

/* The extension's data must be one SSH string and nothing else. */
static enum jwt_reason
with_extension_data(const void *data, size_t len)
{
	struct case_ c;
	JWT_AUTO(ssh_cert) cert = { 0 };

	case_begin(&c);
	put_option(&c.extensions, SSH_CERT_EXTENSION, slice_of(data, len));
	return case_end(&c, &cert);
}

static void
rejects_an_extension_that_is_not_one_string(void)
{
	CU_ASSERT_EQUAL(with_extension_data("\0\0\0\3a.b", 7), JWT_OK);
	CU_ASSERT_EQUAL(with_extension_data("", 0), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(with_extension_data("a.b.c", 5), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(
		with_extension_data("\0\0\0\0", 4), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(
		with_extension_data("\0\0\0\3a.b!", 8), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(
		with_extension_data("\0\0\0\4a.b", 7), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(
		with_extension_data("\0\0\0\3a\0b", 7), JWT_TOKEN_MALFORMED);
}

static void
rejects_nul_in_a_text_and_lists_that_are_cut(void)
{
	struct case_ c;
	JWT_AUTO(ssh_cert) cert = { 0 };

	case_begin(&c);
	put_string(&c.principals, slice_of("jwtauth\0x", 9));
	CU_ASSERT_EQUAL(case_end(&c, &cert), JWT_TOKEN_MALFORMED);
	case_begin(&c);
	CU_ASSERT(buffer_append(&c.principals, "\0\0\0\7jwt", 7));
	CU_ASSERT_EQUAL(case_end(&c, &cert), JWT_TOKEN_MALFORMED);
	case_begin(&c);
	put_text(&c.extensions, "no-data");
	CU_ASSERT_EQUAL(case_end(&c, &cert), JWT_TOKEN_MALFORMED);
}

static void
rejects_more_parts_than_the_cap(void)
{
	for (unsigned extra = 0; extra < 2; extra++) {
		struct case_ c;
		JWT_AUTO(ssh_cert) cert = { 0 };

		case_begin(&c);
		for (unsigned i = 0; i < SSH_CERT_PARTS_MAX + extra; i++)
			put_text(&c.principals, "x");
		CU_ASSERT_EQUAL(case_end(&c, &cert),
			extra == 0 ? JWT_OK : JWT_TOKEN_MALFORMED);
		case_begin(&c);
		for (unsigned i = 0; i < SSH_CERT_PARTS_MAX + extra; i++) {
			char name[2] = { (char)('0' + i), '\0' };

			put_option(&c.extensions, name, slice_of(NULL, 0));
		}
		ssh_cert_clear(&cert);
		CU_ASSERT_EQUAL(case_end(&c, &cert),
			extra == 0 ? JWT_OK : JWT_TOKEN_MALFORMED);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(tells_apart_what_a_certificate_is),
	UNIT_TEST(rejects_a_wrong_signature_by_its_own_reason),
	UNIT_TEST(rejects_bytes_behind_the_last_field),
	UNIT_TEST(rejects_our_extension_twice),
	UNIT_TEST(rejects_option_names_out_of_order),
	UNIT_TEST(rejects_an_extension_that_is_not_one_string),
	UNIT_TEST(rejects_nul_in_a_text_and_lists_that_are_cut),
	UNIT_TEST(rejects_more_parts_than_the_cap),
};
UNIT_SUITE("cert", tests)
