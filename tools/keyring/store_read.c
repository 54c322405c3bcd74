/* SPDX-License-Identifier: ISC */
/* keyring.json, read: whatever is odd about it is refused and named. */
#include "keyring.h"

#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

#define OLD_VERSION 1 /* had current and retiring keys, and when made */

static enum jwt_reason
malformed(const char *name, const char *what, struct report *r)
{
	return report(r, JWT_CONFIG_ERROR, "%s: %s", name, what);
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
		if (slice_equals_string(
			    name, key_state_name((enum key_state)i))) {
			*out = (enum key_state)i;
			return true;
		}
	return false;
}

/* Absent is 0; anything but a moment of ours is refused. */
static bool
time_from_json(const struct json_node *object, const char *name, int64_t *out)
{
	*out = 0;
	return json_member(object, name) == NULL ||
	       (json_get_integer(object, name, out) && *out >= 0);
}

static bool
times_from_json(const struct json_node *object, struct keyring_key *key)
{
	key->compromised =
		json_is(json_member(object, "compromised"), JSON_KIND_TRUE);
	return time_from_json(object, "created", &key->created) &&
	       time_from_json(object, "published", &key->published) &&
	       time_from_json(object, "signing", &key->signing) &&
	       time_from_json(object, "retired", &key->retired) &&
	       time_from_json(object, "signed_until", &key->signed_until) &&
	       json_member(object, "created") != NULL;
}

/* What would be published must be a public key, and this one. */
static enum jwt_reason
load_public(struct keyring_key *key, const char *name,
	const struct json_node *object, struct report *r)
{
	const struct json_node *public = json_member(object, "public");
	struct report inner = { 0 };

	if (key_is_secret(key))
		return public == NULL
			       ? JWT_OK
			       : malformed(name, "a secret with a public half",
					 r);
	if (jwk_from_json(public, &key->public, &inner) == JWT_OK &&
		slice_equals_string(jwk_kid(key->public), key->kid) &&
		jwk_allows(key->public, key->alg) &&
		jwk_import(key->public, &inner) == JWT_OK)
		return JWT_OK;
	return report(r, JWT_CONFIG_ERROR, "%s: the public half of %s: %s",
		name, key->kid,
		inner.text[0] != '\0' ? inner.text : "another key");
}

static enum jwt_reason
load_key(struct keyring *keyring, const char *name,
	const struct json_node *object, struct report *r)
{
	struct keyring_key *key = keyring_room(keyring, r);
	struct slice alg;

	if (key == NULL)
		return JWT_CONFIG_ERROR;
	if (!copy_kid(object, key->kid) ||
		keyring_find(keyring, key->kid) != NULL)
		return malformed(name, "a kid that is none, or twice", r);
	if (!json_get_string(object, "alg", &alg) ||
		!jws_alg_from_name(alg, &key->alg))
		return malformed(name, "an alg that is not known", r);
	if (!state_from_json(object, &key->state))
		return malformed(
			name, "a state that this release does not know", r);
	if (!times_from_json(object, key))
		return malformed(name, "a time that is not a number", r);
	keyring->count++; /* from here on keyring_close frees it */
	return load_public(key, name, object, r);
}

static enum jwt_reason
load_keys(struct keyring *keyring, const char *name,
	const struct json_node *keys, struct report *r)
{
	size_t count[KEY_STATE_COUNT] = { 0 };
	const struct json_node *key;

	if (!json_is(keys, JSON_KIND_ARRAY) || keys->count > KEYRING_KEYS_MAX)
		return malformed(name, "keys is not an array of a few", r);
	json_each (key, keys) {
		JWT_TRY(load_key(keyring, name, key, r));
		count[keyring->keys[keyring->count - 1].state]++;
	}
	if (count[KEY_CURRENT] != 1)
		return malformed(name, "not exactly one current key", r);
	if (count[KEY_NEXT] > 1)
		return malformed(name, "more than one next key", r);
	return JWT_OK;
}

static bool
event_from_json(const struct json_node *object, enum keyring_event *out)
{
	struct slice name;

	if (!json_get_string(object, "event", &name))
		return false;
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		if (slice_equals_string(
			    name, keyring_event_name((enum keyring_event)i))) {
			*out = (enum keyring_event)i;
			return true;
		}
	return false;
}

