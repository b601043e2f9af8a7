#include "rbit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rbit_result {
    runner_list_string_t *files;
    runner_error_t *error;
};

bool exports_runner_run(runner_build_request_t *request, runner_list_tuple2_string_string_t *settings,
                        runner_list_string_t *files, runner_error_t *error) {
    rbit_result result = {files, error};
    bool is_done = rbit_run(request, settings, &result);
    /* Nothing is written out at the end of a program that has no end. */
    fflush(NULL);
    return is_done;
}

/* Memory that is not there ends the job, as `memory-limit`. */
static void *allocate(size_t size) {
    void *memory = malloc(size ? size : 1);
    if (!memory) abort();
    return memory;
}

static char *format_list(const char *format, va_list values) {
    va_list again;
    va_copy(again, values);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) abort();
    char *text = allocate((size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, values);
    return text;
}

char *rbit_format(const char *format, ...) {
    va_list values;
    va_start(values, format);
    char *text = format_list(format, values);
    va_end(values);
    return text;
}

char *rbit_text(runner_string_t text) {
    char *copy = allocate(text.len + 1);
    if (text.len) memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    return copy;
}

const char *rbit_setting(const rbit_settings *settings, const char *key) {
    for (size_t i = 0; i < settings->len; i++) {
        runner_string_t name = settings->ptr[i].f0;
        if (name.len == strlen(key) && !memcmp(name.ptr, key, name.len)) return rbit_text(settings->ptr[i].f1);
    }
    return NULL;
}

bool rbit_done(rbit_result *result, size_t count, const char *const *files) {
    result->files->len = count;
    result->files->ptr = allocate(count * sizeof *result->files->ptr);
    for (size_t i = 0; i < count; i++) runner_string_dup(&result->files->ptr[i], files[i]);
    return true;
}

bool rbit_failed(rbit_result *result, const char *format, ...) {
    va_list values;
    va_start(values, format);
    result->error->tag = RBIT_RUNNER_TYPES_ERROR_FAILED;
    runner_string_set(&result->error->val.failed, format_list(format, values));
    va_end(values);
    return false;
}

bool rbit_blocked(rbit_result *result, const char *format, ...) {
    va_list values;
    va_start(values, format);
    result->error->tag = RBIT_RUNNER_TYPES_ERROR_BLOCKED;
    runner_string_set(&result->error->val.blocked, format_list(format, values));
    va_end(values);
    return false;
}
