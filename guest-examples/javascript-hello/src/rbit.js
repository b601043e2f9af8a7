// What a script lacks here: files, lines of the log, and the two words for a job that is not done. Copy it into a runner of your own.
//
// QuickJS brings the language and nothing of a browser or of Node.js: no `console`, no `fetch`, no `setTimeout`, no `TextEncoder`.
import { getStderr } from "wasi:cli/stderr@0.2.12";
import { getStdout } from "wasi:cli/stdout@0.2.12";
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";

/** The job will not succeed by being tried again: `throw failed("…")`. */
export const failed = (text) => ({ tag: "failed", val: text });

/** Something is not there yet, and the job is to come again later: `throw blocked("…")`. */
export const blocked = (text) => ({ tag: "blocked", val: text });

/**
 * Makes a runner of a function. It gets the request and the settings, as a Map, and returns the files to deliver, as absolute paths below
 * `/output`. An error that it throws fails the job with its text, and is printed with its place.
 */
export const runner = (job) => (request, settings) => {
  try {
    // The engine takes numbers of 32 bits for signed ones.
    return job({ ...request, attempt: request.attempt >>> 0 }, new Map(settings));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw failed(error.message);
  }
};

/** Prints a line to the job's log. */
export const print = (text) => write(getStdout(), text + "\n");

/** Prints a line to the job's log, as an error. */
export const printError = (text) => write(getStderr(), text + "\n");

/** A file that cannot be read or written; its `code` is WASI's, such as "no-entry". */
export class FileError extends Error {
  constructor(doing, path, code) {
    super(`cannot ${doing} \`${path}\`: ${code}`);
    this.code = code;
  }
}

/** The text of a file. */
export const readText = (path) =>
  at("read", path, (folder, name) => {
    const file = folder.openAt({ symlinkFollow: true }, name, {}, { read: true });
    const all = [];
    for (let isLast = false; !isLast; ) {
      const [bytes, atEnd] = file.read(65536, all.length);
      for (const byte of bytes) all.push(byte);
      isLast = atEnd || bytes.length === 0;
    }
    return decode(all);
  });

/** Writes a file anew. */
export const writeText = (path, text) =>
  at("write", path, (folder, name) => {
    const file = folder.openAt({}, name, { create: true, truncate: true }, { write: true });
    const bytes = encode(text);
    for (let offset = 0; offset < bytes.length; ) offset += file.write(bytes.slice(offset, offset + 65536), offset);
  });

/** Makes a folder. */
export const makeFolder = (path) => at("make", path, (folder, name) => folder.createDirectoryAt(name));

/** Calls `action` with the open folder that a path begins with, and the rest of the path. */
function at(doing, path, action) {
  for (const [folder, root] of getDirectories()) {
    if (!path.startsWith(root + "/")) continue;
    try {
      return action(folder, path.slice(root.length + 1));
    } catch (error) {
      throw new FileError(doing, path, codeOf(error));
    }
  }
  throw new FileError(doing, path, "no-entry");
}

// WASI's error codes arrive as what was thrown, or as its payload.
const codeOf = (error) => String(error?.payload ?? error?.val ?? error?.message ?? error);

function write(stream, text) {
  const bytes = encode(text);
  // A stream takes so much in one call.
  for (let offset = 0; offset < bytes.length; offset += 4096) stream.blockingWriteAndFlush(bytes.slice(offset, offset + 4096));
}

const encode = (text) => Uint8Array.from(unescape(encodeURIComponent(text)), (letter) => letter.charCodeAt(0));

const decode = (bytes) => decodeURIComponent(bytes.map((byte) => "%" + byte.toString(16).padStart(2, "0")).join(""));
