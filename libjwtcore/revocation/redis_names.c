/* SPDX-License-Identifier: ISC */
/* The file of addresses: one JSON object, replaced whole. */
#include "revocation/redis_names.h"

#include "jose/json.h"
#include "jose/json_write.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_VERSION 1
#define ADVICE	     "; see: systemctl status jwtauth-fetchd"

static void
add_name(const char *text, struct redis_names *out)
{
	struct redis_address address;

	if (redis_address_parse(text, &address, NULL) != JWT_OK ||
		address.kind == REDIS_UNIX ||
		!redis_address_is_named(&address) ||
		redis_names_find(out, address.name) != NULL ||
		out->count == REDIS_NAMES_MAX)
		return;
	memcpy(out->at[out->count++].name, address.name, sizeof(address.name));
}

void
redis_names_of(const struct redis_config *config, struct redis_names *out)
{
	memset(out, 0, sizeof(*out));
	if (config->address != NULL)
		add_name(config->address, out);
	for (size_t i = 0; i < config->addresses.count; i++)
		add_name(config->addresses.item[i], out);
	for (size_t i = 0; i < config->sentinel.addresses.count; i++)
		add_name(config->sentinel.addresses.item[i], out);
}

const struct redis_named *
redis_names_find(const struct redis_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->at[i].name, name) == 0)
			return &names->at[i];
	return NULL;
}

bool
redis_named_has(const struct redis_named *named, const char *address)
{
	for (size_t i = 0; i < named->count; i++)
		if (strcmp(named->address[i], address) == 0)
			return true;
	return false;
}

void
redis_named_take(const struct redis_named *named, size_t index,
	struct redis_address *out)
{
	memset(out->host, 0, sizeof(out->host));
	memcpy(out->host, named->address[index], sizeof(named->address[index]));
}

/* Nobody listens at "any", nor at many at once. */
bool
redis_is_numeric(const char *text)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1)
		return v4.s_addr != INADDR_ANY &&
		       !IN_MULTICAST(ntohl(v4.s_addr)) &&
		       v4.s_addr != INADDR_BROADCAST;
	return inet_pton(AF_INET6, text, &v6) == 1 &&
	       !IN6_IS_ADDR_UNSPECIFIED(&v6) && !IN6_IS_ADDR_MULTICAST(&v6);
}

/* ---- reading */

/* False: no string, or one that has no room. */
static bool
take_text(const struct json_node *node, char *out, size_t size)
{
	if (!json_is(node, JSON_KIND_STRING) || node->text.len >= size ||
		slice_has_nul(node->text))
		return false;
	if (node->text.len > 0)
		memcpy(out, node->text.data, node->text.len);
	out[node->text.len] = '\0';
	return true;
}

static bool
take_addresses(const struct json_node *array, struct redis_named *out)
{
	const struct json_node *element;

	if (!json_is(array, JSON_KIND_ARRAY) || array->count > REDIS_NAMED_MAX)
		return false;
	json_each (element, array) {
		char *address = out->address[out->count];

		if (!take_text(element, address, REDIS_NUMERIC_MAX) ||
			!redis_is_numeric(address))
			return false;
		out->count++;
	}
	return true;
}

static bool
take_named(const struct json_node *node, struct redis_named *out)
{
	return take_text(json_member(node, "name"), out->name,
		       sizeof(out->name)) &&
	       config_is_dns_name(out->name) &&
	       json_get_integer(node, "answered_at", &out->answered_at) &&
	       out->answered_at >= 0 &&
	       take_text(json_member(node, "trouble"), out->trouble,
		       sizeof(out->trouble)) &&
	       take_addresses(json_member(node, "addresses"), out);
}

enum jwt_reason
redis_names_parse(struct slice text, const char *path, struct redis_names *out,
	struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	const struct json_node *names, *element;
	struct report fault = { "" };
	int64_t version;

	memset(out, 0, sizeof(*out));
	if (json_parse_object(text, "the file", &doc, &fault) != JWT_OK)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: %s: %s" ADVICE, path, fault.text);
	names = json_member(json_root(&doc), "names");
	if (!json_get_integer(json_root(&doc), "version", &version) ||
		version != FILE_VERSION || !json_is(names, JSON_KIND_ARRAY) ||
		names->count > REDIS_NAMES_MAX)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: %s: no list of names" ADVICE, path);
	json_each (element, names) {
		if (!take_named(element, &out->at[out->count])) {
			out->count = 0;
			return report(r, JWT_REVOCATION_UNREACHABLE,
				"redis: %s: damaged" ADVICE, path);
		}
		out->count++;
	}
	return JWT_OK;
}

/* Whoever else may write in the folder could point logins elsewhere. */
static enum jwt_reason
folder_owner(const char *dir, uid_t *out, struct report *r)
{
	struct stat st;

	if (stat(dir, &st) != 0)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: %s: %s" ADVICE, dir, strerror(errno));
	if (!S_ISDIR(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: %s: no folder that its owner alone can write; "
			"run: systemd-tmpfiles --create",
			dir);
	*out = st.st_uid;
	return JWT_OK;
}

static bool
path_in(const char *dir, char out[PATH_MAX])
{
	return snprintf(out, PATH_MAX, "%s/" REDIS_NAMES_FILE, dir) < PATH_MAX;
}

enum jwt_reason
redis_names_load(const char *dir, struct redis_names *out, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(REDIS_NAMES_BYTES);
	struct file_trust trust = { 0 };
	struct report fault = { "" };
	char path[PATH_MAX];

	out->count = 0;
	JWT_TRY(folder_owner(dir, &trust.owner, r));
	if (!path_in(dir, path))
		return report(r, JWT_INTERNAL_ERROR, "%s: too long", dir);
	if (file_read(path, &trust, &text, &fault) != FILE_OK)
		return report(r, JWT_REVOCATION_UNREACHABLE, "redis: %s" ADVICE,
			fault.text);
	return redis_names_parse(buffer_slice(&text), path, out, r);
}

/* ---- writing */

static json_t *
named_to_json(const struct redis_named *named)
{
	json_t *addresses = json_array();

	for (size_t i = 0; i < named->count; i++)
		if (json_array_append_new(
			    addresses, json_string(named->address[i])) != 0) {
			json_decref(addresses);
			return NULL;
		}
	return json_pack("{s:s, s:I, s:s, s:o}", "name", named->name,
		"answered_at", (json_int_t)named->answered_at, "trouble",
		named->trouble, "addresses", addresses);
}

static char *
names_to_text(const struct redis_names *names)
{
	json_t *list = json_array();
	JWT_AUTO(json)
	whole = json_pack("{s:i, s:o}", "version", FILE_VERSION, "names", list);

	for (size_t i = 0; whole != NULL && i < names->count; i++)
		if (json_array_append_new(list, named_to_json(&names->at[i])) !=
			0)
			return NULL;
	return whole != NULL ? json_dumps(whole, JSON_COMPACT) : NULL;
}

bool
redis_names_store(
	const char *dir, const struct redis_names *names, struct report *r)
{
	char path[PATH_MAX];
	char *text = names_to_text(names);
	bool done = false;

	if (text == NULL || !path_in(dir, path))
		report(r, JWT_INTERNAL_ERROR, "out of memory");
	else
		done = file_write(path, slice_of_string(text), 0644, (uid_t)-1,
			(gid_t)-1, r);
	free(text);
	return done;
}
