// SPDX-License-Identifier: GPL-2.0
/* Many changes from a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "change.h"

#define BATCH_WORDS	64

static int batch_line(char *text, unsigned int line, struct changes *changes,
		      struct flc_error *err)
{
	char *words[BATCH_WORDS], *save, *word;
	struct args args = { .word = words };
	const char *object, *verb;

	text[strcspn(text, "#\n")] = '\0';
	for (word = strtok_r(text, " \t\r", &save); word;
	     word = strtok_r(NULL, " \t\r", &save)) {
		if (args.n == BATCH_WORDS)
			return flc_error_set(err, E2BIG,
					     "too many words: the limit is %d",
					     BATCH_WORDS);
		words[args.n++] = word;
	}
	if (!args.n)
		return 0;
	object = args_next(&args);
	verb = args_next(&args);
	if (!verb || !change_is(object, verb))
		return flc_error_set(err, EINVAL,
				     "\"%s%s%s\" cannot be used in a batch: expected lease set, add, replace, del or flush, or fdb set, add, replace, append, del or flush",
				     object, verb ? " " : "", verb ? verb : "");
	return changes_read(changes, &args, object, verb, line, err);
}

static int batch_read(FILE *file, const char *name, struct changes *changes,
		      struct flc_error *err)
{
	unsigned int line = 0;
	char *text = NULL;
	size_t size = 0;
	int ret = 0;

	while (!ret && getline(&text, &size, file) >= 0) {
		line++;
		ret = batch_line(text, line, changes, err);
		if (ret)
			flc_error_prepend(err, "%s, line %u", name, line);
	}
	if (!ret && ferror(file))
		ret = flc_error_set(err, EIO, "cannot read %s: %s", name,
				    strerror(errno));
	free(text);
	return ret;
}

static int batch_apply(const struct changes *changes, const char *name,
		       struct flc_error *err)
{
	struct flc_genl *genl = flc_genl_open(err);
	unsigned int line;
	int ret;

	if (!genl)
		return -err->code;
	ret = changes_apply(changes, genl, &line, err);
	if (ret && line)
		flc_error_prepend(err, "%s, line %u (the lines before it were applied)",
				  name, line);
	else if (ret)
		flc_error_prepend(err, "%s", name);
	flc_genl_close(genl);
	return ret;
}

int batch_run(const char *path, struct flc_error *err)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	struct changes changes = { 0 };
	int ret;

	if (!file)
		return flc_error_set(err, errno, "cannot open %s: %s", path,
				     strerror(errno));
	ret = batch_read(file, name, &changes, err);
	if (file != stdin)
		fclose(file);
	if (!ret && changes.n)
		ret = batch_apply(&changes, name, err);
	changes_free(&changes);
	return ret;
}
