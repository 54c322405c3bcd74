/* SPDX-License-Identifier: ISC */
#include "notify.h"

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define NOTIFY_MAX 512 /* bytes of a datagram; a longer status is cut */

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static socklen_t address_len;

static int64_t watchdog_ms;

void
notify_setup(const char *path, const char *watchdog_usec)
{
	size_t len = path != NULL ? strlen(path) : 0;
	int64_t usec = watchdog_usec != NULL ? atoll(watchdog_usec) : 0;

	/* '@' stands for the NUL of an abstract address. */
	if (len == 0 || len >= sizeof(address.sun_path) ||
		(path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	watchdog_ms = usec > 0 ? usec / 1000 : 0;
	address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void
notify_send(const char *format, ...)
{
	char text[NOTIFY_MAX];
	va_list args;

	if (address_len == 0)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	JWT_AUTO(fd) fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* Nothing to do about a failure: systemd's own deadline ends us. */
	if (fd >= 0)
		(void)sendto(fd, text, strlen(text),
			MSG_NOSIGNAL | MSG_DONTWAIT,
			(const struct sockaddr *)&address, address_len);
}

void
notify_reloading(void)
{
	notify_send("RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)clock_monotonic_ms() * 1000);
}

int64_t
notify_watchdog_ms(void)
{
	return watchdog_ms;
}
