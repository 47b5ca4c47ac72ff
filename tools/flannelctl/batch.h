/* SPDX-License-Identifier: GPL-2.0 */
/* Many changes out of a file. */
#ifndef FLANNELCTL_BATCH_H
#define FLANNELCTL_BATCH_H

#include "lib/error.h"

/**
 * batch_run - make the changes that a file describes
 * @path: file of one command a line, or "-" for standard input
 * @err: error, with file and line
 *
 * The whole file is read first: if a line of it is wrong nothing is changed.
 *
 * Return: 0 or a negative errno.
 */
int batch_run(const char *path, struct flc_error *err);

#endif
