/* SPDX-License-Identifier: ISC */
/* sd_notify(3) without libsystemd: one datagram. */
#ifndef JWT_COMMON_NOTIFY_H
#define JWT_COMMON_NOTIFY_H

#include <stdint.h>

/* $NOTIFY_SOCKET and $WATCHDOG_USEC; NULL: nobody wants to know. */
void notify_setup(const char *path, const char *watchdog_usec);
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "RELOADING=1" with the time that systemd wants beside it. */
void notify_reloading(void);
/* The longest silence that systemd bears, in milliseconds; 0: any. */
int64_t notify_watchdog_ms(void);

#endif
