//! `zig build` makes build/zig-hello.wasm.

const std = @import("std");

pub fn build(b: *std.Build) void {
    const target = b.resolveTargetQuery(.{ .cpu_arch = .wasm32, .os_tag = .wasi });
    const optimize: std.builtin.Optimize = .small;

    // What `cargo xtask bindings zig` writes. Elsewhere: wit-bindgen c path/to/wit --world runner --out-dir gen
    const bindings = b.addTranslateC(.{ .root_source_file = b.path("gen/runner.h"), .target = target, .optimize = optimize });

    const runner = b.addExecutable(.{
        .name = "zig-hello",
        .root_module = b.createModule(.{
            .root_source_file = b.path("src/hello.zig"),
            .target = target,
            .optimize = optimize,
            .link_libc = true,
            .strip = true,
            .imports = &.{.{ .name = "bindings", .module = bindings.createModule() }},
        }),
    });
    runner.root_module.addCSourceFile(.{ .file = b.path("gen/runner.c") });
    runner.root_module.addObjectFile(b.path("gen/runner_component_type.o"));
    // A library that is called, not a program that runs.
    runner.wasi_exec_model = .reactor;
    runner.rdynamic = true;

    const install = b.addInstallFileWithDir(runner.getEmittedBin(), .{ .custom = "../build" }, "zig-hello.wasm");
    b.getInstallStep().dependOn(&install.step);
}
