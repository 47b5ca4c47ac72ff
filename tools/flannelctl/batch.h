/* SPDX-License-Identifier: GPL-2.0 */
/* Many changes from a file. */
#ifndef FLANNELCTL_BATCH_H
#define FLANNELCTL_BATCH_H

#include "lib/error.h"

/**
 * batch_run - apply the changes in a file
 * @path: file with one command per line, or "-" for standard input
 * @err: error, with file and line
 *
 * The whole file is read first: if a line is invalid, nothing is changed.
 *
 * Return: 0 or a negative errno.
 */
int batch_run(const char *path, struct flc_error *err);

#endif
