/* SPDX-License-Identifier: ISC */
/*
 * The shapes of values: what a name, a path or a URL in the configuration
 * may look like. Pure.
 */
#include "config/config_read.h"

#include <string.h>

#define LOWER	     "abcdefghijklmnopqrstuvwxyz"
#define UPPER	     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	     "0123456789"
#define HEX_DIGITS   DIGITS "abcdefABCDEF"
#define HTTPS	     "https://"
#define ID_MAX	     64
#define PROXY	     "http://"
#define SOCKS	     "socks5h://" /* "h": the proxy looks the name up */
#define PORT_DIGITS  5
#define LABEL_MAX    63
#define DNS_NAME_MAX 253 /* RFC 1035 section 2.3.4, without the dots' ends */

/* Not empty, at most max bytes, all of them of this alphabet. */
static bool
is_made_of(const char *value, const char *alphabet, size_t max)
{
	size_t len = strlen(value);

	return len > 0 && len <= max && strspn(value, alphabet) == len;
}

bool
config_is_word(const char *value)
{
	if (*value == '\0')
		return false;
	for (; *value != '\0'; value++)
		if (*value <= ' ' || *value >= 127)
			return false;
	return true;
}

/* "host", "host:port", "[address]:port"; no user, so that none is logged. */
static bool
is_authority(const char *value, size_t len)
{
	return len > 0 && strspn(value, LOWER UPPER DIGITS ".-:[]") == len &&
	       value[0] != ':' && value[0] != '-' && value[0] != '.';
}

bool
config_is_https_url(const char *value)
{
	const char *authority = value + strlen(HTTPS);

	return config_is_word(value) &&
	       strncmp(value, HTTPS, strlen(HTTPS)) == 0 &&
	       strpbrk(value, "#\"<>\\^`{|}") == NULL &&
	       strcspn(authority, "/?") > 0 &&
	       is_authority(authority, strcspn(authority, "/?"));
}

/* A port is a must: curl's own default is not what proxies listen on. */
bool
config_is_proxy_url(const char *value)
{
	const char *authority, *port;

	if (strncmp(value, PROXY, strlen(PROXY)) == 0)
		authority = value + strlen(PROXY);
	else if (strncmp(value, SOCKS, strlen(SOCKS)) == 0)
		authority = value + strlen(SOCKS);
	else
		return false;
	port = strrchr(authority, ':');
	return port != NULL && is_authority(authority, strlen(authority)) &&
	       is_made_of(port + 1, DIGITS, PORT_DIGITS);
}

bool
config_is_absolute_path(const char *value)
{
	return value[0] == '/' && value[1] != '\0' && config_is_text(value);
}

bool
config_is_host_name(const char *value)
{
	return is_made_of(value, LOWER UPPER DIGITS ".-", DNS_NAME_MAX) &&
	       value[0] != '.' && value[0] != '-';
}

/*
 * RFC 1123 section 2.1: the last label is not all digits. Nor is it a number
 * as C writes one: getaddrinfo(3) takes "0x7f.1" for an address.
 */
static bool
is_number(const char *label)
{
	if (label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
		return label[2 + strspn(label + 2, HEX_DIGITS)] == '\0';
	return label[strspn(label, DIGITS)] == '\0';
}

bool
config_is_dns_name(const char *value)
{
	const char *label = value;
	size_t len;

	if (!config_is_host_name(value))
		return false;
	for (;; label += len + 1) {
		len = strcspn(label, ".");
		if (len == 0 || len > LABEL_MAX || label[0] == '-' ||
			label[len - 1] == '-')
			return false;
		if (label[len] == '\0')
			return !is_number(label);
	}
}

bool
config_is_id(const char *value)
{
	return is_made_of(value, LOWER DIGITS "_-", ID_MAX) &&
	       value[0] != '_' && value[0] != '-';
}

bool
config_is_service_name(const char *value)
{
	return is_made_of(value, LOWER UPPER DIGITS "_.-", ID_MAX) &&
	       value[0] != '.' && value[0] != '-';
}

bool
config_is_text(const char *value)
{
	if (*value == '\0')
		return false;
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 127)
			return false;
	return true;
}

/* What no account database can hold; more is the system's own affair. */
bool
config_is_account_name(const char *value)
{
	return config_is_word(value) && strlen(value) <= JWT_NAME_MAX &&
	       value[0] != '-' && strpbrk(value, ":/,") == NULL;
}
