/* SPDX-License-Identifier: ISC */
/* A host in a folder: its config, its key cache, its store. */
#include "bar.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char config_text[] =
	"host_name = \"web1\";\n"
	"issuers = ( { name = \"idp\"; issuer = \"" BENCH_ISSUER "\";\n"
	"  algorithms = [ \"RS256\" ]; audience = [ \"" BENCH_AUDIENCE "\" ];\n"
	"  max_lifetime = 86400; plain_typ = true;\n"
	"  accounts = ( { claim = \"preferred_username\"; } ); } );\n"
	"services = { " BENCH_SERVICE " = { scope_any = [ \"" BENCH_SCOPE
	"\" ]; max_auth_age = 3600; }; };\n"
	"revocation = { %s };\n";

static void
put(const char *folder, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!file_write(path, slice_of_string(text), 0644, (uid_t)-1, (gid_t)-1,
		    NULL))
		bench_die("%s can't be written", path);
}

static void
put_config(const struct bench_place *place, const struct bench_redis *redis)
{
	char store[512] = "store = \"embedded\";", text[2048];

	if (redis != NULL)
		snprintf(store, sizeof(store),
			"store = \"redis\"; redis = { address = \"unix:%s\"; "
			"timeout_ms = %d; raw_tokens = true; };",
			redis->socket, TIMEOUT_MS);
	snprintf(text, sizeof(text), config_text, store);
	put(place->folder, "jwtauth.conf", text);
}

static void
put_keys(const struct bench_place *place, const struct material *m)
{
	struct key_cache cache = { .fetched_at = time(NULL),
		.fresh_until = time(NULL) + 3600,
		.stale_until = time(NULL) + 86400 };
	char issuer[] = BENCH_ISSUER, uri[] = BENCH_ISSUER "/jwks";
	struct report r = { "" };

	if (key_cache_set_jwks(&cache, slice_of_string(m->bench.jwks), &r) !=
		JWT_OK)
		bench_die("%s", r.text);
	cache.issuer = strdup(issuer);
	cache.jwks_uri = strdup(uri);
	if (!key_cache_store(place->places.keys.cache_dir, "idp", &cache, &r))
		bench_die("%s", r.text);
	key_cache_clear(&cache);
}

/* Entries of other tokens; what is in them is never read. */
static void
put_files(const struct bench_place *place, size_t count)
{
	char name[256];

	for (size_t i = 0; i < count; i++) {
		int fd;

		snprintf(name, sizeof(name), "%s/jti-%064zx",
			place->places.revocation.revoked_dir, i * 2654435761u);
		fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		if (fd < 0)
			bench_die("%s can't be made", name);
		close(fd);
	}
}

static void
name_dirs(struct bench_place *place, const char *parent, const char *name)
{
	static const char *const dirs[] = { "cache", "revoked", "seen",
		"used" };

	memset(place, 0, sizeof(*place));
	snprintf(place->folder, sizeof(place->folder), "%s/%s", parent, name);
	for (size_t i = 0; i < JWT_COUNT(dirs); i++)
		snprintf(place->dir[i], sizeof(place->dir[i]), "%s/%s",
			place->folder, dirs[i]);
	place->places.keys.cache_dir = place->dir[0];
	place->places.keys.fetch_socket = place->folder;
	place->places.revocation.revoked_dir = place->dir[1];
	place->places.revocation.seen_dir = place->dir[2];
	place->places.used_dir = place->dir[3];
}

void
place_open(struct bench_place *place, const char *parent, const char *name)
{
	struct config_error error = { 0 };
	char path[256];

	name_dirs(place, parent, name);
	snprintf(path, sizeof(path), "%s/jwtauth.conf", place->folder);
	if (context_new(path, &place->places, &place->context, &error) !=
		JWT_OK)
		bench_die("%s", error.text);
	context_prepare(place->context);
}

void
place_make(struct bench_place *place, const char *parent, const char *name,
	const struct material *m, const struct bench_redis *redis, size_t files)
{
	struct report r = { "" };
	bool created;

	name_dirs(place, parent, name);
	mkdir(place->folder, 0755);
	for (size_t i = 0; i < JWT_COUNT(place->dir); i++)
		mkdir(place->dir[i], 0755);
	put_config(place, redis);
	put_keys(place, m);
	put_files(place, files);
	place_open(place, parent, name);
	if (redis == NULL &&
		revocation_init(place->context->store, &created, &r) != JWT_OK)
		bench_die("%s", r.text);
}

void
place_close(struct bench_place *place)
{
	jwt_context_free(place->context);
}

bool
place_judge(const struct bench_place *place, const char *token,
	struct jwt_verdict *verdict)
{
	const struct jwt_request request = { .purpose = JWT_PURPOSE_AUTH,
		.service = BENCH_SERVICE,
		.user = BENCH_USER,
		.uid = 1000,
		.real_uid = JWT_NO_UID,
		.login_uid = JWT_NO_UID,
		.carrier = JWT_CARRIER_PROMPT,
		.carrier_bytes = (const uint8_t *)token,
		.carrier_len = strlen(token) };

	return jwt_judge(place->context, &request, verdict) == JWT_OK &&
	       verdict->allow;
}
