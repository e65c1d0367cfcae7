import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ablate, engineInfo, predictAblation } from 'secateur';
import { loadSubject, type Subject, subjectNames } from './networks.js';
import { choose, count } from './options.js';

/** Is it known before the start how long an ablation takes? Fails where the prediction is more than a factor off. */

const allowedFactor = 1.5;

interface Row {
  readonly network: string;
  readonly samples: number;
  /** Of the prediction itself: made, and found again. */
  readonly rehearsal: number;
  readonly again: number;
  readonly predicted: number;
  readonly seconds: number;
  /** Of the processors, as many at a time as have a block of samples: what other programs take does not count in. */
  readonly processors: number;
  readonly factor: number;
}

/** The unit that threads take: results of fewer samples come from one thread. */
const samplesOfBlock = 64;

/** The part of the work of all threads that the last of them to end has done. */
function longest(samples: number, threads: number): number {
  const blocks = Math.ceil(samples / samplesOfBlock);
  return Math.ceil(blocks / threads) / blocks;
}

const since = (started: number): number => (performance.now() - started) / 1000;

async function predicted({ network, data }: Subject, threads: number) {
  const started = performance.now();
  const { seconds } = await predictAblation(network, data, { engine: 'native', threads });
  return { seconds, took: since(started) };
}

async function measure(subject: Subject, threads: number): Promise<Row> {
  const first = await predicted(subject, threads);
  const again = await predicted(subject, threads);
  const started = performance.now();
  const before = process.cpuUsage();
  await ablate(subject.network, subject.data, { engine: 'native', threads }).collect();
  const { user, system } = process.cpuUsage(before);
  const processors = ((user + system) / 1e6) * longest(subject.data.count, threads);
  return {
    network: subject.name,
    samples: subject.data.count,
    rehearsal: first.took,
    again: again.took,
    predicted: first.seconds,
    seconds: since(started),
    processors,
    factor: first.seconds / processors,
  };
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      networks: { type: 'string', default: 'A,B,C,D,E,F' },
      samples: { type: 'string' },
      threads: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const threads = values.threads === undefined ? engineInfo().threads : count('threads', values.threads);
  const rows: Row[] = [];
  // Nothing is known yet in a cache of its own; trained networks come from the one of the user.
  const cache = await mkdtemp(join(tmpdir(), 'secateur-bench-'));
  try {
    for (const name of choose('network', values.networks, subjectNames)) {
      const limit = values.samples === undefined ? undefined : count('samples', values.samples);
      const subject = await loadSubject(name, limit);
      const { SECATEUR_CACHE: kept = '' } = process.env;
      process.env.SECATEUR_CACHE = cache;
      rows.push(await measure(subject, threads));
      process.env.SECATEUR_CACHE = kept;
    }
  } finally {
    await rm(cache, { recursive: true });
  }
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else print(rows);
  const wrong = rows.filter(({ factor }) => Math.max(factor, 1 / factor) > allowedFactor);
  if (wrong.length > 0)
    throw new Error(`${wrong.length} of ${rows.length} predictions are off by more than ${allowedFactor}`);
}

function print(rows: readonly Row[]): void {
  console.log(
    'Seconds: of the prediction, when it is made and when it is found again; predicted; measured by the clock',
  );
  console.log('and by the processors (the share of the thread with most blocks), which the factor compares with.\n');
  console.log('| network | samples | making it | again | predicted | clock | processors | factor |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const { network, samples, factor, ...times } of rows) {
    const { rehearsal, again, predicted, seconds, processors } = times;
    const cells = [rehearsal, again, predicted, seconds, processors].map((time) => time.toFixed(3));
    console.log(`| ${[network, samples, ...cells, factor.toFixed(2)].join(' | ')} |`);
  }
}
