/* SPDX-License-Identifier: ISC */
/* mint: an access token on standard output. */
#include "mint_options.h"
#include "plan.h"
#include "private.h"

#include "base/clock.h"
#include "jose/jws.h"
#include "keys/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_AHEAD 3600 /* seconds */

JWT_AUTO_TYPE(json_text, char *, free);

static inline void
jwt_auto_mint_settings(struct mint_settings *settings)
{
	mint_settings_clear(settings);
}
typedef struct mint_settings jwt_auto_mint_settings_t;

/* The key that signs, and the one that must agree: the published half. */
struct signer {
	struct jwk *key, *public; /* owned; public NULL: key itself */
	enum jws_alg alg;
	char *issuer; /* owned */
	/* Of a key of a keyring: */
	bool from_keyring;
	char kid[JWK_KID_MAX + 1];
	int64_t token_lifetime; /* seconds */
	bool must_note;		/* it retires: what it signs now comes late */
};

static inline void
jwt_auto_signer(struct signer *signer)
{
	jwk_free(signer->key);
	jwk_free(signer->public);
	free(signer->issuer);
}
typedef struct signer jwt_auto_signer_t;

static enum jwt_reason
signer_from_secret(
	const struct mint_settings *s, struct signer *out, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };
	JWT_AUTO(buffer) text = BUFFER(JWK_HMAC_MAX + sizeof("\r\n") - 1);

	if (file_read_at(AT_FDCWD, s->secret_file, &trust, &text, r) != FILE_OK)
		return JWT_CONFIG_ERROR;
	out->alg = s->alg;
	return jwk_from_secret(keys_secret_in(buffer_slice(&text)),
		slice_of_string(NULL), &out->key, r);
}

static void
take_from(struct keyring *keyring, struct keyring_key *key, struct signer *out)
{
	memcpy(out->kid, key->kid, sizeof(out->kid));
	out->public = JWT_TAKE(key->public);
	out->alg = key->alg;
	out->issuer = JWT_TAKE(keyring->issuer);
	out->token_lifetime = keyring->token_lifetime;
	out->must_note = key->state == KEY_RETIRING;
	out->from_keyring = true;
}

/*
 * systemd's LoadCredential= copies two files into a folder of the service:
 * its user needs no right on the keyring.
 */
