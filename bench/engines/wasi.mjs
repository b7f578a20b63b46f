// node --no-warnings wasi.mjs DIRECTORY MODULE ARGUMENTS...: runs a WASI program that calls DIRECTORY `given`.
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const [directory, path, ...words] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [path, ...words], preopens: { given: directory } });
const module = await WebAssembly.compile(await readFile(path));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
process.exitCode = wasi.start(instance);
