/* SPDX-License-Identifier: ISC */
/* Plain or TLS: chosen once, when the connection is made. */
#include "revocation/redis_transport.h"

enum jwt_reason
redis_connect(const struct redis_address *address, const struct redis_tls *tls,
	int64_t deadline, struct redis_connection *out, struct report *r)
{
	JWT_AUTO(fd) fd = -1;

	*out = REDIS_DISCONNECTED;
	/* Never in the clear what was to be hidden. */
	if (address->tls && tls == NULL)
		return report(r, JWT_CONFIG_ERROR, "redis: no tls settings");
	JWT_TRY(redis_socket_connect(address, deadline, &fd, r));
	if (address->tls)
		JWT_TRY(redis_tls_start(
			tls, address, fd, deadline, &out->ssl, r));
	out->fd = fd;
	fd = -1;
	return JWT_OK;
}

void
redis_disconnect(struct redis_connection *connection)
{
	redis_tls_stop(connection->ssl);
	if (connection->fd >= 0)
		close(connection->fd);
	*connection = REDIS_DISCONNECTED;
}

enum jwt_reason
redis_send(const struct redis_connection *connection, struct slice bytes,
	int64_t deadline, struct report *r)
{
	if (connection->ssl != NULL)
		return redis_tls_send(
			connection->ssl, connection->fd, bytes, deadline, r);
	return redis_socket_send(connection->fd, bytes, "send", deadline, r);
}

enum jwt_reason
redis_receive(const struct redis_connection *connection, uint8_t *out,
	size_t size, size_t *got, int64_t deadline, struct report *r)
{
	if (connection->ssl != NULL)
		return redis_tls_receive(connection->ssl, connection->fd, out,
			size, got, deadline, r);
	return redis_socket_receive(
		connection->fd, out, size, got, "answer", deadline, r);
}

bool
redis_is_quiet(const struct redis_connection *connection)
{
	return connection->fd >= 0 && redis_socket_is_quiet(connection->fd) &&
	       (connection->ssl == NULL || redis_tls_is_quiet(connection->ssl));
}
