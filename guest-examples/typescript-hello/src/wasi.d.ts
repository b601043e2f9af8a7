// As much of WASI's interfaces as rbit.ts uses. The whole of them is in gen/wit/deps.

declare module "wasi:cli/stdout@0.2.12" {
  export function getStdout(): OutputStream;
}

declare module "wasi:cli/stderr@0.2.12" {
  export function getStderr(): OutputStream;
}

declare module "wasi:filesystem/preopens@0.2.12" {
  export function getDirectories(): [Descriptor, string][];
}

interface OutputStream {
  blockingWriteAndFlush(bytes: Uint8Array): void;
}

interface Descriptor {
  openAt(
    path: { symlinkFollow?: boolean },
    name: string,
    open: { create?: boolean; truncate?: boolean },
    flags: { read?: boolean; write?: boolean },
  ): Descriptor;
  read(length: number, offset: number): [Uint8Array, boolean];
  write(bytes: Uint8Array, offset: number): number;
  createDirectoryAt(name: string): void;
}

declare function unescape(text: string): string;
