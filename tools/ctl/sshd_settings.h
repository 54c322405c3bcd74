/* SPDX-License-Identifier: ISC */
/*
 * What sshd makes of its configuration, and where in the files a setting
 * comes from.
 */
#ifndef JWT_CTL_SSHD_SETTINGS_H
#define JWT_CTL_SSHD_SETTINGS_H

#include "base/bytes.h"
#include "base/report.h"

#include <limits.h>

#define SSHD_VALUE_MAX 4096

struct sshd_settings {
	char keys_command[SSHD_VALUE_MAX]; /* "none": there is none */
	char keys_command_user[256];
	bool pam, password, keyboard_interactive, pubkey;
};

/*
 * Asks "sshd -T" of the host in root. False: sshd isn't there, or refuses
 * its configuration; the report has its own words.
 */
bool sshd_settings_read(const char *root, struct sshd_settings *out,
	struct report *report) JWT_MUST_CHECK;
/* The same from sshd's answer. Pure. */
bool sshd_settings_parse(
	struct slice answer, struct sshd_settings *out) JWT_MUST_CHECK;

struct sshd_place {
	char path[PATH_MAX]; /* as the host sees it */
	unsigned line;	     /* 0: found nowhere */
	char setting[64];
};

/*
 * The first place in sshd_config, or in what it includes, that sets one of
 * the settings (a NULL at the end): outside of any Match block, or inside of
 * one. Files that can't be read are passed over: sshd has judged them.
 */
struct sshd_place sshd_find(
	const char *root, const char *const settings[], bool in_match);

#endif
