// What makes the generated bindings comfortable in C++. Copy it, with rbit.cpp, into a runner of your own.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rbit {

// Where the sources of a package are.
struct Transport {
    std::string method;
    std::optional<std::string> uri, vcs_id;
};

// One job, as the front-end described it. Its texts are a stranger's.
struct Request {
    std::string job, package, version, arch, suite, dist, format;
    std::optional<std::string> build_env;
    bool master;
    Transport transport;
    std::optional<std::string> commands;
    std::uint64_t timestamp;
    std::uint32_t attempt;
};

// The keys and values of the runner's section in the INI file, in its order.
struct Settings : std::vector<std::pair<std::string, std::string>> {
    std::optional<std::string> get(std::string_view key) const;
};

// Why a job is not done.
struct Error {
    enum class Kind { failed, blocked } kind;
    std::string text;
};

// The files to deliver, as absolute paths below /output; or why there are none.
using Result = std::expected<std::vector<std::string>, Error>;

// It will not succeed by being tried again.
inline std::unexpected<Error> failed(std::string text) {
    return std::unexpected(Error{Error::Kind::failed, std::move(text)});
}

// Something is not there yet, and the job is to come again later.
inline std::unexpected<Error> blocked(std::string text) {
    return std::unexpected(Error{Error::Kind::blocked, std::move(text)});
}

// You write this one: it does the job.
Result run(const Request& request, const Settings& settings);

}  // namespace rbit
