import { parseArgs } from 'node:util';
import { type AblationTable, ablate } from 'secateur';
import { loadSubject, type Subject, subjectNames } from './networks.js';
import { choose, count, median } from './options.js';

/** What do numbers for each class cost? In CPU time, all threads together; flips are always counted. */

interface Row {
  readonly network: string;
  readonly samples: number;
  readonly nodes: number;
  readonly cpuSeconds: number;
  readonly cpuSecondsPerClass: number;
  /** The median of the ratios of runs one after the other, less 1. */
  readonly extra: number;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      networks: { type: 'string', default: 'A,B' },
      samples: { type: 'string' },
      rounds: { type: 'string', default: '9' },
      threads: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const rows: Row[] = [];
  for (const name of choose('network', values.networks, subjectNames)) {
    const limit = values.samples === undefined ? undefined : count('samples', values.samples);
    const threads = values.threads === undefined ? {} : { threads: count('threads', values.threads) };
    rows.push(await measure(await loadSubject(name, limit), count('rounds', values.rounds), threads));
  }
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else console.table(rows);
}

async function measure(subject: Subject, rounds: number, threads: { readonly threads?: number }): Promise<Row> {
  const [plain, perClass]: [number[], number[]] = [[], []];
  let nodes = 0;
  for (let round = -1; round < rounds; round++) {
    const without = await timed(subject, { ...threads, perClass: false });
    const told = await timed(subject, { ...threads, perClass: true });
    if (round < 0) nodes = check(subject.name, without.table, told.table);
    else {
      plain.push(without.seconds);
      perClass.push(told.seconds);
    }
  }
  const ratios = perClass.map((seconds, i) => seconds / plain[i]!);
  return {
    network: subject.name,
    samples: subject.data.count,
    nodes,
    cpuSeconds: median(plain),
    cpuSecondsPerClass: median(perClass),
    extra: median(ratios) - 1,
  };
}

async function timed({ network, data }: Subject, options: { readonly threads?: number; readonly perClass: boolean }) {
  const before = process.cpuUsage();
  const table = await ablate(network, data, options).collect();
  const { user, system } = process.cpuUsage(before);
  return { table, seconds: (user + system) / 1e6 };
}

/** Sums in double over the samples, once all together and once by class, differ by roundings of single additions. */
const sumTolerance = 1e-12;

/** The same numbers of every node, which its classes add up to. Gives the number of nodes. */
function check(name: string, without: AblationTable, told: AblationTable): number {
  const classes = told.baseline.perClass ?? [];
  const nodes = told.layers.flatMap((layer) => layer.nodes);
  for (const [i, node] of without.layers.flatMap((layer) => layer.nodes).entries()) {
    const { loss, flips, perClass = [] } = nodes[i]!;
    const sum = perClass.reduce((total, own, label) => total + (own.loss ?? 0) * (classes[label]?.samples ?? 0), 0);
    const apart = Math.abs(sum / told.baseline.samples - loss);
    if (loss === node.loss && flips === node.flips && apart <= sumTolerance * (1 + loss)) continue;
    throw new Error(`${name}: node ${node.node} has loss ${node.loss}, with classes ${loss}, which are ${apart} off`);
  }
  return nodes.length;
}
