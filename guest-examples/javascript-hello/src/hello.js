// A first runner: greets whom the operator configured, and writes one file, or two.
import { blocked, failed, FileError, print, readText, runner, writeText } from "./rbit.js";

/** What the host calls. */
export const run = runner((request, settings) => {
  const name = settings.get("name");
  if (name === undefined) throw failed("a `name` was not configured");
  print(`Hello ${name}!`);
  print(`Building ${request.package}`);

  const stem = fileName(request);
  const greeting = `Hello ${name}! This is ${request.package} ${request.version}.\n`;
  const file = `/output/${stem}.txt`;
  writeText(file, greeting);

  // A folder that the operator listed under `mounts`: its value is where it is in here.
  const stationery = settings.get("stationery");
  if (stationery === undefined) return [file];
  const letter = `/output/${stem}.letter.txt`;
  writeText(letter, `${letterhead(stationery)}\n${greeting}`);
  return [file, letter];
});

/** Package and version come from a stranger's message: what they make must be the name of a file, not a way to another folder. */
function fileName(request) {
  const name = `${request.package}-${request.version}`;
  if (/[/\0]/.test(name)) throw failed(`\`${name}.txt\` is no file name`);
  return name;
}

function letterhead(folder) {
  const path = `${folder}/letterhead.txt`;
  try {
    return readText(path);
  } catch (error) {
    if (error instanceof FileError && error.code === "no-entry") throw blocked(`\`${path}\` is not there yet`);
    throw error;
  }
}
