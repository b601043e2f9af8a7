// A first runner: greets whom the operator configured, and writes one file, or two.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "rbit.hpp"

using std::string;

namespace {

using File = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

string name_of_error() { return std::strerror(errno); }

// Package and version come from a stranger's message: what they make must be the name of a file, not a way to another folder.
bool is_file_name(const string& name) { return name.find_first_of(string("/\0", 2)) == string::npos; }

std::expected<void, rbit::Error> write(const string& path, const string& text) {
    File file(std::fopen(path.c_str(), "w"));
    if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() || std::fflush(file.get()))
        return rbit::failed("cannot write `" + path + "`: " + name_of_error());
    return {};
}

std::expected<string, rbit::Error> letterhead(const string& folder) {
    const string path = folder + "/letterhead.txt";
    File file(std::fopen(path.c_str(), "r"));
    if (!file && errno == ENOENT) return rbit::blocked("`" + path + "` is not there yet");
    if (!file) return rbit::failed("cannot read `" + path + "`: " + name_of_error());
    string text;
    char part[4096];
    while (const size_t length = std::fread(part, 1, sizeof part, file.get())) text.append(part, length);
    if (std::ferror(file.get())) return rbit::failed("cannot read `" + path + "`: " + name_of_error());
    return text;
}

}  // namespace

rbit::Result rbit::run(const Request& request, const Settings& settings) {
    const auto name = settings.get("name");
    if (!name) return failed("a `name` was not configured");
    std::printf("Hello %s!\nBuilding %s\n", name->c_str(), request.package.c_str());

    const string stem = request.package + "-" + request.version;
    if (!is_file_name(stem)) return failed("`" + stem + ".txt` is no file name");
    const string greeting = "Hello " + *name + "! This is " + request.package + " " + request.version + ".\n";
    const string file = "/output/" + stem + ".txt";
    if (auto written = write(file, greeting); !written) return std::unexpected(written.error());

    // A folder that the operator listed under `mounts`: its value is where it is in here.
    const auto stationery = settings.get("stationery");
    if (!stationery) return {{file}};
    const auto head = letterhead(*stationery);
    if (!head) return std::unexpected(head.error());
    const string letter = "/output/" + stem + ".letter.txt";
    if (auto written = write(letter, *head + "\n" + greeting); !written) return std::unexpected(written.error());
    return {{file, letter}};
}
