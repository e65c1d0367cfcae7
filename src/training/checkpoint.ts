import { measuredDigest } from '../network/index.js';
import { digestOf } from '../run/index.js';
import type { NpyArray } from '../tensor/npy.js';
import { type NpzArrays, readNpz, writeNpz } from '../tensor/npz.js';
import { expectWritable, writeFileAtomic } from '../util/atomic.js';
import { SecateurError } from '../util/errors.js';
import { readRegularFile } from '../util/files.js';
import type { RandomState } from '../util/random.js';
import type { BackendName } from './backends.js';
import type { EpochEvent } from './events.js';
import type { Prepared } from './options.js';
import type { TrainerState } from './trainer.js';

/** The best epoch so far and the parameters at its end. */
export interface Best {
  readonly epoch: number;
  readonly loss: number;
  readonly values: readonly Float32Array[];
}

/** Where a training stands at the end of an epoch. */
export interface Checkpoint {
  readonly history: readonly EpochEvent[];
  readonly trainer: TrainerState;
  readonly random: RandomState;
  readonly best: Best | null;
}

/** What a training's numbers follow from, each under a name for messages. */
export type Facts = Readonly<Record<string, unknown>>;

export function factsOf(
  { program, samples, validation, settings, head, options }: Prepared,
  backend: BackendName,
): Facts {
  const { hold = {}, freeze = [] } = options;
  const held = Object.entries(hold).flatMap(([layer, weights]) =>
    Object.entries(weights).flatMap(([weight, mask]) => [`${layer}\0${weight}`, mask]),
  );
  const data = validation === null ? [samples] : [samples, validation];
  return {
    format: 'secateur-training',
    version: 1,
    network: measuredDigest(program.network),
    samples: data.map(({ x, scale, targets }) => digestOf(x, String(scale), targets)),
    options: settings,
    loss: head.loss,
    held: digestOf(...held),
    frozen: freeze,
    backend,
  };
}

/** Puts a checkpoint in the place of the one before, on the disk when this ends. */
export async function writeCheckpoint(path: string, facts: Facts, checkpoint: Checkpoint): Promise<void> {
  const { history, trainer, random, best } = checkpoint;
  const meta = {
    facts,
    history,
    step: trainer.optimizer.step,
    random: { next: random.next, kept: random.kept },
    best: best === null ? null : { epoch: best.epoch, loss: best.loss },
  };
  const arrays: [string, NpyArray][] = [
    ['meta', bytes(Buffer.from(JSON.stringify(meta)))],
    ['random', { type: 'uint32', shape: [random.words.length], data: new Uint32Array(random.words) }],
    ...trainer.optimizer.values.flatMap((own, i) => own.map((value, k) => floats(`weight ${i} ${k}`, value))),
    ...trainer.fixed.map((value, i) => floats(`fixed ${i}`, value)),
    ...(best?.values ?? []).map((value, i) => floats(`best ${i}`, value)),
  ];
  await writeFileAtomic(path, writeNpz(arrays, { compress: false }));
}

const bytes = (data: Uint8Array): NpyArray => ({ type: 'uint8', shape: [data.length], data: new Uint8Array(data) });
const floats = (name: string, data: Float32Array): [string, NpyArray] => [
  name,
  { type: 'float32', shape: [data.length], data: new Float32Array(data) },
];

/**
 * The checkpoint of a run, or null where there is no file yet.
 *
 * @throws SecateurError ERR_IO if the file cannot be read or could not be written, ERR_DATA if it is no checkpoint or damaged, ERR_ARGUMENT if it
 * belongs to another run.
 */
export async function readCheckpoint(path: string, facts: Facts): Promise<Checkpoint | null> {
  await expectWritable(path);
  const file = await readRegularFile(path).catch((error: SecateurError) => {
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  const arrays = readNpz(file, path);
  const meta = metaOf(path, arrays);
  expectSameRun(path, meta.facts, facts);
  const all = (prefix: string): Float32Array[] =>
    [...arrays].filter(([name]) => name.startsWith(`${prefix} `)).map(([, { data }]) => data as Float32Array);
  const values: Float32Array[][] = [];
  for (const [name, { data }] of arrays) {
    const [, i] = name.match(/^weight (\d+) \d+$/) ?? [];
    if (i === undefined) continue;
    values[Number(i)] ??= [];
    values[Number(i)]!.push(data as Float32Array);
  }
  return {
    history: meta.history,
    trainer: { optimizer: { step: meta.step, values }, fixed: all('fixed') },
    random: { words: arrays.get('random')!.data as Uint32Array, ...meta.random },
    best: meta.best === null ? null : { ...meta.best, values: all('best') },
  };
}

interface Meta {
  readonly facts: Facts;
  readonly history: readonly EpochEvent[];
  readonly step: number;
  readonly random: Omit<RandomState, 'words'>;
  readonly best: Omit<Best, 'values'> | null;
}

/** The archive's checksums vouch for what stands in the file; here only strangers are turned away. */
function metaOf(path: string, arrays: NpzArrays): Meta {
  try {
    const meta = JSON.parse(Buffer.from(arrays.get('meta')!.data as Uint8Array).toString()) as Meta;
    if (meta.facts.format === 'secateur-training') return meta;
  } catch {
    // Not one of ours either.
  }
  throw new SecateurError('ERR_DATA', `${path}: it is no checkpoint of a training`, {
    hint: 'name another file, or delete this one to begin again',
  });
}

function expectSameRun(path: string, found: Facts, expected: Facts): void {
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  const other = [...names].filter((name) => JSON.stringify(expected[name]) !== JSON.stringify(found[name]));
  if (other.length === 0) return;
  throw new SecateurError('ERR_ARGUMENT', `${path}: it belongs to another training: another ${other.join(', ')}`, {
    hint: 'repeat the command that began it, name another file, or delete this one to begin again',
  });
}
