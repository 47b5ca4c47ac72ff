/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configurations of delegates are saved in files, so DEL undoes what ADD did, even if
 * subnet.env has changed since.
 *
 * Each interface has a file ID:IFNAME. The first one of a container also has a hard link
 * ID. flannel's own plug-in uses that name, so it finds what this one saved. A file ID
 * without a second link is from flannel's plug-in.
 */
#ifndef CNI_SAVED_H
#define CNI_SAVED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/**
 * saved_put - save a configuration
 * @dir: folder, created if missing
 * @id: of the container
 * @ifname: of the interface
 * @conf: to be saved
 * @fresh: nothing was saved for that interface before
 * @err: why it failed; then nothing has changed
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
 * @damaged: the file exists but is not JSON
 * @err: why it cannot be read
 *
 * Return: a new object; or NULL, with CNI_OK in @err if there is none.
 */
json_t *saved_get(const char *dir, const char *id, const char *ifname,
		  bool *damaged, struct cni_error *err);

/* Deletes a configuration, if there is one. Return: 0 or -1. */
int saved_remove(const char *dir, const char *id, const char *ifname,
		 struct cni_error *err);

/**
 * struct saved_name - the owner of a file
 * @id: of the container
 * @ifname: of the interface; NULL if flannel's plug-in, which does not save it, made the file
 */
struct saved_name {
	char *id;
	char *ifname;
};

/**
 * saved_list - list all saved configurations
 * @dir: folder
 * @names: to be freed with saved_list_free()
 * @count: of @names
 * @err: why it cannot be read; a missing folder counts as empty
 *
 * Return: 0 or -1.
 */
int saved_list(const char *dir, struct saved_name **names, size_t *count,
	       struct cni_error *err);

void saved_list_free(struct saved_name *names, size_t count);

#endif
