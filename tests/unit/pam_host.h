/* SPDX-License-Identifier: ISC */
/*
 * A host program for the module: a private mount namespace with its folders
 * (PAM_TEST_ROOT, which the module under test was built with), a service
 * file a role, a conversation that answers from a list, and real libpam.
 */
#ifndef JWT_TESTS_PAM_HOST_H
#define JWT_TESTS_PAM_HOST_H

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stddef.h>

/* Debian's base-passwd has it everywhere: uid 1. */
#define HOST_USER     "daemon"
#define HOST_USER_UID 1
/* Another one: uid 2. */
#define HOST_OTHER     "bin"
#define HOST_OTHER_UID 2
/* Who the stand-in runs as. */
#define HOST_HELPER_UID 65533

/* What a PAM_IGNORE of the module becomes, so that it can be told apart. */
#define HOST_IGNORED PAM_TRY_AGAIN

/* What one process of a scenario saw; in memory shared with the test. */
struct seen {
	int result[16];
	char said[2048];    /* messages, a line each */
	char prompts[2048]; /* the same of prompts */
	char asked[16384];  /* the stand-in's notes */
	char log[16384];    /* the system log's lines */
};

/* False: not root. Else everything is in place, or the program ends. */
bool host_setup(void);
/* Forgets records, notes and rules; options of the service "svc". */
void host_reset(const char *options);
/* Only the options of the service; as root, in the scenario's process. */
void host_service(const char *options);
/* "PURPOSE TOKEN WHAT" lines for the stand-in. */
void host_rules(const char *rules);
void host_write(const char *path, const char *text, unsigned mode);
/* Runs fn in a child and waits for it; everything it saw is returned. */
const struct seen *host_run(void (*fn)(struct seen *seen));
/* The same inside a child, in the same memory: for a grandchild. */
void host_run_below(void (*fn)(struct seen *seen), struct seen *seen);
/* The next pamh of this process; replies end with NULL. */
pam_handle_t *host_start(
	struct seen *seen, const char *user, const char *const *replies);
/* How many files a folder below PAM_TEST_ROOT holds. */
size_t host_count(const char *folder);
/* As sudo runs: real uid the user's, effective uid root's. */
void host_become_sudo_of(unsigned uid);
/* As pam_loginuid does: a fresh audit session. */
bool host_login_uid(unsigned uid);

#endif
