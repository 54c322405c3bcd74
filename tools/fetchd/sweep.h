/* SPDX-License-Identifier: ISC */
#ifndef JWT_FETCHD_SWEEP_H
#define JWT_FETCHD_SWEEP_H

/*
 * Removes temporary files ("NAME.json.XXXXXX") that a killed writer left in
 * the cache folder, once they are a minute old: a writer may be at work.
 */
void sweep_temporary_files(const char *dir);

#endif
