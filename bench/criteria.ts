import { parseArgs } from 'node:util';
import { type CriterionName, type Dataset, evaluate, type Network, scores } from 'secateur';
import { loadSubject } from './networks.js';
import { choose, count, median } from './options.js';

/** How many forward passes of the same engine do criteria of the gradient take, for all nodes of network C? */

const names = ['taylor', 'gradient', 'fisher', 'importance'] as const satisfies readonly CriterionName[];

/** How far scores of the native engine may lie from those in double, in parts of the largest of their layer. */
const tolerance = 1e-4;

/** Seconds of the processors. */
async function spent(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function expectRight(network: Network, data: Dataset, criterion: CriterionName): Promise<void> {
  const [native, reference] = await Promise.all(
    (['native', 'reference'] as const).map((engine) => scores(network, data, { criterion, engine }).collect()),
  );
  for (const [i, { layer, scores: truth }] of reference!.layers.entries()) {
    const largest = Math.max(...truth.map(Math.abs));
    for (const [node, score] of native!.layers[i]!.scores.entries()) {
      if (!(Math.abs(score - truth[node]!) <= tolerance * largest))
        throw new Error(`${criterion}: node ${node} of layer ${layer} has ${score}, not ${truth[node]}`);
    }
  }
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      samples: { type: 'string', default: '2000' },
      rounds: { type: 'string', default: '7' },
      threads: { type: 'string', default: '1' },
      criteria: { type: 'string', default: names.join() },
      json: { type: 'boolean', default: false },
    },
  });
  const wanted = choose('criterion', values.criteria, names);
  const few = await loadSubject('C', 8);
  for (const criterion of wanted) await expectRight(few.network, few.data, criterion);
  const { network, data, source } = await loadSubject('C', count('samples', values.samples));
  const options = { engine: 'native', threads: count('threads', values.threads) } as const;
  const rounds = count('rounds', values.rounds);
  console.error(`network C, ${source}: ${data.count} samples, ${options.threads} threads, ${rounds} rounds in turn`);
  const forward: number[] = [];
  const times = new Map<CriterionName, number[]>(wanted.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    forward.push(await spent(() => evaluate(network, data, options)));
    for (const [criterion, own] of times) {
      own.push(await spent(() => scores(network, data, { criterion, ...options }).collect()));
    }
  }
  const rows = [...times].map(([criterion, own]) => ({
    criterion,
    cpuSeconds: median(own),
    forwardPasses: median(own.map((seconds, round) => seconds / forward[round]!)),
    leastForwardPasses: Math.min(...own) / Math.min(...forward),
  }));
  if (values.json) return console.log(JSON.stringify(rows, null, 2));
  console.log('| criterion | seconds of processors | forward passes, median | smallest by smallest |');
  console.log('| --- | --- | --- | --- |');
  for (const { criterion, cpuSeconds, forwardPasses, leastForwardPasses } of rows)
    console.log(
      `| ${criterion} | ${cpuSeconds.toFixed(3)} | ${forwardPasses.toFixed(2)} | ${leastForwardPasses.toFixed(2)} |`,
    );
}
