/* SPDX-License-Identifier: ISC */
/*
 * doctor, as jwtauth: the host names of Redis, what jwtauth-fetchd knows of
 * them, and whether more than a name service's word is asked for.
 */
#include "doctor.h"

#include "revocation/redis_names.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#define OLD	300 /* seconds; ten look-ups */
#define FETCHER "see: systemctl status jwtauth-fetchd"

static void
look_at_name(const struct doctor *d, const struct redis_named *named)
{
	JWT_AUTO(buffer) list = BUFFER(1024);
	const int64_t age = d->now - named->answered_at;
	bool done = true;

	for (size_t i = 0; i < named->count; i++)
		done = done && buffer_append_format(&list, "%s%s",
				       i > 0 ? ", " : "", named->address[i]);
	if (named->count == 0)
		doctor_say(d, DOCTOR_ERROR, FETCHER,
			"%s: no address is known: %s", named->name,
			named->trouble[0] != '\0' ? named->trouble
						  : "not looked up yet");
	else if (named->trouble[0] != '\0' || age > OLD)
		doctor_say(d, DOCTOR_WARNING, FETCHER,
			"%s: %s, from %" PRId64 " seconds ago: %s", named->name,
			buffer_string(&list), age,
			named->trouble[0] != '\0' ? named->trouble
						  : "not looked up since");
	else
		doctor_say(d, DOCTOR_OK, "",
			"%s is %s (%" PRId64 " seconds ago)", named->name,
			buffer_string(&list), age);
	(void)done; /* words for a person */
}

static bool
is_loopback(const char *address)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, address, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	return inet_pton(AF_INET6, address, &v6) == 1 &&
	       IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool
stays_here(const struct redis_named *named)
{
	for (size_t i = 0; i < named->count; i++)
		if (!is_loopback(named->address[i]))
			return false;
	return named->count > 0;
}

/* Who answers for DNS, or is on the way, could say "not revoked". */
static void
look_at_address(const struct doctor *d, const struct redis_names *names,
	const char *text)
{
	const struct redis_named *named;
	struct redis_address address;

	if (redis_address_parse(text, &address, NULL) != JWT_OK ||
		address.kind == REDIS_UNIX || address.tls ||
		!redis_address_is_named(&address))
		return;
	named = redis_names_find(names, address.name);
	if (named == NULL || !stays_here(named))
		doctor_say(d, DOCTOR_WARNING,
			"use \"tls:\", so that the server must prove its name",
			"%s: whoever can change what this name stands for can "
			"answer in the place of Redis",
			text);
}

static void
look_at_list(const struct doctor *d, const struct redis_names *names,
	const struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		look_at_address(d, names, list->item[i]);
}

static void
look_at_names(const struct doctor *d, const struct redis_config *config,
	const struct redis_names *wanted)
{
	struct redis_names names;
	struct report r = { "" };
	enum jwt_reason reason = redis_names_load(JWT_NAMES_DIR, &names, &r);

	if (reason != JWT_OK)
		doctor_say_failed(d, FETCHER, reason, &r);
	for (size_t i = 0; reason == JWT_OK && i < wanted->count; i++) {
		const struct redis_named *named =
			redis_names_find(&names, wanted->at[i].name);

		if (named != NULL)
			look_at_name(d, named);
		else
			doctor_say(d, DOCTOR_ERROR,
				"run: systemctl reload jwtauth-fetchd",
				"%s: jwtauth-fetchd doesn't know of it",
				wanted->at[i].name);
	}
	if (config->address != NULL)
		look_at_address(d, &names, config->address);
	look_at_list(d, &names, &config->addresses);
	look_at_list(d, &names, &config->sentinel.addresses);
}

void
doctor_names(const struct doctor *d)
{
	JWT_AUTO(config) config = NULL;
	struct config_error error;
	struct redis_names wanted;

	if (config_load(d->config_path, &config, &error) != JWT_OK ||
		config->revocation.store != REVOCATION_REDIS)
		return; /* doctor_config says it */
	redis_names_of(&config->revocation.redis, &wanted);
	if (wanted.count > 0)
		look_at_names(d, &config->revocation.redis, &wanted);
}
