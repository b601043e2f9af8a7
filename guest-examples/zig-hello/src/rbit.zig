//! What makes the generated bindings comfortable in Zig. Copy it into a runner of your own.
//!
//! An instance does one job and is gone: nothing is ever freed.

const std = @import("std");
const c = @import("bindings");

/// One job, as the front-end described it. Its texts are a stranger's: `text` makes slices of them.
pub const Request = c.runner_build_request_t;
/// Allocates for as long as the job lasts.
pub const allocator = std.heap.c_allocator;

/// How a job can end otherwise than by being done: see `failed` and `blocked`.
pub const Error = error{ Failed, Blocked };

/// Clocks and the like.
pub fn io() std.Io {
    return threaded.io();
}
var threaded: std.Io.Threaded = .init_single_threaded;

/// The job will not succeed by being tried again.
pub fn failed(comptime format: []const u8, values: anytype) Error {
    reason = std.fmt.allocPrint(allocator, format, values) catch "out of memory";
    return error.Failed;
}

/// Something is not there yet, and the job is to come again later.
pub fn blocked(comptime format: []const u8, values: anytype) Error {
    reason = std.fmt.allocPrint(allocator, format, values) catch "out of memory";
    return error.Blocked;
}
var reason: []const u8 = "";

/// A line of the job's log.
pub fn print(comptime format: []const u8, values: anytype) void {
    say(.stdout(), format, values);
}

/// A line of the job's log, as an error.
pub fn printError(comptime format: []const u8, values: anytype) void {
    say(.stderr(), format, values);
}

fn say(stream: std.Io.File, comptime format: []const u8, values: anytype) void {
    const line = std.fmt.allocPrint(allocator, format ++ "\n", values) catch return;
    // A log that takes no more is no reason to fail.
    stream.writeStreamingAll(io(), line) catch {};
}

/// The content of a file; error.FileNotFound, or a failed job.
///
/// `std.Io.Dir` knows only what is in the first folder that the host granted; the C library knows all of them.
pub fn readFile(path: []const u8) ![]const u8 {
    const file = try open(path, "r", "read");
    defer _ = std.c.fclose(file);
    var data: std.ArrayList(u8) = .empty;
    var part: [4096]u8 = undefined;
    while (true) {
        const length = std.c.fread(&part, 1, part.len, file);
        if (length == 0) return data.items;
        try data.appendSlice(allocator, part[0..length]);
    }
}

/// Writes a file anew; error.FileNotFound if its folder is not there, or a failed job.
pub fn writeFile(path: []const u8, data: []const u8) !void {
    const file = try open(path, "w", "write");
    const written = std.c.fwrite(data.ptr, 1, data.len, file);
    // What was kept back is written when the file is closed, or not.
    if (std.c.fclose(file) != 0 or written != data.len) return failed("cannot write `{s}`", .{path});
}

fn open(path: []const u8, mode: [*:0]const u8, doing: []const u8) !*std.c.FILE {
    const name = try allocator.dupeSentinel(u8, path, 0);
    if (std.c.fopen(name, mode)) |file| return file;
    const cause = std.c.errno(@as(c_int, -1));
    if (cause == .NOENT) return error.FileNotFound;
    return failed("cannot {s} `{s}`: {s}", .{ doing, path, @tagName(cause) });
}

/// The keys and values of the runner's section in the INI file.
pub const Settings = struct {
    list: c.runner_list_tuple2_string_string_t,

    /// The value of a setting, if it was configured.
    pub fn get(self: Settings, key: []const u8) ?[]const u8 {
        for (0..self.list.len) |i| {
            const pair = self.list.ptr[i];
            if (std.mem.eql(u8, text(pair.f0), key)) return text(pair.f1);
        }
        return null;
    }

    /// The value of a setting without which there is nothing to do.
    pub fn require(self: Settings, key: []const u8) Error![]const u8 {
        return self.get(key) orelse failed("a `{s}` was not configured", .{key});
    }
};

/// A text of the host.
pub fn text(string: c.runner_string_t) []const u8 {
    return if (string.len == 0) "" else string.ptr[0..string.len];
}

/// A text that the host may have left out.
pub fn optional(string: c.runner_option_string_t) ?[]const u8 {
    return if (string.is_some) text(string.val) else null;
}

/// Makes `function` the runner of this component: call it in a `comptime` block. It returns the files to deliver, as absolute paths
/// below `/output`. An error that is none of the above fails the job with its name.
pub fn runner(comptime function: fn (Request, Settings) anyerror![]const []const u8) void {
    const export_ = struct {
        fn run(request: *Request, settings: *c.runner_list_tuple2_string_string_t, files: *c.runner_list_string_t, err: *c.runner_error_t) callconv(.c) bool {
            const done = function(request.*, .{ .list = settings.* }) catch |problem| {
                if (problem != error.Failed and problem != error.Blocked) reason = @errorName(problem);
                err.tag = if (problem == error.Blocked) c.RBIT_RUNNER_TYPES_ERROR_BLOCKED else c.RBIT_RUNNER_TYPES_ERROR_FAILED;
                err.val.failed = string_of(reason);
                return false;
            };
            // One more than is needed: a slice of nothing has an address that the host would refuse.
            const names = allocator.alloc(c.runner_string_t, done.len + 1) catch @panic("out of memory");
            for (names[0..done.len], done) |*name, file| name.* = string_of(file);
            files.* = .{ .ptr = names.ptr, .len = done.len };
            return true;
        }

        // The bindings free what they passed on, by the C library.
        fn string_of(slice: []const u8) c.runner_string_t {
            const copy = allocator.dupeSentinel(u8, slice, 0) catch @panic("out of memory");
            return .{ .ptr = copy.ptr, .len = copy.len };
        }
    };
    @export(&export_.run, .{ .name = "exports_runner_run" });
}
