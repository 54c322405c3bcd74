/* SPDX-License-Identifier: ISC */
/* keyring.json, written: what each key of the folder is for. */
#include "store.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

JWT_AUTO_TYPE(json_text, char *, free);

static const char *const state_names[KEY_STATE_COUNT] = {
	[KEY_NEXT] = "next",
	[KEY_CURRENT] = "current",
	[KEY_RETIRING] = "retiring",
};

static const char *const event_names[EVENT_COUNT] = {
	[EVENT_PUBLISHED] = "published",
	[EVENT_SIGNING] = "signing",
	[EVENT_DROPPED] = "dropped",
	[EVENT_COMPROMISED] = "compromised",
	[EVENT_REVOKE] = "revoke",
	[EVENT_REFRESH] = "refresh",
};

const char *
key_state_name(enum key_state state)
{
	return state_names[state];
}

const char *
keyring_event_name(enum keyring_event event)
{
	return event_names[event];
}

bool
key_is_secret(const struct keyring_key *key)
{
	return jws_alg_info(key->alg)->family == JWS_HMAC;
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

/* 0 stands for "not yet" and is left out. */
static bool
set_time(json_t *object, const char *name, int64_t value)
{
	return value == 0 ||
	       json_object_set_new(object, name, json_integer(value)) == 0;
}

json_t *
store_key_to_json(const struct keyring_key *key)
{
	JWT_AUTO(json)
	object = json_pack("{s:s, s:s, s:s, s:I}", "kid", key->kid, "alg",
		jws_alg_info(key->alg)->name, "state",
		key_state_name(key->state), "created",
		(json_int_t)key->created);

	if (object == NULL || !set_time(object, "published", key->published) ||
		!set_time(object, "signing", key->signing) ||
		!set_time(object, "retired", key->retired) ||
		!set_time(object, "signed_until", key->signed_until) ||
		(key->compromised && json_object_set_new(object, "compromised",
					     json_true()) != 0))
		return NULL;
	return JWT_TAKE(object);
}

static json_t *
keys_to_json(const struct keyring *keyring)
{
	JWT_AUTO(json) keys = json_array();

	for (size_t i = 0; i < keyring->count; i++) {
		const struct keyring_key *key = &keyring->keys[i];
		JWT_AUTO(json) object = store_key_to_json(key);

		if (object == NULL ||
			(key->public != NULL &&
				json_object_set_new(object, "public",
					jwk_to_public_json(key->public)) !=
					0) ||
			json_array_append(keys, object) != 0)
			return NULL;
	}
	return JWT_TAKE(keys);
}

json_t *
store_pending_to_json(const struct keyring *keyring)
{
	JWT_AUTO(json) list = json_array();

	for (size_t i = 0; i < keyring->pending_count; i++) {
		const struct keyring_pending *pending = &keyring->pending[i];

		if (json_array_append_new(
			    list, json_pack("{s:s, s:s}", "event",
					  keyring_event_name(pending->event),
					  "kid", pending->kid)) != 0)
			return NULL;
	}
	return JWT_TAKE(list);
}

json_t *
store_waiting_to_json(const struct keyring *keyring)
{
	JWT_AUTO(json) names = json_array();

	for (size_t i = 0; i < keyring->waiting_named; i++)
		if (json_array_append_new(
			    names, json_string(keyring->waiting[i])) != 0)
			return NULL;
	return json_pack("{s:I, s:O}", "count",
		(json_int_t)keyring->waiting_count, "named", names);
}

enum jwt_reason
keyring_save(const struct keyring *keyring, struct report *r)
{
	JWT_AUTO(json)
	root = json_pack("{s:i, s:s*, s:I, s:o, s:o, s:o}", "version",
		KEYRING_VERSION, "issuer", keyring->issuer, "token_lifetime",
		(json_int_t)keyring->token_lifetime, "keys",
		keys_to_json(keyring), "pending",
		store_pending_to_json(keyring), "waiting",
		store_waiting_to_json(keyring));
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
