/* The contract suite's guest in C: see the README beside this folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rbit.h"

static bool put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    return file && fputs(text, file) >= 0 && fclose(file) == 0;
}

static void tell(FILE *file, const char *key, runner_string_t value) {
    fprintf(file, "%s=", key);
    fwrite(value.ptr, 1, value.len, file);
    putc('\n', file);
}

static void tell_option(FILE *file, const char *key, runner_option_string_t value) {
    if (value.is_some) tell(file, key, value.val);
    else fprintf(file, "%s\n", key);
}

static bool tells(const rbit_request *request, const rbit_settings *settings, rbit_result *result) {
    const char *name = "/output/told.txt";
    FILE *file = fopen(name, "w");
    tell(file, "job", request->job);
    tell(file, "package", request->package);
    tell(file, "version", request->version);
    tell(file, "arch", request->arch);
    tell(file, "suite", request->suite);
    tell(file, "dist", request->dist);
    tell(file, "format", request->format);
    tell_option(file, "build-env", request->build_env);
    fprintf(file, "master=%s\n", request->master ? "true" : "false");
    tell(file, "method", request->transport.method);
    tell_option(file, "uri", request->transport.uri);
    tell_option(file, "vcs-id", request->transport.vcs_id);
    tell_option(file, "commands", request->commands);
    fprintf(file, "timestamp=%llu\nattempt=%u\n", (unsigned long long)request->timestamp, (unsigned)request->attempt);
    for (size_t i = 0; i < settings->len; i++) tell(file, rbit_text(settings->ptr[i].f0), settings->ptr[i].f1);
    fclose(file);
    return rbit_done(result, 1, &name);
}

static bool several(rbit_result *result) {
    const char *files[] = {"/output/one.txt", "/output/folder/two.txt", "/output/drei ß.txt"};
    mkdir("/output/folder", 0777);
    for (int i = 0; i < 3; i++)
        if (!put(files[i], rbit_format("%d\n", i + 1))) return rbit_failed(result, "cannot write `%s`", files[i]);
    return rbit_done(result, 3, files);
}

static bool reads(const char *folder, rbit_result *result) {
    char text[4096];
    FILE *file = fopen(rbit_format("%s/text.txt", folder), "r");
    if (!file) return rbit_failed(result, "cannot open the file of the mount");
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = 0;
    const char *name = "/output/read.txt";
    put(name, text);
    return rbit_done(result, 1, &name);
}

static bool escapes(const char *folder, rbit_result *result) {
    const char *ways[] = {"/etc/passwd", "/work/../etc/passwd", rbit_format("%s/../../etc/passwd", folder)};
    for (int i = 0; i < 3; i++)
        if (fopen(ways[i], "r")) return rbit_failed(result, "read `%s`", ways[i]);
    if (fopen(rbit_format("%s/new.txt", folder), "w")) return rbit_failed(result, "wrote to the mount");
    return rbit_done(result, 0, NULL);
}

static void eats(void) {
    for (;;) {
        char *memory = malloc(1 << 20);
        if (!memory) abort();
        for (volatile char *byte = memory; byte < memory + (1 << 20); byte += 4096) *byte = 1;
    }
}

static bool marks(rbit_result *result) {
    static bool is_marked = false;
    if (is_marked) return rbit_failed(result, "a variable was set");
    is_marked = true;
    const char *files[] = {"/work/mark", "/output/mark"};
    for (int i = 0; i < 2; i++) {
        if (access(files[i], F_OK) == 0) return rbit_failed(result, "`%s` was there", files[i]);
        if (!put(files[i], "mark\n")) return rbit_failed(result, "cannot write `%s`", files[i]);
    }
    return rbit_done(result, 0, NULL);
}

bool rbit_run(const rbit_request *request, const rbit_settings *settings, rbit_result *result) {
    const char *which = rbit_setting(settings, "case");
    const char *text = rbit_setting(settings, "text"), *folder = rbit_setting(settings, "folder");
    if (!strcmp(which, "tells")) return tells(request, settings, result);
    if (!strcmp(which, "none")) return rbit_done(result, 0, NULL);
    if (!strcmp(which, "several")) return several(result);
    if (!strcmp(which, "fails")) return rbit_failed(result, "%s", text);
    if (!strcmp(which, "blocks")) return rbit_blocked(result, "%s", text);
    if (!strcmp(which, "reads")) return reads(folder, result);
    if (!strcmp(which, "escapes")) return escapes(folder, result);
    if (!strcmp(which, "eats")) eats();
    if (!strcmp(which, "marks")) return marks(result);
    if (!strcmp(which, "spins"))
        for (volatile unsigned i = 0;; i++);
    if (!strcmp(which, "crashes")) {
        fprintf(stderr, "on purpose\n");
        abort();
    }
    if (!strcmp(which, "prints")) {
        printf("out: ä\n");
        fprintf(stderr, "err: ä\n");
        return rbit_done(result, 0, NULL);
    }
    return rbit_failed(result, "there is no case `%s`", which);
}
