/* SPDX-License-Identifier: ISC */
/*
 * What a web server hands out below the issuer's URL. The JWKS is there
 * before the document that names it.
 */
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DOCUMENT_MAX (1024 * 1024) /* bytes */

JWT_AUTO_TYPE(json_text, char *, free);

static bool
is_there(const char *path, struct slice text)
{
	const struct file_trust any = { .any_owner = true };
	JWT_AUTO(buffer) found = BUFFER(DOCUMENT_MAX);

	return file_read_at(AT_FDCWD, path, &any, &found, NULL) == FILE_OK &&
	       slice_equal(buffer_slice(&found), text);
}

static enum jwt_reason
write_json(const struct places *places, const char *name, const json_t *value,
	struct report *r)
{
	JWT_AUTO(json_text) text = NULL;
	char path[PATH_MAX];

	if (value != NULL)
		text = json_dumps(value, JSON_INDENT(2));
	if (text == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (snprintf(path, sizeof(path), "%s%s", places->out, name) >=
		(int)sizeof(path))
		return report(r, JWT_CONFIG_ERROR, "%s: a path too long",
			places->out);
	if (places->only_changes && is_there(path, slice_of_string(text)))
		return JWT_OK;
	if (!file_write(path, slice_of_string(text),
		    S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH, (uid_t)-1, (gid_t)-1,
		    r))
		return JWT_INTERNAL_ERROR;
	return JWT_OK;
}

static enum jwt_reason
make_folder(const struct places *places, const char *below, struct report *r)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s", places->out, below) >=
		(int)sizeof(path))
		return report(r, JWT_CONFIG_ERROR, "%s: a path too long",
			places->out);
	if (mkdir(path, S_IRWXU) == 0) {
		/* Our umask is strict; a web server must get in. */
		if (chmod(path, 0755) == 0)
			return JWT_OK;
	} else if (errno == EEXIST) {
		return JWT_OK;
	}
	return report(r, JWT_INTERNAL_ERROR, "%s: %s", path, strerror(errno));
}

static json_t *
jwks_document(const struct keyring *keyring)
{
	JWT_AUTO(json) keys = json_array();

	for (size_t i = 0; i < keyring->count; i++) {
		const struct jwk *public = keyring->keys[i].public;

		if (public != NULL && json_array_append_new(keys,
					      jwk_to_public_json(public)) != 0)
			return NULL;
	}
	return json_pack("{s:O}", "keys", keys);
}

/* Each algorithm of the published keys once. */
static json_t *
algs_of(const struct keyring *keyring)
{
	JWT_AUTO(json) names = json_array();
	jws_alg_set seen = 0;

	for (size_t i = 0; i < keyring->count; i++) {
		enum jws_alg alg = keyring->keys[i].alg;

		if ((seen & JWS_ALG_BIT(alg)) != 0 ||
			key_is_secret(&keyring->keys[i]))
			continue;
		seen |= JWS_ALG_BIT(alg);
		if (json_array_append_new(
			    names, json_string(jws_alg_info(alg)->name)) != 0)
			return NULL;
	}
	return JWT_TAKE(names);
}

/*
 * OpenID Connect Discovery section 3. There are no endpoints: tokens are
 * minted here, so no grant and no response type is supported (RFC 8414
 * section 2 then asks for no authorization_endpoint).
 */
static json_t *
discovery_document(const struct keyring *keyring, const char *issuer)
{
	char jwks_uri[KEYRING_ISSUER_MAX + sizeof(PLACES_JWKS)];
	size_t len = strlen(issuer);

	if (issuer[len - 1] == '/')
		len--;
	snprintf(jwks_uri, sizeof(jwks_uri), "%.*s" PLACES_JWKS, (int)len,
		issuer);
	return json_pack("{s:s, s:s, s:[], s:[], s:[s], s:o}", "issuer", issuer,
		"jwks_uri", jwks_uri, "response_types_supported",
		"grant_types_supported", "subject_types_supported", "public",
		"id_token_signing_alg_values_supported", algs_of(keyring));
}

static enum jwt_reason
write_documents(const struct keyring *keyring, const struct places *places,
	struct report *r)
{
	JWT_AUTO(json) jwks = NULL, discovery = NULL;
	const char *issuer =
		places->issuer != NULL ? places->issuer : keyring->issuer;

	if (issuer == NULL)
		return report(r, JWT_CONFIG_ERROR,
			"--issuer URL is needed: init was not told");
	JWT_TRY(make_folder(places, "", r));
	jwks = jwks_document(keyring);
	JWT_TRY(write_json(places, PLACES_JWKS, jwks, r));
	JWT_TRY(make_folder(places, PLACES_WELL_KNOWN, r));
	discovery = discovery_document(keyring, issuer);
	return write_json(places, PLACES_DISCOVERY, discovery, r);
}

enum jwt_reason
places_write(const struct keyring *keyring, const struct places *places,
	struct report *r)
{
	if (places->out != NULL)
		JWT_TRY(write_documents(keyring, places, r));
	if (places->secrets != NULL)
		JWT_TRY(places_write_secrets(keyring, places, r));
	return JWT_OK;
}
