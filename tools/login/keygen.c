/* SPDX-License-Identifier: ISC */
/*
 * ssh-keygen, which has the private key or knows the agent that has it. It
 * writes beside the public key that it is given, so it gets a copy in a
 * folder of our own, and a half-written file never stands where ssh looks.
 */
#include "login.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define ARGUMENTS_MAX 20
#define FOLDER_NAME   "jwt-login.XXXXXX"

struct folder {
	char path[PATH_MAX - 32];
	char public_key[PATH_MAX], certificate[PATH_MAX];
};

static enum login_exit
make_folder(struct folder *folder, struct slice key_words)
{
	const char *base = getenv("TMPDIR");
	struct report report = { 0 };

	if (base == NULL || base[0] != '/')
		base = "/tmp";
	if (snprintf(folder->path, sizeof(folder->path), "%s/" FOLDER_NAME,
		    base) >= (int)sizeof(folder->path))
		return login_say(LOGIN_FAILED, "TMPDIR is too long");
	if (mkdtemp(folder->path) == NULL)
		return login_say(
			LOGIN_FAILED, "%s: %s", folder->path, strerror(errno));
	snprintf(folder->public_key, PATH_MAX, "%s/key.pub", folder->path);
	snprintf(
		folder->certificate, PATH_MAX, "%s/key-cert.pub", folder->path);
	if (!file_write(folder->public_key, key_words, 0600, (uid_t)-1,
		    (gid_t)-1, &report)) {
		rmdir(folder->path);
		return login_say(LOGIN_FAILED, "%s", report.text);
	}
	return LOGIN_DONE;
}

static void
remove_folder(const struct folder *folder)
{
	unlink(folder->certificate);
	unlink(folder->public_key);
	rmdir(folder->path);
}

/*
 * A passphrase is asked for on standard input if that is a terminal; the
 * token may have come that way, so the terminal is looked up by name.
 */
static void
give_terminal(void)
{
	int fd;

	if (isatty(STDIN_FILENO))
		return;
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		_exit(126);
}

/*
 * While ssh-keygen asks for a passphrase, Ctrl-C is for it: we stay, to
 * clear up behind it.
 */
static enum login_exit
run(char *const argv[])
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction interrupt, quit;
	pid_t child, got;
	int status = 0;

	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	child = fork();
	if (child == 0) {
		sigaction(SIGINT, &interrupt, NULL);
		sigaction(SIGQUIT, &quit, NULL);
		give_terminal();
		execvp(argv[0], argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	do
		got = child < 0 ? -1 : waitpid(child, &status, 0);
	while (got < 0 && child > 0 && errno == EINTR);
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	if (got < 0)
		return login_say(
			LOGIN_FAILED, "ssh-keygen: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return LOGIN_DONE;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return login_say(LOGIN_FAILED,
			"ssh-keygen is not there: install OpenSSH's client");
	return login_say(LOGIN_FAILED, "ssh-keygen did not sign");
}

/* Pointers into other people's constants: execvp changes none of them. */
struct arguments {
	char *item[ARGUMENTS_MAX];
	size_t count;
};

static void
add(struct arguments *a, const char *item)
{
	if (a->count + 1 < ARGUMENTS_MAX)
		memcpy(&a->item[a->count++], &item, sizeof(item));
}

static enum login_exit
sign(const struct certificate_wish *wish, const struct folder *folder)
{
	const struct login_options *options = wish->options;
	bool agent = options->agent || access(options->key, F_OK) != 0;
	JWT_AUTO(buffer) extension = BUFFER(LOGIN_TEXT_MAX);
	char serial[24], validity[64];
	struct arguments a = { 0 };

	snprintf(serial, sizeof(serial), "%" PRIu64, wish->serial);
	snprintf(validity, sizeof(validity), "0x%" PRIx64 ":0x%" PRIx64,
		(uint64_t)wish->begin, (uint64_t)wish->end);
	if (!buffer_append_string(
		    &extension, "extension:" SSH_CERT_EXTENSION "=") ||
		!buffer_append_slice(&extension, wish->token))
		return login_say(LOGIN_FAILED, "out of memory");
	add(&a, "ssh-keygen");
	add(&a, "-q");
	if (agent)
		add(&a, "-U");
	add(&a, "-s");
	add(&a, agent ? folder->public_key : options->key);
	if (wish->key_words.len > 8 &&
		memcmp(wish->key_words.data, "ssh-rsa ", 8) == 0) {
		add(&a, "-t"); /* old releases would sign with SHA-1 */
		add(&a, "rsa-sha2-512");
	}
	add(&a, "-I");
	add(&a, "jwtauth");
	add(&a, "-n");
	add(&a, SSH_CERT_PRINCIPAL);
	add(&a, "-z");
	add(&a, serial);
	add(&a, "-V");
	add(&a, validity);
	add(&a, "-O"); /* the permit-* extensions are there by default */
	add(&a, buffer_string(&extension));
	add(&a, folder->public_key);
	return run(a.item);
}

enum login_exit
keygen_certify(const struct certificate_wish *wish, struct buffer *out)
{
	struct folder folder;
	enum login_exit status = make_folder(&folder, wish->key_words);

	if (status != LOGIN_DONE)
		return status;
	status = sign(wish, &folder);
	if (status == LOGIN_DONE)
		status = login_read(folder.certificate, false, out);
	remove_folder(&folder);
	return status;
}
