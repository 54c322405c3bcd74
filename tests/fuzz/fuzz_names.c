/* SPDX-License-Identifier: ISC */
/*
 * Host names of Redis: the first line is an address as the config or a server
 * writes it, behind it the file of what jwtauth-fetchd looked up. Held against
 * jansson and a second reader of addresses; what loads can be stored, and
 * loads again as the same.
 */
#include "fuzz.h"
#include "oracle.h"
#include "revocation/redis_names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static char folder[FUZZ_FOLDER_MAX];

static void
remove_folder(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/" REDIS_NAMES_FILE, folder);
	unlink(path);
	rmdir(folder);
}

/* ---- the second reader */

static bool
is_label(const char *label, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isascii(label[i]) ||
			(!isalnum(label[i]) &&
				(label[i] != '-' || i == 0 || i == len - 1)))
			return false;
	return len > 0 && len < 64;
}

static bool
is_number(const char *label)
{
	char *end;

	(void)strtoull(label, &end, 16);
	return (*end == '\0' && strncasecmp(label, "0x", 2) == 0) ||
	       strcasecmp(label, "0x") == 0 ||
	       strspn(label, "0123456789") == strlen(label);
}

/* Also nothing that inet_aton(3), and so getaddrinfo(3), takes for an IP. */
static bool
is_name(const char *text)
{
	struct in_addr ignored;
	size_t len, all = strlen(text);

	if (all > 253 || inet_aton(text, &ignored) != 0)
		return false;
	for (;; text += len + 1) {
		const char *dot = strchr(text, '.');

		len = dot != NULL ? (size_t)(dot - text) : strlen(text);
		if (!is_label(text, len))
			return false;
		if (dot == NULL)
			break;
	}
	return !is_number(text);
}

/* By the first bytes of the address. */
static bool
is_server(const char *text)
{
	static const uint8_t zero[16];
	uint8_t ip[16];

	if (inet_pton(AF_INET, text, ip) == 1)
		return memcmp(ip, zero, 4) != 0 && ip[0] >> 4 != 14 &&
		       memcmp(ip, "\xff\xff\xff\xff", 4) != 0;
	return inet_pton(AF_INET6, text, ip) == 1 &&
	       memcmp(ip, zero, 16) != 0 && ip[0] != 0xff;
}

static bool
is_short_text(const json_t *object, const char *name, size_t max)
{
	const json_t *value = json_object_get(object, name);

	return json_is_string(value) && json_string_length(value) <= max &&
	       memchr(json_string_value(value), 0, json_string_length(value)) ==
		       NULL;
}

static bool
is_named(const json_t *named)
{
	const json_t *since = json_object_get(named, "answered_at");
	const json_t *list = json_object_get(named, "addresses");

	if (!is_short_text(named, "name", 253) ||
		!is_name(json_string_value(json_object_get(named, "name"))) ||
		!is_short_text(named, "trouble", REDIS_TROUBLE_MAX - 1) ||
		!json_is_integer(since) || json_integer_value(since) < 0 ||
		!json_is_array(list) || json_array_size(list) > REDIS_NAMED_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (!json_is_string(one) ||
			json_string_length(one) !=
				strlen(json_string_value(one)) ||
			!is_server(json_string_value(one)))
			return false;
	}
	return true;
}

static bool
is_file(const json_t *root)
{
	const json_t *version = json_object_get(root, "version");
	const json_t *names = json_object_get(root, "names");

	if (!json_is_integer(version) || json_integer_value(version) != 1 ||
		!json_is_array(names) ||
		json_array_size(names) > REDIS_NAMES_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(names); i++)
		if (!is_named(json_array_get(names, i)))
			return false;
	return true;
}

/* ---- what must hold */

static void
check_same(const struct redis_names *names, const json_t *root)
{
	const json_t *list = json_object_get(root, "names");

	REQUIRE(names->count == json_array_size(list));
	for (size_t i = 0; i < names->count; i++) {
		const struct redis_named *named = &names->at[i];
		const json_t *theirs = json_array_get(list, i);
		const json_t *addresses = json_object_get(theirs, "addresses");

		REQUIRE(oracle_equals(theirs, "name", named->name));
		REQUIRE(oracle_equals(theirs, "trouble", named->trouble));
		REQUIRE(named->answered_at ==
			json_integer_value(
				json_object_get(theirs, "answered_at")));
		REQUIRE(named->count == json_array_size(addresses));
		for (size_t j = 0; j < named->count; j++)
			REQUIRE(strcmp(named->address[j],
					json_string_value(json_array_get(
						addresses, j))) == 0);
	}
}

static void
check_round_trip(const struct redis_names *names)
{
	static struct redis_names again;
	struct report r = { 0 };
	bool done = UNDER_TEST(redis_names_store(folder, names, &r));

	REQUIRE(done || fault_struck());
	REQUIRE(done == (r.text[0] == '\0'));
	if (!done)
		return;
	REQUIRE(redis_names_load(folder, &again, &r) == JWT_OK);
	REQUIRE(memcmp(names, &again, sizeof(again)) == 0);
}

static void
check_file(struct slice text)
{
	static struct redis_names names;
	struct report r = { 0 };
	json_t *root = NULL;
	enum oracle oracle = oracle_json(text, &root);
	enum jwt_reason reason =
		UNDER_TEST(redis_names_parse(text, "in", &names, &r));

	REQUIRE(reason == JWT_OK || reason == JWT_REVOCATION_UNREACHABLE);
	REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
	REQUIRE(reason == JWT_OK || names.count == 0);
	if (fault_struck() || oracle == ORACLE_REFUSES)
		REQUIRE(reason != JWT_OK);
	else if (oracle == ORACLE_ACCEPTS)
		REQUIRE((reason == JWT_OK) == is_file(root));
	if (reason == JWT_OK && oracle == ORACLE_ACCEPTS)
		check_same(&names, root);
	json_decref(root);
	if (reason == JWT_OK)
		check_round_trip(&names);
}

/* What a server writes: a number or a name, and it stays what it is. */
static void
check_address(struct slice text)
{
	struct redis_address address = { .tls = true }, again;
	char shown[REDIS_ADDRESS_MAX];
	uint8_t ip[16];

	if (!UNDER_TEST(redis_address_parse_network(text, &address)))
		return;
	REQUIRE(address.port > 0);
	REQUIRE(redis_address_is_named(&address) == is_name(address.name));
	REQUIRE(redis_address_is_named(&address) !=
		(inet_pton(AF_INET, address.host, ip) == 1 ||
			inet_pton(AF_INET6, address.host, ip) == 1));
	redis_address_format(&address, shown);
	REQUIRE(redis_address_parse(shown, &again, NULL) == JWT_OK);
	REQUIRE(redis_address_equal(&address, &again));
	REQUIRE(strcmp(address.name, again.name) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);
	struct slice line = fuzz_copy(fuzz_part(&input, '\n'));
	struct slice text = fuzz_copy(input);

	if (folder[0] == '\0')
		fuzz_make_folder(folder, remove_folder);
	check_address(line);
	if (!fault_struck())
		check_file(text);
	fuzz_copy_free(line);
	fuzz_copy_free(text);
	return 0;
}
