// Runs a Lind guest module in V8, as a peer of the benchmarks: the same bytes that `lind run` compiles.  Answers
// the few system calls that a single-threaded program of ours makes that computes and prints.
//
//   node --no-liftoff --no-wasm-dynamic-tiering v8.mjs PROGRAM.wasm ARGUMENTS...
import fs from "node:fs";

const PAGE = 65536;
const ENOSYS = -38n, ENOMEM = -12n, EINVAL = -22n, EBADF = -9n;
const HEAP_END = 512 << 20, MEMORY_END = 1 << 30;  // brk below the first, mmap between them

class Exit extends Error {
  constructor(status) { super(`exit ${status}`); this.status = status; }
}

const [path, ...args] = process.argv.slice(2);
const encoder = new TextEncoder();
let memory, view, bytes, brk, nextMapping = HEAP_END;

function stackImage(buffer, size) {
  const strings = [path, ...args].map((text) => encoder.encode(text + "\0"));
  const auxiliary = [6, 4096, 25, 0, 17, 100, 23, 0, 0, 0];  // AT_PAGESZ, AT_RANDOM, AT_CLKTCK, AT_SECURE, AT_NULL
  const words = 1 + strings.length + 1 + 1 + auxiliary.length;
  const total = words * 4 + 16 + strings.reduce((sum, text) => sum + text.length, 0);
  if (size < total) return total;
  let at = buffer, text = buffer + words * 4 + 16;
  const put = (word) => { view.setUint32(at, word, true); at += 4; };
  auxiliary[3] = buffer + words * 4;
  put(strings.length);
  for (const string of strings) { put(text); bytes.set(string, text); text += string.length; }
  put(0);
  put(0);
  auxiliary.forEach(put);
  return total;
}

function write(fd, chunks) {
  if (fd !== 1 && fd !== 2) return EBADF;
  let total = 0;
  for (const [base, length] of chunks) {
    fs.writeSync(fd, bytes.slice(base, base + length));
    total += length;
  }
  return BigInt(total);
}

function vectors(at, count) {
  return Array.from({length: count}, (_, i) =>
      [view.getUint32(at + 8 * i, true), view.getUint32(at + 8 * i + 4, true)]);
}

function map(length, flags) {
  if ((flags & 0x20) === 0) return EBADF;  // MAP_ANONYMOUS alone
  const size = Math.ceil(length / PAGE) * PAGE;
  if (size === 0) return EINVAL;
  if (nextMapping + size > MEMORY_END) return ENOMEM;
  nextMapping += size;
  return BigInt(nextMapping - size);
}

function setBrk(wanted) {
  if (wanted >= brk && wanted <= HEAP_END) brk = wanted;
  return BigInt(brk);
}

function clock(id, address) {
  const {user, system} = process.cpuUsage();  // all threads'; after the warm-up only one runs
  const now = id === 2 ? BigInt(user + system) * 1000n : process.hrtime.bigint();
  view.setBigInt64(address, now / 1000000000n, true);
  view.setBigInt64(address + 8, now % 1000000000n, true);
  return 0n;
}

function call(number, ...given) {
  const [a, b, c, d] = given.map((value) => Number(BigInt.asUintN(64, value)));
  switch (number) {
    case 0x10000: return BigInt(stackImage(a, b));
    case 1: return write(a, [[b, c]]);
    case 20: return write(a, vectors(b, c));
    case 9: return map(b, d);
    case 12: return setBrk(a);
    case 228: return clock(a, b);
    case 60: case 231: throw new Exit(a & 255);
    case 10: case 11: case 13: case 14: case 28: case 273: return 0n;
    case 186: case 218: case 39: return 1n;
    default: return ENOSYS;
  }
}

const imports = {lind: {
  syscall: call,
  setjmp: () => 0,
  longjmp: () => { throw new Error("longjmp"); },
}};
const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(path)), imports);
memory = instance.exports.memory;
memory.grow(MEMORY_END / PAGE - memory.buffer.byteLength / PAGE);
view = new DataView(memory.buffer);
bytes = new Uint8Array(memory.buffer);
brk = instance.exports.__heap_base.value;
try {
  instance.exports._start();
} catch (error) {
  if (!(error instanceof Exit)) throw error;
  process.exitCode = error.status;
}
