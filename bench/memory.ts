import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  ablate,
  audit,
  type Dataset,
  evaluate,
  loadModel,
  type Network,
  type RunOptions,
  saveModel,
  scores,
  search,
  sensitivity,
  summarize,
  sweep,
} from 'secateur';
import { loadSubject, type SubjectName, subjectNames } from './networks.js';
import { choose, count } from './options.js';

/** How large does a process grow that works on a network, beside its input? Fails where a promise is broken. */

const mebibyte = 2 ** 20;

/** MiB for the work of a run: by default, and less. */
const budgets = [undefined, 256, 128, 64] as const;

type Task = (network: Network, data: Dataset, options: RunOptions, nodes: readonly number[]) => Promise<unknown>;

/** What takes a budget. Training has none in it, and `prune`, `shrink` and `verify` are made of scores and evaluations. */
const tasks = {
  ablate: (network, data, options, nodes) => ablate(network, data, { ...options, nodes }).collect(),
  evaluate: (network, data, options) => evaluate(network, data, options),
  score: (network, data, options) => scores(network, data, { ...options, criterion: 'fisher' }).collect(),
  audit: (network, data, options) => audit(network, data, options).collect(),
  sweep: (network, data, options) => sweep(network, data, { ...options, amounts: [0, 0.5] }).collect(),
  sensitivity: (network, data, options) => sensitivity(network, data, { ...options, amounts: [0.5] }).collect(),
  search: (network, data, options) => search(network, data, { ...options, budgetParameters: 0.7 }).collect(),
} as const satisfies Record<string, Task>;
type TaskName = keyof typeof tasks;
const taskNames = Object.keys(tasks) as TaskName[];

/** MiB that the whole process stays below by default, its input apart. */
const promised = 512;

/** MiB beside the work of a run: the packed weights, the addon's code, the heap of JavaScript for code and events. */
const beside = 32;

/**
 * What V8 and glibc keep of what was freed is not what is measured here: V8 lets up to 48 MiB of garbage lie before it looks
 * at it, and glibc holds blocks of up to 32 MiB for the next job unless its threshold is set.
 */
const frugal = { flags: ['--max-semi-space-size=1'], env: { MALLOC_MMAP_THRESHOLD_: '131072' } };

/** Networks that a search holds beside the given one: that of its round and the next. */
const held: Partial<Record<TaskName, number>> = { search: 2 };

interface Measured {
  /** Resident bytes when the work begins, the input among them, and the most until its end. */
  readonly before: number;
  readonly peak: number;
}

/** In a process of its own, which has only read a model and samples. */
async function workHere([folder, memory, task, nodes]: readonly string[]): Promise<Measured> {
  const network = await loadModel(join(folder ?? '', 'model'));
  const shape = JSON.parse(await readFile(join(folder ?? '', 'data.json'), 'utf8')) as Omit<Dataset, 'x' | 'y'>;
  const x = new Uint8Array(await readFile(join(folder ?? '', 'x')));
  const y = new Int32Array((await readFile(join(folder ?? '', 'y'))).buffer, 0, shape.count);
  const before = process.memoryUsage().rss;
  const options = { engine: 'native', ...(memory === 'default' ? {} : { memory: Number(memory) }) } as const;
  const chosen = Array.from({ length: Number(nodes) }, (_, node) => node);
  await tasks[task as TaskName](network, { ...shape, x, y }, options, chosen);
  return { before, peak: process.resourceUsage().maxRSS * 1024 };
}

function measureInChild(folder: string, memory: number | undefined, task: TaskName, nodes: number): Measured {
  const budget = memory === undefined ? 'default' : String(memory * mebibyte);
  const args = [process.argv[1] ?? '', 'memory', '--child', folder, budget, task, String(nodes)];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...frugal.flags, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...frugal.env },
  });
  if (status !== 0) throw new Error(`${task} with ${budget} bytes failed: ${stderr}`);
  return JSON.parse(stdout) as Measured;
}

async function store(folder: string, { x, y, ...shape }: Dataset): Promise<void> {
  await writeFile(join(folder, 'x'), x);
  await writeFile(join(folder, 'y'), new Uint8Array(y.buffer, y.byteOffset, y.byteLength));
  await writeFile(join(folder, 'data.json'), JSON.stringify(shape));
}

interface Row extends Measured {
  readonly task: TaskName;
  readonly network: string;
  readonly samples: number;
  readonly input: number;
  /** MiB that were granted; null for the default. */
  readonly budget: number | null;
  /**
   * Most that the process may have: by default the promise, else what it had, the budget and what stands beside it: more
   * networks too, in JavaScript and packed.
   */
  readonly allowed: number;
}

interface Settings {
  readonly samples: number;
  readonly nodes: number;
  readonly tasks: readonly TaskName[];
}

async function measure(name: SubjectName, { samples, nodes, tasks }: Settings): Promise<Row[]> {
  const { network, data } = await loadSubject(name, samples);
  const folder = await mkdtemp(join(tmpdir(), 'secateur-bench-'));
  try {
    await saveModel(network, join(folder, 'model'));
    await store(folder, data);
    const asked = tasks.flatMap((task) => budgets.map((budget) => ({ task, budget })));
    const bytes = 4 * summarize(network).parameters;
    return asked.map(({ task, budget }) => {
      const measured = measureInChild(folder, budget, task, nodes);
      const { byteLength: input } = data.x;
      const networks = 2 * bytes * (held[task] ?? 0);
      const allowed =
        budget === undefined ? input + promised * mebibyte : measured.before + (budget + beside) * mebibyte + networks;
      return { network: name, task, samples: data.count, input, budget: budget ?? null, ...measured, allowed };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function run(args: readonly string[]): Promise<void> {
  if (args[0] === '--child') return console.log(JSON.stringify(await workHere(args.slice(1))));
  const { values } = parseArgs({
    args: [...args],
    options: {
      networks: { type: 'string', default: 'A,B,C,D,E,F' },
      samples: { type: 'string', default: '4000' },
      nodes: { type: 'string', default: '1' },
      tasks: { type: 'string', default: 'ablate' },
      json: { type: 'boolean', default: false },
    },
  });
  const settings = {
    samples: count('samples', values.samples),
    nodes: count('nodes', values.nodes),
    tasks: choose('task', values.tasks, taskNames),
  };
  const rows: Row[] = [];
  for (const name of choose('network', values.networks, subjectNames)) rows.push(...(await measure(name, settings)));
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else print(rows);
  const broken = rows.filter(({ peak, allowed }) => peak > allowed);
  if (broken.length > 0) throw new Error(`${broken.length} of ${rows.length} runs took more memory than they may`);
}

function print(rows: readonly Row[]): void {
  console.log('Resident MiB of a process: when the work begins, the most until its end, and the most that it may.\n');
  console.log('| network | task | samples | input | --memory | before | peak | allowed |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const { network, task, samples, input, budget, before, peak, allowed } of rows) {
    const sizes = [before, peak, allowed].map((bytes) => (bytes / mebibyte).toFixed(0));
    const cells = [network, task, samples, (input / mebibyte).toFixed(0), budget ?? 'default', ...sizes];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
