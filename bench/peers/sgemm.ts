import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Propagation, Propagator, Stack } from './importance.js';

/** Importance propagation by OpenBLAS: bench/native/sgemm.cc, compiled here with its header and library. */

const folder = 'build-bench';

function compile(): string | null {
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'sgemm');
  const flags = ['-std=c++20', '-O3', '-march=native', 'bench/native/sgemm.cc', '-o', program, '-lopenblas'];
  const { status, stderr } = spawnSync(process.env.CXX ?? 'c++', flags, { encoding: 'utf8' });
  if (status === 0) return program;
  console.error(`skipped sgemm: it does not compile; OpenBLAS and its header are wanted (${stderr?.split('\n')[0]})`);
  return null;
}

const ints = (...values: readonly number[]): Buffer => Buffer.from(Int32Array.from(values).buffer);
const bytes = (values: Float32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

function writeProblem({ layers, x, samples }: Stack, path: string): void {
  const sizes = [x.length / samples, ...layers.map(({ bias }) => bias.length)];
  const weights = layers.flatMap(({ kernel, bias }) => [bytes(kernel), bytes(bias)]);
  writeFileSync(path, Buffer.concat([ints(sizes.length, ...sizes), ...weights, ints(samples), bytes(x)]));
}

interface Propagators {
  readonly propagators: Readonly<Record<string, Propagator>>;
}

/** One for each batch size; none where it does not compile. */
export function openSgemm(stack: Stack, threads: number): Propagators & Disposable {
  const program = compile();
  const temporary = mkdtempSync(join(tmpdir(), 'secateur-bench-'));
  const path = join(temporary, 'problem');
  if (program !== null) writeProblem(stack, path);
  const run = (batch: number) => async (): Promise<Propagation> => {
    const options = { encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
    const { stdout, status } = spawnSync(`./${program}`, [path, String(batch), String(threads)], options);
    if (status !== 0) throw new Error(`sgemm ended with ${status}`);
    const { seconds, cpu, sums } = JSON.parse(stdout) as { seconds: number; cpu: number; sums: number[][] };
    return { seconds, cpu, relevance: sums.slice(1).map((layer) => layer.map((sum) => sum / stack.samples)) };
  };
  const batches = program === null ? [] : [100, 1200];
  return {
    propagators: Object.fromEntries(batches.map((batch) => [`sgemm, batch ${batch}`, run(batch)])),
    [Symbol.dispose]: () => rmSync(temporary, { recursive: true, force: true }),
  };
}
