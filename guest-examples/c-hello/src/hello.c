/* A first runner: greets whom the operator configured, and writes one file, or two. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rbit.h"

/* Package and version come from a stranger's message: what they make must be the name of a file, not a way to another folder. */
static bool is_file_name(runner_string_t part) {
    return !memchr(part.ptr, '/', part.len) && !memchr(part.ptr, 0, part.len);
}

/* False, with `errno`, if the file cannot be written whole. */
static bool write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (!file) return false;
    bool is_written = fputs(text, file) >= 0;
    return fclose(file) == 0 && is_written;
}

/* NULL, with `errno`, if the file cannot be read. */
static char *read_file(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) return NULL;
    char *text = "", part[4096];
    for (size_t length; (length = fread(part, 1, sizeof part, file)) > 0;)
        text = rbit_format("%s%.*s", text, (int)length, part);
    bool is_read = !ferror(file);
    fclose(file);
    return is_read ? text : NULL;
}

bool rbit_run(const rbit_request *request, const rbit_settings *settings, rbit_result *result) {
    const char *name = rbit_setting(settings, "name");
    if (!name) return rbit_failed(result, "a `name` was not configured");
    const char *package = rbit_text(request->package), *version = rbit_text(request->version);
    printf("Hello %s!\nBuilding %s\n", name, package);

    if (!is_file_name(request->package) || !is_file_name(request->version))
        return rbit_failed(result, "`%s-%s.txt` is no file name", package, version);
    const char *greeting = rbit_format("Hello %s! This is %s %s.\n", name, package, version);
    const char *file = rbit_format("/output/%s-%s.txt", package, version);
    if (!write_file(file, greeting)) return rbit_failed(result, "cannot write `%s`: %s", file, strerror(errno));

    const char *stationery = rbit_setting(settings, "stationery");
    if (!stationery) return rbit_done(result, 1, &file);

    /* A folder that the operator listed under `mounts`: its value is where it is in here. */
    const char *head = rbit_format("%s/letterhead.txt", stationery);
    const char *letterhead = read_file(head);
    if (!letterhead && errno == ENOENT) return rbit_blocked(result, "`%s` is not there yet", head);
    if (!letterhead) return rbit_failed(result, "cannot read `%s`: %s", head, strerror(errno));
    const char *letter = rbit_format("/output/%s-%s.letter.txt", package, version);
    if (!write_file(letter, rbit_format("%s\n%s", letterhead, greeting)))
        return rbit_failed(result, "cannot write `%s`: %s", letter, strerror(errno));
    return rbit_done(result, 2, (const char *[]){file, letter});
}
