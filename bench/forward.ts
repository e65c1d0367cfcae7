import { parseArgs } from 'node:util';
import { evaluate } from 'secateur';
import { loadSubject, type Subject, subjectNames } from './networks.js';
import { choose, count, median } from './options.js';
import { openForward } from './peers/onnxruntime.js';

/** How fast is one pass over all samples, the prefix of everything, against onnxruntime? */

interface Timed {
  readonly loss: number;
  readonly seconds: number;
}
type Pass = () => Promise<Timed>;

/** As for the ablation: two float32 engines, a mean over many samples. */
const lossTolerance = 1e-5;

/** From the call to the result: checks of the samples, packing of the weights and the loss are in the time. */
const native =
  ({ network, data }: Subject): Pass =>
  async () => {
    const started = performance.now();
    const { loss } = await evaluate(network, data, { engine: 'native' });
    return { loss, seconds: (performance.now() - started) / 1000 };
  };

/** Wall and processor time of this process, all threads; the wall time is the pass's own. */
async function timed(pass: Pass): Promise<Timed & { readonly cpu: number }> {
  const before = process.cpuUsage();
  const result = await pass();
  const { user, system } = process.cpuUsage(before);
  return { ...result, cpu: (user + system) / 1e6 };
}

async function measure(subject: Subject, rounds: number) {
  await using peer = await openForward(subject.network, subject.data);
  const passes: Record<string, Pass> = { native: native(subject), ...(peer ? { onnxruntime: peer.run } : {}) };
  const times = new Map(Object.keys(passes).map((name) => [name, { seconds: [] as number[], cpu: [] as number[] }]));
  const { loss: truth } = await native(subject)();
  for (let round = -1; round < rounds; round++) {
    for (const [name, pass] of Object.entries(passes)) {
      const { loss, seconds, cpu } = await timed(pass);
      if (!(Math.abs(loss - truth) <= lossTolerance)) throw new Error(`${name}: the loss is ${loss}, not ${truth}`);
      if (round < 0) continue;
      times.get(name)?.seconds.push(seconds);
      times.get(name)?.cpu.push(cpu);
    }
  }
  const base = median(times.get('native')?.seconds ?? []);
  return [...times].map(([engine, { seconds, cpu }]) => ({
    network: subject.name,
    engine,
    samples: subject.data.count,
    seconds: median(seconds),
    cpuSeconds: median(cpu),
    ratioToNative: median(seconds) / base,
  }));
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      networks: { type: 'string', default: 'A,B,C,D' },
      samples: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      json: { type: 'boolean', default: false },
    },
  });
  const rows = [];
  for (const name of choose('network', values.networks, subjectNames)) {
    const limit = values.samples === undefined ? undefined : count('samples', values.samples);
    rows.push(...(await measure(await loadSubject(name, limit), count('rounds', values.rounds))));
  }
  if (values.json) return console.log(JSON.stringify(rows, null, 2));
  console.log('| network | engine | samples | seconds | seconds of processors | against native |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const { network, engine, samples, seconds, cpuSeconds, ratioToNative } of rows)
    console.log(
      `| ${network} | ${engine} | ${samples} | ${seconds.toFixed(3)} | ${cpuSeconds.toFixed(3)} | ${ratioToNative.toFixed(2)}x |`,
    );
}
