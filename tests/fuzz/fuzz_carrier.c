/* SPDX-License-Identifier: ISC */
/*
 * Carriers. The first byte says what the rest is:
 *	p	a prompt's text, a NUL, the line of the proved key
 *	s	the text of SSH_AUTH_INFO_0
 *	c	the fields of a certificate; this target signs them with its
 *		key, so that the fuzzer gets behind the signature
 *	b	the same with a broken signature, which must be refused
 *	k	the blob of a key, base64 done here, as proved key of a prompt
 */
#include "fuzz.h"
#include "base/base64.h"
#include "token/carrier.h"

#include <openssl/evp.h>
#include <string.h>

#define NOW	 1800000000
#define TEXT_MAX (512 * 1024)
#define KEY_LEN	 32

JWT_AUTO_TYPE(fuzz_pkey, EVP_PKEY *, EVP_PKEY_free);
JWT_AUTO_TYPE(fuzz_md, EVP_MD_CTX *, EVP_MD_CTX_free);

/* The key that the corpus certifies: its secret is 32 bytes of 1. */
static EVP_PKEY *
signer(void)
{
	unsigned char seed[KEY_LEN];

	memset(seed, 1, sizeof(seed));
	return EVP_PKEY_new_raw_private_key(
		EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
}

static void
put_string(struct buffer *to, struct slice bytes)
{
	REQUIRE(buffer_append_u32(to, (uint32_t)bytes.len));
	REQUIRE(buffer_append_slice(to, bytes));
}

static void
sign(struct buffer *blob, bool broken)
{
	JWT_AUTO(fuzz_pkey) key = signer();
	JWT_AUTO(fuzz_md) ctx = EVP_MD_CTX_new();
	JWT_AUTO(buffer) signature = BUFFER(256);
	unsigned char raw[64];
	size_t len = sizeof(raw);

	REQUIRE(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1);
	REQUIRE(EVP_DigestSign(ctx, raw, &len, blob->data, blob->len) == 1);
	if (broken)
		raw[blob->len % sizeof(raw)] ^= 4;
	put_string(&signature, slice_of_string("ssh-ed25519"));
	put_string(&signature, slice_of(raw, len));
	put_string(blob, buffer_slice(&signature));
}

/* The text that sshd would hand over. */
static void
make_text(struct slice fields, bool broken, struct buffer *out)
{
	JWT_AUTO(buffer) blob = BUFFER(TEXT_MAX);

	REQUIRE(buffer_append_slice(&blob, fields));
	sign(&blob, broken);
	REQUIRE(buffer_append_string(
		out, "publickey ssh-ed25519-cert-v01@openssh.com "));
	REQUIRE(base64_encode(buffer_slice(&blob), out));
}

static bool
is_white(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A prompt's token is the text without white space, and nothing else. */
static void
check_prompt(struct slice text, const struct carried *carried)
{
	size_t at = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (is_white(text.data[i]))
			continue;
		REQUIRE(at < carried->token.len &&
			carried->token.data[at] == text.data[i]);
		at++;
	}
	REQUIRE(at == carried->token.len);
	REQUIRE(!carried->has_cert && carried->serial == 0);
}

static bool
holds(struct slice outer, struct slice inner)
{
	return memmem(outer.data, outer.len, inner.data, inner.len) != NULL;
}

/* RFC 7638 of the certified key, put together here. */
static void
check_thumbprint(const struct carried *carried)
{
	JWT_AUTO(fuzz_pkey) key = signer();
	JWT_AUTO(buffer) text = BUFFER(256);
	unsigned char x[KEY_LEN], digest[JWK_THUMBPRINT_LEN];
	size_t len = sizeof(x);

	REQUIRE(EVP_PKEY_get_raw_public_key(key, x, &len) == 1);
	REQUIRE(buffer_append_string(&text,
			"{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"") &&
		base64url_encode(slice_of(x, len), &text) &&
		buffer_append_string(&text, "\"}"));
	REQUIRE(EVP_Digest(text.data, text.len, digest, NULL, EVP_sha256(),
			NULL) == 1);
	REQUIRE(memcmp(digest, carried->jkt, sizeof(digest)) == 0);
}

static void
check_certificate(struct slice fields, const struct carried *carried)
{
	REQUIRE(carried->has_cert && carried->has_key);
	REQUIRE(carried->valid_before > NOW);
	REQUIRE(!slice_has_nul(carried->token));
	REQUIRE(holds(fields, carried->token));
	REQUIRE(holds(fields, slice_of_string("jwt@jwtauth")));
	check_thumbprint(carried);
}

static enum jwt_reason
open_as(enum jwt_carrier kind, struct slice bytes, struct slice proved_key,
	int64_t now, struct carried *out)
{
	struct report r = { 0 };
	enum jwt_reason reason =
		UNDER_TEST(carrier_open(kind, bytes, proved_key, now, out, &r));

	if (reason != JWT_OK) {
		REQUIRE(r.text[0] != '\0' || fault_struck());
		REQUIRE(out->storage.data == NULL);
		return reason;
	}
	REQUIRE(out->token.len > 0 && out->token.len <= JWT_TOKEN_MAX);
	REQUIRE(out->token.data >= out->storage.data &&
		out->token.data + out->token.len <=
			out->storage.data + out->storage.len);
	return reason;
}

static void
prompt(struct slice input)
{
	struct slice text = fuzz_part(&input, '\0');
	JWT_AUTO(carried) carried = { 0 };
	JWT_AUTO(carried) alone = { 0 };
	enum jwt_reason reason;

	/* A key that was not proved for lack of memory counts as none. */
	if (open_as(JWT_CARRIER_PROMPT, text, input, NOW, &carried) == JWT_OK)
		check_prompt(text, &carried);
	if (fault_struck())
		return;
	reason = open_as(
		JWT_CARRIER_PASSWORD, text, slice_of(NULL, 0), NOW, &alone);
	if (fault_struck())
		return;
	REQUIRE((reason == JWT_OK) == (carried.token.len > 0));
	REQUIRE(!alone.has_key);
}

static void
auth_info(struct slice text)
{
	JWT_AUTO(carried) carried = { 0 };
	enum jwt_reason reason = open_as(JWT_CARRIER_SSH_AUTH_INFO, text,
		slice_of(NULL, 0), NOW, &carried);

	if (fault_struck())
		REQUIRE(reason != JWT_OK);
	if (reason == JWT_OK)
		REQUIRE(carried.has_cert && carried.has_key &&
			carried.valid_before > NOW);
}

static void
certificate(struct slice fields, bool broken)
{
	JWT_AUTO(buffer) text = BUFFER(TEXT_MAX);
	JWT_AUTO(carried) carried = { 0 };
	JWT_AUTO(carried) any_time = { 0 };
	enum jwt_reason reason, ever;

	make_text(fields, broken, &text);
	reason = open_as(JWT_CARRIER_SSH_AUTH_INFO, buffer_slice(&text),
		slice_of(NULL, 0), NOW, &carried);
	if (broken || fault_struck())
		REQUIRE(reason != JWT_OK);
	if (reason == JWT_OK)
		check_certificate(fields, &carried);
	if (fault_struck())
		return;
	ever = open_as(JWT_CARRIER_SSH_AUTH_INFO, buffer_slice(&text),
		slice_of(NULL, 0), CARRIER_ANY_TIME, &any_time);
	if (fault_struck())
		return;
	/* Nothing but the time may depend on the time. */
	REQUIRE(reason == ever ||
		(ever == JWT_OK && (reason == JWT_EXPIRED ||
					   reason == JWT_NOT_YET_VALID)));
}

/* A proved key is named by its thumbprint only if it can be read whole. */
static void
key_blob(struct slice blob)
{
	JWT_AUTO(buffer) text = BUFFER(TEXT_MAX);
	JWT_AUTO(carried) carried = { 0 };
	struct ssh_key key;

	REQUIRE(base64_encode(blob, &text));
	if (open_as(JWT_CARRIER_PROMPT, slice_of_string("a.b.c"),
		    buffer_slice(&text), NOW, &carried) != JWT_OK ||
		fault_struck())
		return;
	if (ssh_key_parse(blob, &key, NULL) == JWT_OK)
		REQUIRE(carried.has_key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);
	uint8_t kind = fuzz_byte(&input);
	struct slice rest = fuzz_copy(input);

	if (kind == 'p')
		prompt(rest);
	else if (kind == 's')
		auth_info(rest);
	else if (kind == 'c' || kind == 'b')
		certificate(rest, kind == 'b');
	else if (kind == 'k')
		key_blob(rest);
	fuzz_copy_free(rest);
	return 0;
}
