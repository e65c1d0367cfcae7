import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** How near do the kernels come to what the machine can do? The program is bench/native/, built here. */

const folder = 'build-bench';

interface Limits {
  readonly isa: string;
  /** Multiply-adds in registers, two operations each. */
  readonly gflops: number;
  /** `read16KiB` and so on: GB/s loaded from so much memory. */
  readonly [read: `read${string}`]: number;
}

interface Row {
  readonly family: string;
  readonly shape: string;
  readonly nanoseconds: number;
  readonly gflops: number;
  readonly gbytes: number;
  readonly percentOfPeak: number;
  readonly percentOfRoofline: number;
  readonly limit: string;
}

function succeed(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? (stderr.trim() || stdout)}`);
  return stdout;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } });
  succeed('cmake', ['-S', '.', '-B', folder, '-DSECATEUR_BENCHES=ON']);
  succeed('cmake', ['--build', folder, '--target', 'native_bench', '--parallel']);
  const lines = succeed(join(folder, 'bench/native/native_bench'), []).trim().split('\n');
  const [limits, ...rows] = lines.map((line) => JSON.parse(line)) as [Limits, ...Row[]];
  if (values.json) console.log(JSON.stringify({ limits, rows }, null, 2));
  else print(limits, rows);
}

function print({ isa, gflops, ...reads }: Limits, rows: readonly Row[]): void {
  const read = Object.entries(reads).map(([size, speed]) => `${speed} GB/s from ${size.replace('read', '')}`);
  console.log(`${isa}, one thread: ${gflops} GFLOP/s of multiply-adds in registers; loads ${read.join(', ')}\n`);
  console.log('| kernel | shape | ns | GFLOP/s | GB/s | of the peak | of the roofline | limited by |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const row of rows) {
    const arithmetic = row.gflops === 0 ? ['-', '-'] : [row.gflops.toFixed(1), `${row.percentOfPeak.toFixed(0)} %`];
    const cells = [row.family, row.shape, row.nanoseconds.toFixed(0), arithmetic[0], row.gbytes.toFixed(1)];
    console.log(`| ${[...cells, arithmetic[1], `${row.percentOfRoofline.toFixed(0)} %`, row.limit].join(' | ')} |`);
  }
}
