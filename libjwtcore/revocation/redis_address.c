/* SPDX-License-Identifier: ISC */
/* Addresses: from text, to text, and for the kernel. */
#include "revocation/redis_address.h"

#include "config/config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static bool
parse_port(struct slice text, uint16_t *out)
{
	unsigned value = 0;

	if (text.len == 0 || text.len > 5)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text.data[i] - '0');
	}
	*out = (uint16_t)value;
	return value > 0 && value <= UINT16_MAX;
}

/* A name of the config, or one that may be. */
static bool
keep_name(struct slice name, struct redis_address *out)
{
	if (name.len == 0 || name.len > REDIS_NAME_MAX || slice_has_nul(name))
		return false;
	memset(out->host, 0, sizeof(out->host));
	memset(out->name, 0, sizeof(out->name));
	for (size_t i = 0; i < name.len; i++)
		out->name[i] = (char)tolower(name.data[i]);
	return config_is_dns_name(out->name);
}

static bool
keep_host(struct slice host, struct redis_address *out)
{
	if (host.len == 0 || host.len >= sizeof(out->host) ||
		slice_has_nul(host))
		return false;
	memset(out->host, 0, sizeof(out->host));
	memset(out->name, 0, sizeof(out->name));
	memcpy(out->host, host.data, host.len);
	return true;
}

static bool
keep_numeric(struct slice host, struct redis_address *out)
{
	uint8_t address[sizeof(struct in6_addr)];

	return keep_host(host, out) &&
	       (inet_pton(AF_INET, out->host, address) == 1 ||
		       inet_pton(AF_INET6, out->host, address) == 1);
}

static bool
last_colon(struct slice text, size_t *at)
{
	for (size_t i = text.len; i > 0; i--)
		if (text.data[i - 1] == ':') {
			*at = i - 1;
			return true;
		}
	return false;
}

bool
redis_address_parse_network(struct slice text, struct redis_address *out)
{
	struct slice host;
	size_t colon;
	bool bracketed;

	if (!last_colon(text, &colon))
		return false;
	host = slice_of(text.data, colon);
	bracketed = host.len > 2 && host.data[0] == '[' &&
		    host.data[host.len - 1] == ']';
	if (bracketed)
		host = slice_of(host.data + 1, host.len - 2);
	out->kind = REDIS_TCP;
	return (keep_numeric(host, out) ||
		       (!bracketed && keep_name(host, out))) &&
	       parse_port(slice_of(text.data + colon + 1, text.len - colon - 1),
		       &out->port);
}

bool
redis_address_is_named(const struct redis_address *address)
{
	return address->host[0] == '\0';
}

enum jwt_reason
redis_address_parse(
	const char *text, struct redis_address *out, struct report *r)
{
	struct redis_address address = { 0 };
	bool good = false;

	if (strncmp(text, "unix:/", 6) == 0) {
		address.kind = REDIS_UNIX;
		good = keep_host(slice_of_string(text + 5), &address);
	} else if (strncmp(text, "tcp:", 4) == 0 ||
		   strncmp(text, "tls:", 4) == 0) {
		address.tls = text[1] == 'l';
		good = redis_address_parse_network(
			slice_of_string(text + 4), &address);
	}
	if (!good)
		return report(r, JWT_CONFIG_ERROR,
			"redis address %s: expected \"unix:/PATH\", "
			"\"tcp:HOST:PORT\" or "
			"\"tls:HOST:PORT\" " CONFIG_REDIS_HOST,
			text);
	*out = address;
	return JWT_OK;
}

bool
redis_address_equal(
	const struct redis_address *a, const struct redis_address *b)
{
	return a->kind == b->kind && a->tls == b->tls && a->port == b->port &&
	       strcmp(a->host, b->host) == 0 &&
	       (strcmp(a->name, b->name) == 0 ||
		       (!a->tls && !redis_address_is_named(a)));
}

void
redis_address_format(
	const struct redis_address *address, char out[REDIS_ADDRESS_MAX])
{
	const char *scheme = address->tls ? "tls" : "tcp";
	const bool v6 = strchr(address->host, ':') != NULL;
	const bool both = address->name[0] != '\0';

	if (address->kind == REDIS_UNIX)
		snprintf(out, REDIS_ADDRESS_MAX, "unix:%s", address->host);
	else if (redis_address_is_named(address))
		snprintf(out, REDIS_ADDRESS_MAX, "%s:%s:%u", scheme,
			address->name, address->port);
	else
		snprintf(out, REDIS_ADDRESS_MAX, "%s:%s%s%s:%u%s%s%s", scheme,
			v6 ? "[" : "", address->host, v6 ? "]" : "",
			address->port, both ? " (" : "", address->name,
			both ? ")" : "");
}

socklen_t
redis_address_fill(
	const struct redis_address *address, struct sockaddr_storage *ss)
{
	struct sockaddr_un *un = (struct sockaddr_un *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	_Static_assert(sizeof(address->host) == sizeof(un->sun_path), "fits");
	memset(ss, 0, sizeof(*ss));
	if (address->kind == REDIS_UNIX) {
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, address->host, sizeof(address->host));
		return sizeof(*un);
	}
	if (inet_pton(AF_INET, address->host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(address->port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, address->host, &in6->sin6_addr) != 1)
		return 0;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(address->port);
	return sizeof(*in6);
}
