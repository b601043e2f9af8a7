//! `zig build` makes build/zig-contract.wasm. See guest-examples/zig-hello.

const std = @import("std");

pub fn build(b: *std.Build) void {
    const target = b.resolveTargetQuery(.{ .cpu_arch = .wasm32, .os_tag = .wasi });
    const optimize: std.builtin.Optimize = .small;

    const bindings = b.addTranslateC(.{ .root_source_file = b.path("gen/runner.h"), .target = target, .optimize = optimize });

    const rbit = b.createModule(.{
        .root_source_file = b.path("../../../../guest-examples/zig-hello/src/rbit.zig"),
        .imports = &.{.{ .name = "bindings", .module = bindings.createModule() }},
    });

    const runner = b.addExecutable(.{
        .name = "zig-contract",
        .root_module = b.createModule(.{
            .root_source_file = b.path("contract.zig"),
            .target = target,
            .optimize = optimize,
            .link_libc = true,
            .strip = true,
            .imports = &.{.{ .name = "rbit", .module = rbit }},
        }),
    });
    runner.root_module.addCSourceFile(.{ .file = b.path("gen/runner.c") });
    runner.root_module.addObjectFile(b.path("gen/runner_component_type.o"));
    // A library that is called, not a program that runs.
    runner.wasi_exec_model = .reactor;
    runner.rdynamic = true;

    const install = b.addInstallFileWithDir(runner.getEmittedBin(), .{ .custom = "../build" }, "zig-contract.wasm");
    b.getInstallStep().dependOn(&install.step);
}
