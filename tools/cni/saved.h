/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was given to delegates is kept in files, so that DEL undoes what ADD did, whatever
 * has become of subnet.env since.
 *
 * Each interface has a file ID:IFNAME. The first of a container is also a hard link ID:
 * that is the file of flannel's own plug-in, which thereby finds what was made by this
 * one. A file ID without a second link was made by flannel's plug-in.
 */
#ifndef CNI_SAVED_H
#define CNI_SAVED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/**
 * saved_put - keep a configuration
 * @dir: folder, made if it is not there
 * @id: of the container
 * @ifname: of the interface
 * @conf: to be kept
 * @fresh: nothing was kept of that interface until now
 * @err: why that failed; then nothing has changed
 *
 * Return: 0 or -1.
 */
int saved_put(const char *dir, const char *id, const char *ifname,
	      const json_t *conf, bool *fresh, struct cni_error *err);

/**
 * saved_get - find a configuration
 * @dir: folder
 * @id: of the container
 * @ifname: of the interface
 * @damaged: there is one that is not JSON
 * @err: why it cannot be read
 *
 * Return: a new object; or NULL, with CNI_OK in @err where there is none.
 */
json_t *saved_get(const char *dir, const char *id, const char *ifname,
		  bool *damaged, struct cni_error *err);

/* Forgets a configuration, if there is one. Return: 0 or -1. */
int saved_remove(const char *dir, const char *id, const char *ifname,
		 struct cni_error *err);

/**
 * struct saved_name - whose a file is
 * @id: of the container
 * @ifname: of the interface; NULL where flannel's plug-in made it, which does not say
 */
struct saved_name {
	char *id;
	char *ifname;
};

/**
 * saved_list - name all that are kept
 * @dir: folder
 * @names: to be freed with saved_list_free()
 * @count: of @names
 * @err: why it cannot be read; a folder that is not there is empty
 *
 * Return: 0 or -1.
 */
int saved_list(const char *dir, struct saved_name **names, size_t *count,
	       struct cni_error *err);

void saved_list_free(struct saved_name *names, size_t count);

#endif
