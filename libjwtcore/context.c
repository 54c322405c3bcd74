/* SPDX-License-Identifier: ISC */
/* The context: made from the config, prepared, thrown away. */
#include "context.h"

#include <stdio.h>
#include <stdlib.h>

#define PLACE(given, compiled_in) ((given) != NULL ? (given) : (compiled_in))

static struct jwt_places
fill_places(const struct jwt_places *given)
{
	static const struct jwt_places none;
	const struct jwt_places *p = given != NULL ? given : &none;

	return (struct jwt_places){
		.keys.cache_dir = PLACE(p->keys.cache_dir, JWT_CACHE_DIR),
		.keys.fetch_socket = PLACE(
			p->keys.fetch_socket, JWT_FETCH_RUN_DIR "/fetch.sock"),
		.revocation.revoked_dir = PLACE(
			p->revocation.revoked_dir, JWT_STATE_DIR "/revoked"),
		.revocation.seen_dir =
			PLACE(p->revocation.seen_dir, JWT_STATE_DIR "/seen"),
		.revocation.copy_dir =
			PLACE(p->revocation.copy_dir, JWT_STATE_DIR "/copy"),
		.revocation.names_dir =
			PLACE(p->revocation.names_dir, JWT_NAMES_DIR),
		.used_dir = PLACE(p->used_dir, JWT_RUN_DIR "/used"),
	};
}

enum jwt_reason
context_new(const char *config_path, const struct jwt_places *places,
	struct jwt_context **out, struct config_error *error)
{
	JWT_AUTO(context) context = calloc(1, sizeof(*context));
	struct report r = { 0 };
	enum jwt_reason reason;

	if (context == NULL) {
		snprintf(error->text, sizeof(error->text), "out of memory");
		return JWT_INTERNAL_ERROR;
	}
	context->places = fill_places(places);
	JWT_TRY(config_load(
		config_path != NULL ? config_path : CONFIG_DEFAULT_PATH,
		&context->config, error));
	reason = revocation_open(&context->config->revocation,
		&context->places.revocation, &context->store, &r);
	if (reason != JWT_OK) {
		snprintf(error->text, sizeof(error->text), "%s", r.text);
		return reason;
	}
	*out = JWT_TAKE(context);
	return JWT_OK;
}

enum jwt_reason
jwt_context_new(const char *config_path, struct jwt_context **out, char *error,
	size_t error_size)
{
	struct config_error e = { 0 };
	enum jwt_reason reason = context_new(config_path, NULL, out, &e);

	if (reason != JWT_OK && error_size > 0)
		snprintf(error, error_size, "%s", e.text);
	return reason;
}

void
context_prepare(struct jwt_context *context)
{
	if (context->prepared)
		return;
	context->prepared = true;
	context->prepare_reason =
		revocation_prepare(context->store, &context->prepare_report);
}

void
jwt_context_free(struct jwt_context *context)
{
	if (context == NULL)
		return;
	keys_kept_clear(&context->keys);
	revocation_close(context->store);
	config_free(context->config);
	free(context);
}
