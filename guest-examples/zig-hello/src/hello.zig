//! A first runner: greets whom the operator configured, and writes one file, or two.

const std = @import("std");
const rbit = @import("rbit.zig");

comptime {
    rbit.runner(hello);
}

fn hello(request: rbit.Request, settings: rbit.Settings) ![]const []const u8 {
    const name = try settings.require("name");
    const package, const version = .{ rbit.text(request.package), rbit.text(request.version) };
    rbit.print("Hello {s}!", .{name});
    rbit.print("Building {s}", .{package});

    const stem = try fileName(package, version);
    const greeting = try std.fmt.allocPrint(rbit.allocator, "Hello {s}! This is {s} {s}.\n", .{ name, package, version });
    const file = try std.fmt.allocPrint(rbit.allocator, "/output/{s}.txt", .{stem});
    try rbit.writeFile(file, greeting);

    // A folder that the operator listed under `mounts`: its value is where it is in here.
    const stationery = settings.get("stationery") orelse return list(&.{file});
    const letter = try std.fmt.allocPrint(rbit.allocator, "/output/{s}.letter.txt", .{stem});
    try rbit.writeFile(letter, try std.fmt.allocPrint(rbit.allocator, "{s}\n{s}", .{ try letterhead(stationery), greeting }));
    return list(&.{ file, letter });
}

/// Package and version come from a stranger's message: what they make must be the name of a file, not a way to another folder.
fn fileName(package: []const u8, version: []const u8) ![]const u8 {
    const name = try std.fmt.allocPrint(rbit.allocator, "{s}-{s}", .{ package, version });
    if (std.mem.indexOfAny(u8, name, "/\x00") != null) return rbit.failed("`{s}.txt` is no file name", .{name});
    return name;
}

fn letterhead(folder: []const u8) ![]const u8 {
    const path = try std.fmt.allocPrint(rbit.allocator, "{s}/letterhead.txt", .{folder});
    return rbit.readFile(path) catch |problem| switch (problem) {
        error.FileNotFound => rbit.blocked("`{s}` is not there yet", .{path}),
        else => problem,
    };
}

fn list(files: []const []const u8) ![]const []const u8 {
    return rbit.allocator.dupe([]const u8, files);
}
