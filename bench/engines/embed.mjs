// What tests/embed/bench_main.cc measures, in V8, for the very same module.
//
//   node --no-liftoff --expose-gc embed.mjs MODULE.wasm instantiate|cycle|hostcall|call|resident NUMBER
import fs from "node:fs";

const [path, what, number] = process.argv.slice(2);
const module = new WebAssembly.Module(fs.readFileSync(path));
const imports = {env: {add: (a, b) => a + b | 0}};
const make = () => new WebAssembly.Instance(module, imports);
const now = () => Number(process.hrtime.bigint());

function rounds(round) {
  round();
  for (let i = 0; i < Number(number); i++) console.log(round().toFixed(2));
}

function timed(count, action, clock = now) {
  const start = clock();
  action(count);
  return (clock() - start) / count;
}
const cpu = () => process.cpuUsage().user * 1000 + process.cpuUsage().system * 1000;

const measures = {
  // Collected outside of the measured time.
  instantiate: () => rounds(() => {
    const instances = [];
    const took = timed(50, (count) => { for (let i = 0; i < count; i++) instances.push(make()); });
    instances.length = 0;
    gc();
    return took;
  }),
  // Collected within it.
  cycle: () => rounds(() => timed(50, (count) => {
    for (let i = 0; i < count; i++) make().exports.touch();
    gc();
  })),
  hostcall: () => {
    const {hostcalls} = make().exports;
    rounds(() => timed(1000000, hostcalls, cpu));
  },
  call: () => {
    const {add} = make().exports;
    rounds(() => timed(1000000, (count) => { let sum = 0; for (let i = 0; i < count; i++) sum = add(sum, i); }, cpu));
  },
  resident: () => {
    const used = () => {
      const status = fs.readFileSync("/proc/self/status", "utf8");
      return ["VmRSS", "VmPTE"].map((name) => Number(status.match(`${name}:\\s+(\\d+)`)[1]))
        .reduce((a, b) => a + b);
    };
    const instances = [make()];
    gc();
    const before = used();
    for (let i = 0; i < Number(number); i++) { instances.push(make()); instances.at(-1).exports.add(1, 2); }
    console.log(((used() - before) / Number(number)).toFixed(2));
  },
};
measures[what]();
