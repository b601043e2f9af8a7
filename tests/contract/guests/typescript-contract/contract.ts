// The contract suite's guest in TypeScript: see the README beside this folder.
import {
  blocked,
  failed,
  FileError,
  makeFolder,
  print,
  printError,
  readText,
  runner,
  type Request,
  type Settings,
  writeText,
} from "../../../../guest-examples/typescript-hello/src/rbit";

export const run = runner((request, settings) => {
  const [which, text, folder] = ["case", "text", "folder"].map((key) => settings.get(key) ?? "") as [string, string, string];
  const cases: Record<string, () => string[]> = {
    tells: () => tells(request, settings),
    none: () => [],
    several,
    fails: () => fail(failed(text)),
    blocks: () => fail(blocked(text)),
    crashes: () => fail(new Error("on purpose")),
    reads: () => put("read.txt", readText(`${folder}/text.txt`)),
    escapes: () => escapes(folder),
    eats,
    spins: () => {
      for (;;);
    },
    prints: () => {
      print("out: ä");
      printError("err: ä");
      return [];
    },
    marks,
  };
  return (cases[which] ?? (() => fail(failed(`there is no case \`${which}\``))))();
});

function fail(error: unknown): never {
  throw error;
}

function put(name: string, text: string): string[] {
  writeText(`/output/${name}`, text);
  return [`/output/${name}`];
}

function tells(request: Request, settings: Settings): string[] {
  const { transport } = request;
  const fields: [string, unknown][] = [
    ["job", request.job],
    ["package", request.package],
    ["version", request.version],
    ["arch", request.arch],
    ["suite", request.suite],
    ["dist", request.dist],
    ["format", request.format],
    ["build-env", request.buildEnv],
    ["master", request.master],
    ["method", transport.method],
    ["uri", transport.uri],
    ["vcs-id", transport.vcsId],
    ["commands", request.commands],
    ["timestamp", request.timestamp],
    ["attempt", request.attempt],
    ...settings,
  ];
  const line = ([key, value]: [string, unknown]) => (value === undefined || value === null ? `${key}\n` : `${key}=${value}\n`);
  return put("told.txt", fields.map(line).join(""));
}

function several(): string[] {
  makeFolder("/output/folder");
  return ["one.txt", "folder/two.txt", "drei ß.txt"].flatMap((name, i) => put(name, `${i + 1}\n`));
}

function escapes(folder: string): string[] {
  for (const way of ["/etc/passwd", "/work/../etc/passwd", `${folder}/../../etc/passwd`])
    if (works(() => readText(way))) throw failed(`read \`${way}\``);
  if (works(() => writeText(`${folder}/new.txt`, ""))) throw failed("wrote to the mount");
  return [];
}

function works(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof FileError) return false;
    throw error;
  }
}

function eats(): never {
  for (const taken: Uint8Array[] = []; ; ) taken.push(new Uint8Array(1 << 20).fill(1));
}

let isMarked = false;

function marks(): string[] {
  if (isMarked) throw failed("a variable was set");
  isMarked = true;
  for (const file of ["/work/mark", "/output/mark"]) {
    if (works(() => readText(file))) throw failed(`\`${file}\` was there`);
    writeText(file, "mark\n");
  }
  return [];
}
