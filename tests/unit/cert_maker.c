/* SPDX-License-Identifier: ISC */
/* Builds and signs certificates field by field. */
#include "cert_maker.h"

#include <CUnit/CUnit.h>
#include <openssl/evp.h>
#include <string.h>

#define KEY_LEN	      32
#define SIGNATURE_LEN 64

JWT_AUTO_TYPE(maker_key, EVP_PKEY *, EVP_PKEY_free);
JWT_AUTO_TYPE(maker_ctx, EVP_MD_CTX *, EVP_MD_CTX_free);

void
put_string(struct buffer *to, struct slice bytes)
{
	CU_ASSERT_FATAL(buffer_append_u32(to, (uint32_t)bytes.len));
	CU_ASSERT_FATAL(buffer_append_slice(to, bytes));
}

void
put_text(struct buffer *to, const char *text)
{
	put_string(to, slice_of_string(text));
}

static void
put_u64(struct buffer *to, uint64_t value)
{
	CU_ASSERT_FATAL(buffer_append_u32(to, (uint32_t)(value >> 32)));
	CU_ASSERT_FATAL(buffer_append_u32(to, (uint32_t)value));
}

void
put_option(struct buffer *to, const char *name, struct slice data)
{
	put_text(to, name);
	put_string(to, data);
}

void
put_token(struct buffer *to, const char *token)
{
	JWT_AUTO(buffer) data = BUFFER(MAKER_MAX);

	put_text(&data, token);
	put_option(to, SSH_CERT_EXTENSION, buffer_slice(&data));
}

static EVP_PKEY *
private_key(unsigned char which)
{
	unsigned char seed[KEY_LEN];
	EVP_PKEY *key;

	memset(seed, which, sizeof(seed));
	key = EVP_PKEY_new_raw_private_key(
		EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	return key;
}

static void
put_public(struct buffer *to, unsigned char which)
{
	JWT_AUTO(maker_key) key = private_key(which);
	unsigned char raw[KEY_LEN];
	size_t len = sizeof(raw);

	CU_ASSERT_FATAL(EVP_PKEY_get_raw_public_key(key, raw, &len) == 1);
	put_string(to, slice_of(raw, len));
}

void
make_key(unsigned char which, struct buffer *blob)
{
	put_text(blob, "ssh-ed25519");
	put_public(blob, which);
}

struct cert_wish
usual_wish(void)
{
	return (struct cert_wish){ .type = 1,
		.serial = 7,
		.after = 1000,
		.before = 2000,
		.key_id = "jwtauth",
		.signer = 1,
		.behind = "" };
}

static void
sign(struct buffer *blob, const struct cert_wish *wish)
{
	JWT_AUTO(maker_key) key = private_key(wish->signer);
	JWT_AUTO(maker_ctx) ctx = EVP_MD_CTX_new();
	JWT_AUTO(buffer) signature = BUFFER(256);
	unsigned char raw[SIGNATURE_LEN];
	size_t len = sizeof(raw);

	CU_ASSERT_FATAL(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1);
	CU_ASSERT_FATAL(
		EVP_DigestSign(ctx, raw, &len, blob->data, blob->len) == 1);
	if (wish->bad_signature)
		raw[0] ^= 1;
	put_text(&signature, "ssh-ed25519");
	put_string(&signature, slice_of(raw, len));
	put_string(blob, buffer_slice(&signature));
}

void
make_cert(const struct cert_wish *wish, struct buffer *blob)
{
	JWT_AUTO(buffer) signer = BUFFER(256);

	*blob = BUFFER(MAKER_MAX);
	put_text(blob, "ssh-ed25519-cert-v01@openssh.com");
	put_text(blob, "a nonce");
	put_public(blob, 1);
	put_u64(blob, wish->serial);
	CU_ASSERT_FATAL(buffer_append_u32(blob, wish->type));
	put_text(blob, wish->key_id);
	put_string(blob, wish->principals);
	put_u64(blob, wish->after);
	put_u64(blob, wish->before);
	put_string(blob, wish->critical);
	put_string(blob, wish->extensions);
	put_text(blob, "");
	make_key(wish->signer, &signer);
	put_string(blob, buffer_slice(&signer));
	sign(blob, wish);
	CU_ASSERT_FATAL(buffer_append_string(blob, wish->behind));
}