static enum jwt_reason
signer_from_credentials(
	const struct mint_settings *s, struct signer *out, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	JWT_AUTO(buffer) text = BUFFER(KEYRING_FILE_MAX);
	JWT_AUTO(fd)
	fd = open(s->credentials, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct keyring_key *key;

	if (fd < 0)
		return report(r, JWT_CONFIG_ERROR, "%s: %s", s->credentials,
			strerror(errno));
	keyring.token_lifetime = KEYRING_TOKEN_LIFETIME;
	if (file_read_at(fd, KEYRING_FILE, &trust, &text, r) != FILE_OK)
		return JWT_CONFIG_ERROR;
	JWT_TRY(keyring_parse(&keyring, KEYRING_FILE, buffer_slice(&text), r));
	key = keyring_current(&keyring);
	JWT_TRY(private_read_at(fd, PRIVATE_SIGNING, key, &out->key, r));
	take_from(&keyring, key, out);
	return JWT_OK;
}

static enum jwt_reason
signer_from_keyring(
	const struct mint_settings *s, struct signer *out, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	struct keyring_key *key;

	if (s->credentials != NULL)
		return signer_from_credentials(s, out, r);
	JWT_TRY(keyring_open(s->dir, KEYRING_READ, &keyring, r));
	key = s->kid != NULL ? keyring_find(&keyring, s->kid)
			     : keyring_current(&keyring);
	if (key == NULL)
		return report(
			r, JWT_CONFIG_ERROR, "%s: no key %s", s->dir, s->kid);
	JWT_TRY(private_read(&keyring, key, &out->key, r));
	take_from(&keyring, key, out);
	return JWT_OK;
}

static int64_t
exp_of(const json_t *claims)
{
	const json_t *exp = json_object_get(claims, "exp");

	return json_is_number(exp) ? (int64_t)json_number_value(exp) : 0;
}

/*
 * A token that outlives what the keyring counts on keeps its key from being
 * dropped: noted before anybody has it, for a while ahead, so that the next
 * one need not be.
 */
static enum jwt_reason
note_long_token(const struct mint_settings *s, const struct signer *signer,
	int64_t exp, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	struct keyring_key *key;

	if (!signer->must_note && exp <= clock_now() + signer->token_lifetime)
		return JWT_OK;
	if (s->credentials != NULL)
		return report(r, JWT_CONFIG_ERROR,
			"a token for more than %lld s: the keyring would drop "
			"its key too early; raise its --token-lifetime",
			(long long)signer->token_lifetime);
	JWT_TRY(keyring_open(s->dir, KEYRING_WRITE, &keyring, r));
	key = keyring_find(&keyring, signer->kid);
	if (key == NULL)
		return report(r, JWT_CONFIG_ERROR, "%s: no key %s any more",
			s->dir, signer->kid);
	if (!plan_must_note(&keyring, key, clock_now(), exp))
		return JWT_OK;
	key->signed_until = exp < MINT_TIME_MAX ? exp + NOTE_AHEAD : exp;
	return keyring_save(&keyring, r);
}

/* Nobody gets a token that the published key would not verify. */
static enum jwt_reason
check_token(const struct signer *signer, const struct buffer *token,
	struct report *r)
{
	JWT_AUTO(jws) jws = NULL;
	const struct jwk *key =
		signer->public != NULL ? signer->public : signer->key;

	JWT_TRY(jws_parse(buffer_slice(token), &jws, r));
	return jws_verify_key(jws, key, r);
}

static enum jwt_reason
mint(const struct mint_settings *s, struct buffer *token, struct report *r)
{
	JWT_AUTO(signer) signer = { 0 };
	JWT_AUTO(json) claims = NULL;
	JWT_AUTO(json_text) payload = NULL;
	const char *issuer;

	if (s->secret_file != NULL)
		JWT_TRY(signer_from_secret(s, &signer, r));
	else
		JWT_TRY(signer_from_keyring(s, &signer, r));
	issuer = s->issuer != NULL ? s->issuer : signer.issuer;
	if (issuer == NULL)
		return report(r, JWT_CONFIG_ERROR,
			"--issuer URL is needed: init was not told");
	JWT_TRY(mint_claims(s, issuer, clock_now(), &claims, r));
	if (signer.from_keyring)
		JWT_TRY(note_long_token(s, &signer, exp_of(claims), r));
	payload = json_dumps(claims, JSON_COMPACT);
	if (payload == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(jws_sign(signer.key, signer.alg, s->typ,
		slice_of_string(payload), token, r));
	return check_token(&signer, token, r);
}

static enum keyring_exit
run(int argc, char **argv)
{
	JWT_AUTO(mint_settings)
	s = { .alg = JWS_HS256,
		.typ = "at+jwt",
		.client_id = "jwt-keyring",
		.jti = MINT_AUTO,
		.lifetime = MINT_NO_TIME,
		.issued_at = MINT_NO_TIME,
		.expires_at = MINT_NO_TIME,
		.not_before = MINT_NO_TIME,
		.audience = json_array(),
		.claims = json_object() };
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX + 1);
	struct report r = { 0 };
	enum keyring_exit status = mint_parse(&s, argc, argv);

	if (status != KEYRING_DONE)
		return status;
	if (mint(&s, &token, &r) != JWT_OK)
		return command_failed(&command_mint, &r);
	if (!buffer_append(&token, "\n", 1) ||
		!fd_write_all(STDOUT_FILENO, buffer_slice(&token))) {
		report(&r, JWT_INTERNAL_ERROR, "standard output: %s",
			strerror(errno));
		return command_failed(&command_mint, &r);
	}
	return KEYRING_DONE;
}

const struct keyring_command command_mint = { "mint", "",
	"Makes an access token (RFC 9068) and prints it", mint_options, run };
