/* What makes the generated bindings comfortable in C. Copy it, with rbit.c, into a runner of your own.
 *
 * An instance does one job and is gone: nothing here is ever freed. */
#pragma once

#include <stddef.h>

#include "runner.h"

typedef runner_build_request_t rbit_request;
typedef runner_list_tuple2_string_string_t rbit_settings;

/* How a job ended: by one of the functions below. */
typedef struct rbit_result rbit_result;

/* You write this one: it does the job, and returns what one of the next three returned. */
bool rbit_run(const rbit_request *request, const rbit_settings *settings, rbit_result *result);

/* The job is done; these files, absolute paths below /output, are delivered. */
bool rbit_done(rbit_result *result, size_t count, const char *const *files);

/* The job will not succeed by being tried again. Takes a format, as printf does. */
[[gnu::format(printf, 2, 3)]] bool rbit_failed(rbit_result *result, const char *format, ...);

/* Something is not there yet, and the job is to come again later. */
[[gnu::format(printf, 2, 3)]] bool rbit_blocked(rbit_result *result, const char *format, ...);

/* The value of a setting; NULL if it was not configured. */
const char *rbit_setting(const rbit_settings *settings, const char *key);

/* A text of the host with a NUL at its end. What follows a NUL that is in it is lost: compare its length. */
char *rbit_text(runner_string_t text);

/* A text by a format, as printf does, of any length. */
[[gnu::format(printf, 1, 2)]] char *rbit_format(const char *format, ...);
