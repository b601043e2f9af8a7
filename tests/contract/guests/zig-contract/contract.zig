//! The contract suite's guest in Zig: see the README beside this folder.

const std = @import("std");
const rbit = @import("rbit");

const Files = []const []const u8;

comptime {
    rbit.runner(run);
}

fn run(request: rbit.Request, settings: rbit.Settings) !Files {
    const text = settings.get("text") orelse "";
    const folder = settings.get("folder") orelse "";
    const Case = enum { tells, none, several, fails, blocks, crashes, reads, escapes, eats, spins, prints, marks };
    const name = try settings.require("case");
    switch (std.meta.stringToEnum(Case, name) orelse return rbit.failed("there is no case `{s}`", .{name})) {
        .tells => return tells(request, settings),
        .none => return &.{},
        .several => return several(),
        .fails => return rbit.failed("{s}", .{text}),
        .blocks => return rbit.blocked("{s}", .{text}),
        .crashes => @panic("on purpose"),
        .reads => return put("read.txt", try rbit.readFile(try format("{s}/text.txt", .{folder}))),
        .escapes => return escapes(folder),
        .eats => while (true) {
            const memory = rbit.allocator.alloc(u8, 1 << 20) catch @panic("out of memory");
            @memset(@as([]volatile u8, memory), 1);
        },
        .spins => {
            var i: u32 = 0;
            while (true) @as(*volatile u32, &i).* +%= 1;
        },
        .prints => {
            rbit.print("out: ä", .{});
            rbit.printError("err: ä", .{});
            return &.{};
        },
        .marks => return marks(),
    }
}

fn tells(request: rbit.Request, settings: rbit.Settings) !Files {
    const transport = request.transport;
    const fields = .{
        .{ "job", request.job },
        .{ "package", request.package },
        .{ "version", request.version },
        .{ "arch", request.arch },
        .{ "suite", request.suite },
        .{ "dist", request.dist },
        .{ "format", request.format },
        .{ "build-env", request.build_env },
        .{ "master", try format("{}", .{request.master}) },
        .{ "method", transport.method },
        .{ "uri", transport.uri },
        .{ "vcs-id", transport.vcs_id },
        .{ "commands", request.commands },
        .{ "timestamp", try format("{}", .{request.timestamp}) },
        .{ "attempt", try format("{}", .{request.attempt}) },
    };
    var told: []const u8 = "";
    inline for (fields) |field| {
        const value: ?[]const u8 = switch (@TypeOf(field[1])) {
            []const u8 => field[1],
            @TypeOf(request.job) => rbit.text(field[1]),
            else => rbit.optional(field[1]),
        };
        told = try if (value) |known| format("{s}{s}={s}\n", .{ told, field[0], known }) else format("{s}{s}\n", .{ told, field[0] });
    }
    for (0..settings.list.len) |i| {
        const pair = settings.list.ptr[i];
        told = try format("{s}{s}={s}\n", .{ told, rbit.text(pair.f0), rbit.text(pair.f1) });
    }
    return put("told.txt", told);
}

fn several() !Files {
    _ = std.c.mkdir("/output/folder", 0o777);
    var files: [3][]const u8 = undefined;
    for ([_][]const u8{ "one.txt", "folder/two.txt", "drei ß.txt" }, 0..) |name, i|
        files[i] = (try put(name, try format("{}\n", .{i + 1})))[0];
    return rbit.allocator.dupe([]const u8, &files);
}

fn escapes(folder: []const u8) !Files {
    for ([_][]const u8{ "/etc/passwd", "/work/../etc/passwd", try format("{s}/../../etc/passwd", .{folder}) }) |way| {
        if (rbit.readFile(way)) |_| return rbit.failed("read `{s}`", .{way}) else |_| {}
    }
    const new = try format("{s}/new.txt", .{folder});
    if (rbit.writeFile(new, "")) return rbit.failed("wrote to the mount", .{}) else |_| {}
    return &.{};
}

var is_marked = false;

fn marks() !Files {
    if (is_marked) return rbit.failed("a variable was set", .{});
    is_marked = true;
    for ([_][]const u8{ "/work/mark", "/output/mark" }) |file| {
        if (rbit.readFile(file)) |_| return rbit.failed("`{s}` was there", .{file}) else |_| {}
        try rbit.writeFile(file, "mark\n");
    }
    return &.{};
}

fn put(name: []const u8, data: []const u8) !Files {
    const file = try format("/output/{s}", .{name});
    try rbit.writeFile(file, data);
    return rbit.allocator.dupe([]const u8, &.{file});
}

fn format(comptime text: []const u8, values: anytype) ![]const u8 {
    return std.fmt.allocPrint(rbit.allocator, text, values);
}
