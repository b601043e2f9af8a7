#include "rbit.hpp"

#include <cstdio>
#include <cstdlib>

#include "runner.h"

namespace {

std::string text_of(const runner_string_t& text) {
    return {reinterpret_cast<const char*>(text.ptr), text.len};
}

std::optional<std::string> text_of(const runner_option_string_t& text) {
    return text.is_some ? std::optional(text_of(text.val)) : std::nullopt;
}

void give(runner_string_t& place, std::string_view text) {
    runner_string_dup_n(&place, text.data(), text.size());
}

rbit::Request request_of(const runner_build_request_t& told) {
    return {
        .job = text_of(told.job),
        .package = text_of(told.package),
        .version = text_of(told.version),
        .arch = text_of(told.arch),
        .suite = text_of(told.suite),
        .dist = text_of(told.dist),
        .format = text_of(told.format),
        .build_env = text_of(told.build_env),
        .master = told.master,
        .transport = {text_of(told.transport.method), text_of(told.transport.uri), text_of(told.transport.vcs_id)},
        .commands = text_of(told.commands),
        .timestamp = told.timestamp,
        .attempt = told.attempt,
    };
}

rbit::Settings settings_of(const runner_list_tuple2_string_string_t& told) {
    rbit::Settings settings;
    for (size_t i = 0; i < told.len; i++) settings.emplace_back(text_of(told.ptr[i].f0), text_of(told.ptr[i].f1));
    return settings;
}

}  // namespace

std::optional<std::string> rbit::Settings::get(std::string_view key) const {
    for (const auto& [name, value] : *this)
        if (name == key) return value;
    return std::nullopt;
}

extern "C" bool exports_runner_run(runner_build_request_t* request, runner_list_tuple2_string_string_t* settings,
                                   runner_list_string_t* files, runner_error_t* error) {
    const rbit::Result result = rbit::run(request_of(*request), settings_of(*settings));
    // Nothing is written out at the end of a program that has no end.
    std::fflush(nullptr);
    if (!result) {
        const bool is_failed = result.error().kind == rbit::Error::Kind::failed;
        error->tag = is_failed ? RBIT_RUNNER_TYPES_ERROR_FAILED : RBIT_RUNNER_TYPES_ERROR_BLOCKED;
        give(is_failed ? error->val.failed : error->val.blocked, result.error().text);
        return false;
    }
    files->len = result->size();
    files->ptr = static_cast<runner_string_t*>(std::calloc(result->size() + 1, sizeof *files->ptr));
    for (size_t i = 0; i < result->size(); i++) give(files->ptr[i], (*result)[i]);
    return true;
}
