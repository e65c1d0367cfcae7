import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ablate, dataFolders, defaultTolerances, type NodeEvent, type Replay, replayAdaptive } from 'secateur';
import { loadSubject, type Subject, type SubjectName, subjectNames } from './networks.js';
import { choose, count } from './options.js';

/** How often does an adaptive run err, and how many samples and seconds does it save? */

interface Row {
  readonly network: string;
  readonly samples: number;
  readonly nodes: number;
  readonly runs: number;
  /** Runs with a node in a wrong class; runs in which an interval of any node after any look missed the exact change. */
  readonly wrongRuns: number;
  readonly missedRuns: number;
  /** The part of all pairs of node and sample that was measured, on average. */
  readonly measured: number;
  readonly nodesExact: number;
  /** Seconds of the processors for one run of each kind. */
  readonly exactSeconds: number;
  readonly adaptiveSeconds: number;
}

/** What an adaptive run decides on: intact losses, and the change of every node on every sample, `[samples, nodes]`. */
interface Changes {
  readonly losses: Float64Array;
  readonly changes: Float32Array;
}

/** A run of its own for every sample takes a while: as many as fit into about a minute. */
const samplesOf: Readonly<Record<string, number>> = { A: 60_000, B: 60_000 };
const samplesElse = 8000;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      networks: { type: 'string', default: 'A,B,C' },
      samples: { type: 'string' },
      runs: { type: 'string', default: '200' },
      confidence: { type: 'string', default: '0.99' },
      json: { type: 'boolean', default: false },
    },
  });
  const rows: Row[] = [];
  for (const name of choose('network', values.networks, subjectNames) as SubjectName[]) {
    const limit = values.samples === undefined ? (samplesOf[name] ?? samplesElse) : count('samples', values.samples);
    const subject = await loadSubject(name, limit);
    rows.push(await measure(subject, count('runs', values.runs), Number(values.confidence)));
  }
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else print(rows, values.confidence);
}

async function measure(subject: Subject, runs: number, confidence: number): Promise<Row> {
  const stored = await changesOf(subject);
  const nodes = stored.changes.length / subject.data.count;
  const settings = { confidence, tolerances: defaultTolerances };
  const timed = await timeRuns(subject, confidence);
  expectSame(timed.nodes, replayAdaptive(stored.losses, stored.changes, { ...settings, seed: 0 }));
  const row = { wrongRuns: 0, missedRuns: 0, measured: 0, nodesExact: 0 };
  for (let seed = 0; seed < runs; seed++) {
    const replay = replayAdaptive(stored.losses, stored.changes, { ...settings, seed });
    row.wrongRuns += Number(replay.wrong.length > 0);
    row.missedRuns += Number(replay.missed.length > 0);
    const parts = replay.samples.map((samples) => samples / subject.data.count);
    row.measured += parts.reduce((sum, part) => sum + part, 0) / nodes / runs;
    row.nodesExact += parts.filter((part) => part === 1).length / runs;
  }
  const { exactSeconds, adaptiveSeconds } = timed;
  return { network: subject.name, samples: subject.data.count, nodes, runs, ...row, exactSeconds, adaptiveSeconds };
}

/** Measured once by a run over each sample alone, and kept in `bench` of the cache folder. */
async function changesOf({ name, network, data, source }: Subject): Promise<Changes> {
  const kind = source.replaceAll(/\W+/g, '-');
  const path = join(dataFolders().cache, 'bench', `changes-${name}-${kind}-${data.count}.bin`);
  if (!existsSync(path)) {
    console.error(`${name}: measuring every node on each of ${data.count} samples, once`);
    const losses = new Float64Array(data.count);
    const changes: number[] = [];
    const size = data.x.length / data.count;
    for (let sample = 0; sample < data.count; sample++) {
      const one = {
        ...data,
        x: data.x.subarray(sample * size, (sample + 1) * size),
        y: data.y.slice(sample, sample + 1),
      };
      for await (const event of ablate(network, one, { threads: 1 })) {
        if (event.type === 'baseline') losses[sample] = event.loss;
        if (event.type === 'node') changes.push(event.change);
      }
    }
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, Buffer.concat([Buffer.from(losses.buffer), Buffer.from(Float32Array.from(changes).buffer)]));
  }
  const { buffer } = new Uint8Array(await readFile(path));
  return { losses: new Float64Array(buffer, 0, data.count), changes: new Float32Array(buffer, 8 * data.count) };
}

async function timeRuns({ network, data }: Subject, confidence: number) {
  const exactSeconds = await processorSeconds(() => ablate(network, data).collect());
  let nodes: NodeEvent[] = [];
  const adaptiveSeconds = await processorSeconds(async () => {
    const { layers } = await ablate(network, data, { adaptive: { confidence } }).collect();
    nodes = layers.flatMap((table) => table.nodes.map((node) => ({ type: 'node', layer: table.layer, ...node })));
  });
  return { exactSeconds, adaptiveSeconds, nodes };
}

/** The least of three. */
async function processorSeconds(work: () => Promise<unknown>): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    seconds.push((user + system) / 1e6);
  }
  return Math.min(...seconds);
}

/** The replay must decide as the run does, or it proves nothing. */
function expectSame(nodes: readonly NodeEvent[], { classes, samples }: Replay): void {
  const other = nodes.find((node, i) => node.class !== classes[i] || node.samples !== samples[i]);
  if (other) throw new Error(`${other.layer} ${other.node}: the replay does not decide as the run`);
}

function print(rows: readonly Row[], confidence: string): void {
  console.log(`confidence ${confidence}, tolerances -1e-5 and 1e-5`);
  console.log(
    '| network | samples | nodes | runs | with a wrong class | with a missed interval | measured | nodes exact | CPU seconds, exact | adaptive |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const row of rows) {
    const measured = `${(100 * row.measured).toFixed(1)} %`;
    const seconds = `${row.exactSeconds.toFixed(2)} | ${row.adaptiveSeconds.toFixed(2)}`;
    const errors = `${row.wrongRuns} | ${row.missedRuns}`;
    console.log(
      `| ${row.network} | ${row.samples} | ${row.nodes} | ${row.runs} | ${errors} | ${measured} | ${row.nodesExact.toFixed(1)} | ${seconds} |`,
    );
  }
}
