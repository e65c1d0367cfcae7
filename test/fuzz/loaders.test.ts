import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { decodeOnnx, encodeOnnx } from '../../src/formats/onnx/onnx.js';
import {
  ablate,
  createPlan,
  denseNetwork,
  type ErrorCode,
  hiddenLayers,
  initialize,
  loadModel,
  readNpz,
  SecateurError,
  saveModel,
  shrinkNetwork,
  writeNpz,
} from '../../src/index.js';
import { isExpressible } from '../support/expressible.js';
import { randomNetwork } from '../support/randomNetwork.js';
import { archivesOf, bytesOf, jsonOf, jsonTextOf, messagesOf } from './mutate.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Damaged files that each loader is given, unless the time is over before. */
    fuzzCases: number;
    fuzzSeconds: number;
    /** Null for other files every time; what fails tells its seed. */
    fuzzSeed: number | null;
    /** Whether HDF5 files share a thread, which is a hundred times as fast. */
    fuzzWarm: boolean;
  }
}

vi.mock('node:worker_threads', async (original) => {
  const real = await original<typeof import('node:worker_threads')>();
  const { warmThreads } = await import('./warmThread.js');
  return inject('fuzzWarm') ? { ...real, Worker: warmThreads(real) } : real;
});

/** No damaged file may keep a loader busy for so many milliseconds. */
const patience = 5000;

const folder = mkdtempSync(join(tmpdir(), 'secateur-'));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** A loader, files for it, and how it may refuse them. */
interface Target<T> {
  readonly files: () => fc.Arbitrary<T>;
  readonly read: (file: T) => unknown;
  readonly codes: readonly ErrorCode[];
}
const target = <T>(of: Target<T>): Target<unknown> => of as Target<unknown>;

const ofModels: readonly ErrorCode[] = ['ERR_MODEL_CORRUPT', 'ERR_MODEL_UNSUPPORTED', 'ERR_LIMIT', 'ERR_DATA'];
const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/keras/${name}`, import.meta.url));

const network = initialize(denseNetwork([4], [5, 3], 3), { seed: 1 });
const plan = createPlan(network, { [hiddenLayers(network)[0]!.name]: [0, 3] }, { cut: 'mean', values: () => 0.5 });
const samples = { x: Float32Array.from({ length: 4 * 130 }, (_, i) => Math.sin(i)), y: new Int32Array(130) };

const expressible = [1, 2, 3].map((seed) => randomNetwork(seed, { allow: isExpressible }));
beforeAll(() => saveModel(expressible[0]!, join(folder, 'tfjs/model.json')));

const npz = (compress: boolean): Uint8Array => {
  const array = { type: 'float32', shape: [2, 3], data: new Float32Array(6) } as const;
  const labels = { type: 'int64', shape: [2], data: new BigInt64Array(2) } as const;
  return writeNpz(
    [
      ['x', array],
      ['y', labels],
    ],
    { compress },
  );
};

/** The lines of a journal with checksums that are right, whatever they say. */
function signed(lines: unknown): string {
  let checksum = 0;
  const texts = (Array.isArray(lines) ? lines : [lines]).map((line) => {
    const json = JSON.stringify(line ?? null);
    checksum = crc32(json, checksum);
    return `${checksum.toString(16).padStart(8, '0')} ${json}\n`;
  });
  return texts.join('');
}

const resume = (journal: string): Promise<unknown> =>
  ablate(network, samples, { engine: 'reference', journal }).collect();
const journalPath = join(folder, 'seed.journal');
beforeAll(() => resume(journalPath));
const journalLines = (): unknown[] =>
  readFileSync(journalPath, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line.slice(9)));

const targets: Readonly<Record<string, Target<unknown>>> = {
  onnx: target({
    files: () => {
      const seeds = [1, 2, 3, 4, 5, 6].map((seed) => encodeOnnx(randomNetwork(seed)));
      return fc.oneof(bytesOf(...seeds), messagesOf(...seeds));
    },
    read: decodeOnnx,
    codes: ofModels,
  }),
  tfjs: target({
    files: () => {
      const text = readFileSync(join(folder, 'tfjs/model.json'));
      return fc.oneof(jsonTextOf(JSON.parse(text.toString())), bytesOf(text));
    },
    read: (file) => loadModel(inFolder('tfjs/model.json', file)),
    codes: [...ofModels, 'ERR_IO'],
  }),
  keras: target({
    files: () =>
      fc.oneof(
        { weight: 5, arbitrary: archivesOf(fixture('chain.keras')) },
        { weight: 1, arbitrary: bytesOf(fixture('residual.keras')) },
      ),
    read: (file) => loadModel(inFolder('damaged.keras', file)),
    codes: ofModels,
  }),
  h5: target({
    files: () => bytesOf(fixture('chain.h5'), fixture('residual.h5')),
    read: (file) => loadModel(inFolder('damaged.h5', file)),
    codes: ofModels,
  }),
  npz: target({
    files: () => fc.oneof(archivesOf(npz(false)), bytesOf(npz(true), npz(false))),
    read: (file) => readNpz(file),
    codes: ['ERR_DATA', 'ERR_LIMIT'],
  }),
  plan: target({
    files: () => jsonOf(plan),
    read: (file) => shrinkNetwork(network, file as typeof plan),
    codes: ['ERR_DATA', 'ERR_ARGUMENT'],
  }),
  journal: target({
    files: () => fc.oneof(jsonOf(journalLines()).map(signed), bytesOf(readFileSync(journalPath))),
    read: (file) => resume(inFolder('damaged.journal', file)),
    codes: ['ERR_DATA', 'ERR_ARGUMENT'],
  }),
};

/** Reads, or fails with the error of the target; whether it was read. */
async function reads({ read, codes }: Target<unknown>, file: unknown): Promise<boolean> {
  const started = performance.now();
  try {
    await read(file);
    return true;
  } catch (error) {
    if (!(error instanceof SecateurError)) throw error;
    expect(codes).toContain(error.code);
    return false;
  } finally {
    expect(performance.now() - started).toBeLessThan(patience);
  }
}

describe.each(Object.keys(targets))('%s', (name) => {
  test('damaged in any way is read, or refused for a reason', async () => {
    const tried = targets[name]!;
    const [seed, numRuns] = [inject('fuzzSeed'), inject('fuzzCases')];
    const outcomes = { read: 0, refused: 0 };
    const property = fc.asyncProperty(tried.files(), async (file) => {
      outcomes[(await reads(tried, file)) ? 'read' : 'refused'] += 1;
    });
    const interruptAfterTimeLimit = inject('fuzzSeconds') * 1000;
    await fc.assert(property, { numRuns, interruptAfterTimeLimit, ...(seed === null ? {} : { seed }) });
    expect(outcomes.refused).toBeGreaterThan(0);
    process.stderr.write(`${name}: ${outcomes.refused} refused, ${outcomes.read} read\n`);
  });
});
