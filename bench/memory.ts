import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ablate, type Dataset, loadModel, saveModel } from 'secateur';
import { loadSubject, type SubjectName, subjectNames } from './networks.js';
import { choose, count } from './options.js';

/** How large does a process grow that ablates, beside its input? Fails where a promise is broken. */

const mebibyte = 2 ** 20;

/** MiB for the work of a run: by default, and less. */
const budgets = [undefined, 256, 128, 64] as const;

/** MiB that the whole process stays below by default, its input apart. */
const promised = 512;

/** MiB beside the work of a run: the packed weights, the addon's code, the heap of JavaScript for code and events. */
const beside = 32;

interface Measured {
  /** Resident bytes when ablate() is called, the input among them, and the most until its end. */
  readonly before: number;
  readonly peak: number;
}

/** In a process of its own, which has only read a model and samples. */
async function ablateHere([folder, memory, nodes]: readonly string[]): Promise<Measured> {
  const network = await loadModel(join(folder ?? '', 'model'));
  const shape = JSON.parse(await readFile(join(folder ?? '', 'data.json'), 'utf8')) as Omit<Dataset, 'x' | 'y'>;
  const x = new Uint8Array(await readFile(join(folder ?? '', 'x')));
  const y = new Int32Array((await readFile(join(folder ?? '', 'y'))).buffer, 0, shape.count);
  const before = process.memoryUsage().rss;
  const options = memory === 'default' ? {} : { memory: Number(memory) };
  const chosen = Array.from({ length: Number(nodes) }, (_, node) => node);
  await ablate(network, { ...shape, x, y }, { ...options, engine: 'native', nodes: chosen }).collect();
  return { before, peak: process.resourceUsage().maxRSS * 1024 };
}

function measureInChild(folder: string, memory: number | undefined, nodes: number): Measured {
  const budget = memory === undefined ? 'default' : String(memory * mebibyte);
  const args = [process.argv[1] ?? '', 'memory', '--child', folder, budget, String(nodes)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the run with ${budget} bytes failed: ${stderr}`);
  return JSON.parse(stdout) as Measured;
}

async function store(folder: string, { x, y, ...shape }: Dataset): Promise<void> {
  await writeFile(join(folder, 'x'), x);
  await writeFile(join(folder, 'y'), new Uint8Array(y.buffer, y.byteOffset, y.byteLength));
  await writeFile(join(folder, 'data.json'), JSON.stringify(shape));
}

interface Row extends Measured {
  readonly network: string;
  readonly samples: number;
  readonly input: number;
  /** MiB that were granted; null for the default. */
  readonly budget: number | null;
  /** Most that the process may have: by default the promise, else what it had, the budget and what stands beside it. */
  readonly allowed: number;
}

async function measure(name: SubjectName, { samples, nodes }: { samples: number; nodes: number }): Promise<Row[]> {
  const { network, data } = await loadSubject(name, samples);
  const folder = await mkdtemp(join(tmpdir(), 'secateur-bench-'));
  try {
    await saveModel(network, join(folder, 'model'));
    await store(folder, data);
    return budgets.map((budget) => {
      const measured = measureInChild(folder, budget, nodes);
      const { byteLength: input } = data.x;
      const allowed =
        budget === undefined ? input + promised * mebibyte : measured.before + (budget + beside) * mebibyte;
      return { network: name, samples: data.count, input, budget: budget ?? null, ...measured, allowed };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function run(args: readonly string[]): Promise<void> {
  if (args[0] === '--child') return console.log(JSON.stringify(await ablateHere(args.slice(1))));
  const { values } = parseArgs({
    args: [...args],
    options: {
      networks: { type: 'string', default: 'A,B,C,D,E,F' },
      samples: { type: 'string', default: '4000' },
      nodes: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const settings = { samples: count('samples', values.samples), nodes: count('nodes', values.nodes) };
  const rows: Row[] = [];
  for (const name of choose('network', values.networks, subjectNames)) rows.push(...(await measure(name, settings)));
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else print(rows);
  const broken = rows.filter(({ peak, allowed }) => peak > allowed);
  if (broken.length > 0) throw new Error(`${broken.length} of ${rows.length} runs took more memory than they may`);
}

function print(rows: readonly Row[]): void {
  console.log(
    'Resident MiB of a process: at the call of ablate(), the most until its end, and the most that it may.\n',
  );
  console.log('| network | samples | input | --memory | before | peak | allowed |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const { network, samples, input, budget, before, peak, allowed } of rows) {
    const sizes = [before, peak, allowed].map((bytes) => (bytes / mebibyte).toFixed(0));
    const cells = [network, samples, (input / mebibyte).toFixed(0), budget ?? 'default', ...sizes];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