static enum jwt_reason
load_pending(struct keyring *keyring, const char *name,
	const struct json_node *list, struct report *r)
{
	const struct json_node *item;
	char kid[JWK_KID_MAX + 1];
	enum keyring_event event;

	if (list != NULL && !json_is(list, JSON_KIND_ARRAY))
		return malformed(name, "pending is not an array", r);
	json_each (item, list) {
		if (!event_from_json(item, &event) || !copy_kid(item, kid))
			return malformed(name,
				"an event that this release does not know", r);
		JWT_TRY(keyring_note(keyring, event, kid, r));
	}
	return JWT_OK;
}

/* For status only: what is odd here is left out. */
static void
load_waiting(struct keyring *keyring, const struct json_node *waiting)
{
	const struct json_node *named = json_member(waiting, "named");
	const struct json_node *item;
	int64_t count = 0;

	if (!time_from_json(waiting, "count", &count))
		return;
	keyring->waiting_count = (size_t)count;
	json_each (item, named) {
		struct report line = { 0 };

		if (!json_is(item, JSON_KIND_STRING) ||
			keyring->waiting_named == KEYRING_WAITING_MAX)
			continue;
		report(&line, JWT_OK, "%.*s",
			item->text.len < KEYRING_WORDS_MAX
				? (int)item->text.len
				: KEYRING_WORDS_MAX - 1,
			(const char *)item->text.data);
		memcpy(keyring->waiting[keyring->waiting_named++], line.text,
			KEYRING_WORDS_MAX);
	}
}

/* What the release before this one did not write down. */
static void
upgrade(struct keyring *keyring)
{
	const struct keyring_key *current = keyring_current(keyring);

	for (size_t i = 0; i < keyring->count; i++) {
		struct keyring_key *key = &keyring->keys[i];

		key->published = key->signing = key->created;
		if (key->state == KEY_RETIRING)
			key->retired = current->created;
	}
}

static enum jwt_reason
load_root(struct keyring *keyring, const char *name,
	const struct json_node *root, struct report *r)
{
	struct slice issuer;
	int64_t lifetime, version;

	if (!json_get_integer(root, "version", &version) ||
		(version != KEYRING_VERSION && version != OLD_VERSION))
		return malformed(name, "of another version", r);
	if (json_get_string(root, "issuer", &issuer)) {
		keyring->issuer = slice_to_string(issuer);
		if (keyring->issuer == NULL ||
			!issuer_is_valid(keyring->issuer))
			return malformed(name, "issuer is no https URL", r);
	}
	if (!time_from_json(root, "token_lifetime", &lifetime))
		return malformed(name, "token_lifetime is not a number", r);
	if (lifetime > 0)
		keyring->token_lifetime = lifetime;
	JWT_TRY(load_keys(keyring, name, json_member(root, "keys"), r));
	if (version == OLD_VERSION)
		upgrade(keyring);
	load_waiting(keyring, json_member(root, "waiting"));
	return load_pending(keyring, name, json_member(root, "pending"), r);
}

enum jwt_reason
keyring_parse(struct keyring *keyring, const char *name, struct slice text,
	struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	struct report inner = { 0 };

	if (json_parse_object(text, KEYRING_FILE, &doc, &inner) != JWT_OK)
		return malformed(name, inner.text, r);
	return load_root(keyring, name, json_root(&doc), r);
}

enum jwt_reason
keyring_load(struct keyring *keyring, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };
	JWT_AUTO(buffer) text = BUFFER(KEYRING_FILE_MAX);
	struct report name = { 0 }, inner = { 0 };

	if (file_read_at(keyring->fd, KEYRING_FILE, &trust, &text, &inner) !=
		FILE_OK)
		return report(
			r, JWT_CONFIG_ERROR, "%s/%s", keyring->dir, inner.text);
	report(&name, JWT_OK, "%s/%s", keyring->dir, KEYRING_FILE);
	return keyring_parse(keyring, name.text, buffer_slice(&text), r);
}
