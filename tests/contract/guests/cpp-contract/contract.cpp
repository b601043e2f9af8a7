// The contract suite's guest in C++: see the README beside this folder.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "rbit.hpp"

using std::string;

namespace {

rbit::Result put(const string& name, const string& text) {
    const string path = "/output/" + name;
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (!file || std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fclose(file))
        return rbit::failed("cannot write `" + path + "`");
    return {{path}};
}

rbit::Result tells(const rbit::Request& request, const rbit::Settings& settings) {
    string told;
    auto tell = [&](const string& key, const string& value) { told += key + "=" + value + "\n"; };
    auto option = [&](const string& key, const std::optional<string>& value) {
        if (value) tell(key, *value);
        else told += key + "\n";
    };
    tell("job", request.job);
    tell("package", request.package);
    tell("version", request.version);
    tell("arch", request.arch);
    tell("suite", request.suite);
    tell("dist", request.dist);
    tell("format", request.format);
    option("build-env", request.build_env);
    tell("master", request.master ? "true" : "false");
    tell("method", request.transport.method);
    option("uri", request.transport.uri);
    option("vcs-id", request.transport.vcs_id);
    option("commands", request.commands);
    tell("timestamp", std::to_string(request.timestamp));
    tell("attempt", std::to_string(request.attempt));
    for (const auto& [key, value] : settings) tell(key, value);
    return put("told.txt", told);
}

rbit::Result several() {
    mkdir("/output/folder", 0777);
    std::vector<string> files;
    int number = 0;
    for (const char* name : {"one.txt", "folder/two.txt", "drei ß.txt"}) {
        auto written = put(name, std::to_string(++number) + "\n");
        if (!written) return written;
        files.push_back(written->front());
    }
    return files;
}

rbit::Result reads(const string& folder) {
    std::FILE* file = std::fopen((folder + "/text.txt").c_str(), "r");
    if (!file) return rbit::failed("cannot open the file of the mount");
    string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    return put("read.txt", text);
}

rbit::Result escapes(const string& folder) {
    for (const string& way : {string("/etc/passwd"), string("/work/../etc/passwd"), folder + "/../../etc/passwd"})
        if (std::fopen(way.c_str(), "r")) return rbit::failed("read `" + way + "`");
    if (std::fopen((folder + "/new.txt").c_str(), "w")) return rbit::failed("wrote to the mount");
    return {};
}

[[noreturn]] void eats() {
    for (std::vector<string> taken;;) taken.emplace_back(1 << 20, 'x');
}

rbit::Result marks() {
    static bool is_marked = false;
    if (is_marked) return rbit::failed("a variable was set");
    is_marked = true;
    for (const string file : {"/work/mark", "/output/mark"}) {
        if (access(file.c_str(), F_OK) == 0) return rbit::failed("`" + file + "` was there");
        std::FILE* mark = std::fopen(file.c_str(), "w");
        if (!mark || std::fclose(mark)) return rbit::failed("cannot write `" + file + "`");
    }
    return {};
}

}  // namespace

rbit::Result rbit::run(const Request& request, const Settings& settings) {
    const string which = settings.get("case").value_or("");
    const string text = settings.get("text").value_or(""), folder = settings.get("folder").value_or("");
    if (which == "tells") return tells(request, settings);
    if (which == "none") return {};
    if (which == "several") return several();
    if (which == "fails") return failed(text);
    if (which == "blocks") return blocked(text);
    if (which == "reads") return reads(folder);
    if (which == "escapes") return escapes(folder);
    if (which == "eats") eats();
    if (which == "marks") return marks();
    if (which == "spins")
        for (volatile unsigned i = 0;; i = i + 1);
    if (which == "crashes") {
        std::fputs("on purpose\n", stderr);
        std::abort();
    }
    if (which == "prints") {
        std::puts("out: ä");
        std::fputs("err: ä\n", stderr);
        return {};
    }
    return failed("there is no case `" + which + "`");
}
