/* SPDX-License-Identifier: ISC */
/* The client's beginning and end, its secrets, and what it keeps open. */
#include "revocation/redis_client.h"

#include "base/clock.h"
#include "revocation/redis_cluster.h"

#include <stdlib.h>

static enum jwt_reason
add_address(struct redis_client *client, const char *text, struct report *r)
{
	if (client->address_count == REDIS_ADDRESSES_MAX)
		return report(r, JWT_CONFIG_ERROR, "redis: too many addresses");
	return redis_address_parse(
		text, &client->address[client->address_count++], r);
}

static enum jwt_reason
add_addresses(struct redis_client *client, struct report *r)
{
	const struct redis_config *config = client->config;
	const struct string_list *list = config->sentinel.name != NULL
						 ? &config->sentinel.addresses
						 : &config->addresses;

	if (config->address != NULL)
		return add_address(client, config->address, r);
	for (size_t i = 0; i < list->count; i++)
		JWT_TRY(add_address(client, list->item[i], r));
	if (client->address_count == 0)
		return report(r, JWT_CONFIG_ERROR, "redis: no address");
	return JWT_OK;
}

static enum jwt_reason
make_room_for_names(struct redis_client *client, struct report *r)
{
	bool any = false;

	for (size_t i = 0; i < client->address_count; i++)
		any = any || redis_address_is_named(&client->address[i]);
	if (any)
		client->names = calloc(1, sizeof(*client->names));
	return any && client->names == NULL
		       ? report(r, JWT_INTERNAL_ERROR, "out of memory")
		       : JWT_OK;
}

enum jwt_reason
redis_client_new(const struct redis_config *config, const char *names_dir,
	struct redis_client **out, struct report *r)
{
	JWT_AUTO(redis_client) client = calloc(1, sizeof(*client));

	if (client == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	client->config = config;
	client->home_slot = redis_slot(slice_of_string(config->prefix));
	client->password = BUFFER(REDIS_PASSWORD_MAX);
	client->sentinel_password = BUFFER(REDIS_PASSWORD_MAX);
	client->names_dir = names_dir != NULL ? names_dir : JWT_NAMES_DIR;
	JWT_TRY(add_addresses(client, r));
	JWT_TRY(make_room_for_names(client, r));
	*out = JWT_TAKE(client);
	return JWT_OK;
}

void
redis_client_free(struct redis_client *client)
{
	if (client == NULL)
		return;
	for (size_t i = 0; i < REDIS_KEPT_MAX; i++)
		redis_session_close(&client->kept[i]);
	redis_tls_free(client->tls);
	buffer_free(&client->password);
	buffer_free(&client->sentinel_password);
	free(client->names);
	free(client);
}

/* root's, or of the user that we are; a newline at its end is an editor's. */
static enum jwt_reason
read_password(const char *user, const char *path, struct buffer *out,
	struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };
	struct report fault = { "" };

	if (path == NULL && user != NULL)
		return report(r, JWT_CONFIG_ERROR,
			"redis user %s has no password_file", user);
	if (path == NULL)
		return JWT_OK;
	if (file_read(path, &trust, out, &fault) != FILE_OK)
		return report(r, JWT_CONFIG_ERROR, "%s", fault.text);
	if (out->len > 0 && out->data[out->len - 1] == '\n')
		out->len--;
	if (out->len == 0)
		return report(r, JWT_CONFIG_ERROR, "%s: empty", path);
	return JWT_OK;
}

enum jwt_reason
redis_client_prepare(struct redis_client *client, struct report *r)
{
	const struct redis_config *config = client->config;

	JWT_TRY(read_password(
		config->user, config->password_file, &client->password, r));
	JWT_TRY(read_password(config->sentinel.user,
		config->sentinel.password_file, &client->sentinel_password, r));
	if (config->tls.ca_file == NULL)
		return JWT_OK;
	return redis_tls_new(&config->tls, &client->tls, r);
}

/* Two processes on one connection would get each other's answers. */
static void
own_kept(struct redis_client *client)
{
	const pid_t self = getpid();

	if (client->owner == self)
		return;
	for (size_t i = 0; i < REDIS_KEPT_MAX; i++)
		redis_session_close(&client->kept[i]);
	client->owner = self;
}

struct redis_session *
redis_client_kept(
	struct redis_client *client, const struct redis_address *address)
{
	const int64_t now = clock_monotonic_ms();

	own_kept(client);
	for (size_t i = 0; i < REDIS_KEPT_MAX; i++) {
		struct redis_session *kept = &client->kept[i];

		if (!redis_session_is_open(kept) ||
			(address != NULL &&
				!redis_address_equal(address, &kept->address)))
			continue;
		if (now - kept->opened < REDIS_KEPT_MS &&
			redis_is_quiet(&kept->connection))
			return kept;
		redis_session_close(kept);
	}
	return NULL;
}

struct redis_session *
redis_client_place(struct redis_client *client)
{
	struct redis_session *place;

	own_kept(client);
	for (size_t i = 0; i < REDIS_KEPT_MAX; i++)
		if (!redis_session_is_open(&client->kept[i]))
			return &client->kept[i];
	place = &client->kept[client->kept_next++ % REDIS_KEPT_MAX];
	redis_session_close(place);
	return place;
}

enum jwt_reason
redis_client_greet(const struct redis_client *client,
	struct redis_session *session, struct report *r)
{
	JWT_TRY(redis_session_login(
		session, client->config->user, &client->password, r));
	JWT_TRY(redis_session_ask_role(session, r));
	if (client->config->allow_eviction)
		return JWT_OK;
	return redis_session_ask_memory(session, r);
}
