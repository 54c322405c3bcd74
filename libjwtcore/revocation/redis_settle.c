/* SPDX-License-Identifier: ISC */
/*
 * Names and addresses that a server gives: no name service is asked for
 * them, and no name counts that the config does not have.
 */
#include "revocation/redis_client.h"

#include <string.h>

void
redis_name_unknown(const struct redis_client *client,
	const struct redis_named *named, struct report *r)
{
	if (named == NULL)
		report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: %s/" REDIS_NAMES_FILE
			" does not have this name; run: systemctl reload "
			"jwtauth-fetchd",
			client->names_dir);
	else
		report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: no address is known (%s); see: systemctl "
			"status jwtauth-fetchd",
			named->trouble[0] != '\0' ? named->trouble
						  : "not looked up yet");
}

static bool
is_of_config(const struct redis_client *client, const char *name)
{
	for (size_t i = 0; i < client->address_count; i++)
		if (strcmp(client->address[i].name, name) == 0)
			return true;
	return false;
}

static bool
is_v6(const char *address)
{
	return strchr(address, ':') != NULL;
}

/* Of the family that is known to work here, if it has one. */
static size_t
choose(const struct redis_named *named, const struct redis_address *from)
{
	for (size_t i = 0; i < named->count; i++)
		if (is_v6(named->address[i]) == is_v6(from->host))
			return i;
	return 0;
}

static enum jwt_reason
settle_name(const struct redis_client *client, const struct redis_address *from,
	struct redis_address *to, struct report *r)
{
	const struct redis_named *named;
	struct redis_names names;

	if (client->names == NULL || !is_of_config(client, to->name))
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: sends us to no numeric address, and to no "
			"host name of the config");
	JWT_TRY(redis_names_load(client->names_dir, &names, r));
	named = redis_names_find(&names, to->name);
	if (named == NULL || named->count == 0) {
		redis_name_unknown(client, named, r);
		return JWT_REVOCATION_UNREACHABLE;
	}
	redis_named_take(named, choose(named, from), to);
	return JWT_OK;
}

/* Without a name of ours it has to prove its address, as ever. */
static void
name_address(const struct redis_client *client, struct redis_address *to)
{
	struct redis_names names;

	if (redis_names_load(client->names_dir, &names, NULL) != JWT_OK)
		return;
	for (size_t i = 0; i < names.count; i++)
		if (redis_named_has(&names.at[i], to->host) &&
			is_of_config(client, names.at[i].name)) {
			memcpy(to->name, names.at[i].name, sizeof(to->name));
			return;
		}
}

enum jwt_reason
redis_client_settle(const struct redis_client *client,
	const struct redis_address *from, struct redis_address *to,
	struct report *r)
{
	if (to->kind != REDIS_TCP)
		return JWT_OK;
	if (redis_address_is_named(to))
		return settle_name(client, from, to, r);
	if (to->tls && to->name[0] == '\0' && client->names != NULL)
		name_address(client, to);
	return JWT_OK;
}
