/* SPDX-License-Identifier: ISC */
/* keyring.json: what each key of the folder is for. */
#include "keyring.h"

#include "base/base64.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

JWT_AUTO_TYPE(json_text, char *, free);

static const char *const state_names[KEY_STATE_COUNT] = {
	[KEY_CURRENT] = "current",
	[KEY_RETIRING] = "retiring",
};

const char *
key_state_name(enum key_state state)
{
	return state_names[state];
}

bool
issuer_is_valid(const char *issuer)
{
	static const char scheme[] = "https://";

	if (strncmp(issuer, scheme, strlen(scheme)) != 0 ||
		strlen(issuer) == strlen(scheme) ||
		strlen(issuer) > KEYRING_ISSUER_MAX)
		return false;
	for (const char *c = issuer; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || *c == '?' || *c == '#')
			return false;
	return true;
}

static enum jwt_reason
malformed(const struct keyring *keyring, const char *what, struct report *r)
{
	return report(r, JWT_CONFIG_ERROR, "%s/%s: %s", keyring->dir,
		KEYRING_FILE, what);
}

/* It becomes a file's name: nothing but the alphabet of a thumbprint. */
static bool
copy_kid(const struct json_node *object, char out[JWK_KID_MAX + 1])
{
	struct slice kid;

	if (!json_get_string(object, "kid", &kid) || kid.len == 0 ||
		kid.len > JWK_KID_MAX)
		return false;
	for (size_t i = 0; i < kid.len; i++)
		if (!base64url_is_char(kid.data[i]))
			return false;
	memcpy(out, kid.data, kid.len);
	out[kid.len] = '\0';
	return true;
}

static bool
state_from_json(const struct json_node *object, enum key_state *out)
{
	struct slice name;

	if (!json_get_string(object, "state", &name))
		return false;
	for (unsigned i = 0; i < KEY_STATE_COUNT; i++)
		if (slice_equals_string(name, state_names[i])) {
			*out = (enum key_state)i;
			return true;
		}
	return false;
}

/* What would be published must be a public key, and this one. */
static bool
public_is_sound(const struct json_node *public, const struct keyring_key *key,
	struct report *r)
{
	JWT_AUTO(jwk) jwk = NULL;

	return jwk_from_json(public, &jwk, r) == JWT_OK &&
	       slice_equals_string(jwk_kid(jwk), key->kid) &&
	       jwk_allows(jwk, key->alg);
}

static enum jwt_reason
load_key(struct keyring *keyring, const struct json_node *object,
	struct report *r)
{
	struct keyring_key *key = &keyring->keys[keyring->count];
	const struct json_node *public = json_member(object, "public");
	struct report inner = { 0 };
	struct slice alg;

	*key = (struct keyring_key){ 0 };
	if (!copy_kid(object, key->kid) ||
		keyring_find(keyring, key->kid) != NULL)
		return malformed(keyring, "a kid that is none, or twice", r);
	if (!json_get_string(object, "alg", &alg) ||
		!jws_alg_from_name(alg, &key->alg))
		return malformed(keyring, "an alg that is not known", r);
	if (!state_from_json(object, &key->state))
		return malformed(
			keyring, "a state that this release does not know", r);
	if (!json_get_integer(object, "created", &key->created))
		return malformed(keyring, "created is not a number", r);
	if (!public_is_sound(public, key, &inner))
		return report(r, JWT_CONFIG_ERROR,
			"%s/%s: the public half of %s: %s", keyring->dir,
			KEYRING_FILE, key->kid,
			inner.text[0] != '\0' ? inner.text : "another key");
	key->public = json_loadb((const char *)public->text.data,
		public->text.len, JSON_REJECT_DUPLICATES, NULL);
	if (key->public == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	keyring->count++; /* from here on keyring_close frees it */
	return JWT_OK;
}

static enum jwt_reason
load_keys(
	struct keyring *keyring, const struct json_node *keys, struct report *r)
{
	const struct json_node *key;
	size_t current = 0;

	if (!json_is(keys, JSON_KIND_ARRAY) || keys->count > KEYRING_KEYS_MAX)
		return malformed(keyring, "keys is not an array of a few", r);
	json_each(key, keys)
	{
		JWT_TRY(load_key(keyring, key, r));
		if (keyring->keys[keyring->count - 1].state == KEY_CURRENT)
			current++;
	}
	if (current != 1)
		return malformed(keyring, "not exactly one current key", r);
	return JWT_OK;
}

enum jwt_reason
keyring_load(struct keyring *keyring, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };
	JWT_AUTO(buffer) text = BUFFER(KEYRING_FILE_MAX);
	JWT_AUTO(json_doc) doc = { 0 };
	const struct json_node *root;
	struct report inner = { 0 };
	struct slice issuer;
	int64_t version;

	if (file_read_at(keyring->fd, KEYRING_FILE, &trust, &text, &inner) !=
		FILE_OK)
		return report(
			r, JWT_CONFIG_ERROR, "%s/%s", keyring->dir, inner.text);
	if (json_parse_object(
		    buffer_slice(&text), KEYRING_FILE, &doc, &inner) != JWT_OK)
		return report(
			r, JWT_CONFIG_ERROR, "%s/%s", keyring->dir, inner.text);
	root = json_root(&doc);
	if (!json_get_integer(root, "version", &version) ||
		version != KEYRING_VERSION)
		return malformed(keyring, "of another version", r);
	if (json_get_string(root, "issuer", &issuer)) {
		keyring->issuer = slice_to_string(issuer);
		if (keyring->issuer == NULL ||
			!issuer_is_valid(keyring->issuer))
			return malformed(keyring, "issuer is no https URL", r);
	}
	return load_keys(keyring, json_member(root, "keys"), r);
}

static json_t *
keys_to_json(const struct keyring *keyring)
{
	JWT_AUTO(json) keys = json_array();

	for (size_t i = 0; i < keyring->count; i++) {
		const struct keyring_key *key = &keyring->keys[i];

		if (json_array_append_new(
			    keys, json_pack("{s:s, s:s, s:s, s:I, s:O}", "kid",
					  key->kid, "alg",
					  jws_alg_info(key->alg)->name, "state",
					  key_state_name(key->state), "created",
					  (json_int_t)key->created, "public",
					  key->public)) != 0)
			return NULL;
	}
	return JWT_TAKE(keys);
}

enum jwt_reason
keyring_save(const struct keyring *keyring, struct report *r)
{
	JWT_AUTO(json)
	root = json_pack("{s:i, s:s*, s:o}", "version", KEYRING_VERSION,
		"issuer", keyring->issuer, "keys", keys_to_json(keyring));
	JWT_AUTO(json_text)
	text = root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;
	char path[PATH_MAX];

	if (text == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (snprintf(path, sizeof(path), "%s/%s", keyring->dir, KEYRING_FILE) >=
		(int)sizeof(path))
		return report(r, JWT_CONFIG_ERROR, "%s: a path too long",
			keyring->dir);
	if (!file_write(path, slice_of_string(text), S_IRUSR | S_IWUSR,
		    (uid_t)-1, (gid_t)-1, r))
		return JWT_INTERNAL_ERROR;
	return JWT_OK;
}
