/* SPDX-License-Identifier: ISC */
/* What systemd wants to be told (sd_notify(3)), by one datagram. */
#ifndef JWT_FETCHD_NOTIFY_H
#define JWT_FETCHD_NOTIFY_H

/* Takes $NOTIFY_SOCKET, before the environment is cleared. */
void notify_setup(const char *socket_path);

/* Lines such as "READY=1\nSTATUS=...". Nothing without a socket. */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
