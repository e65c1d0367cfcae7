import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Dataset, evaluate, hiddenLayers, type Network, nodeCount } from 'secateur';
import type { Ablated, Peer, SweepingPeer } from './peer.js';

const execute = promisify(execFile);

/** A program found in SECATEUR_PROTOTYPES, compiled here: it is a yardstick and no part of the project. */
interface Program {
  readonly source: string;
  readonly weights: string;
  /** Why these samples cannot be run, if so. */
  refuses(samples: number): string | null;
  /** Images that the program reads, more than it measures. */
  images(samples: number): number;
  run(program: string, folder: string, job: Job): Promise<Ablated>;
}

interface Job {
  readonly samples: number;
  readonly nodes: number;
  readonly threads: number;
  /** Mean loss of the intact network. */
  readonly intact: number;
}

/** Runs a program in its folder, where it looks for weights and images, and gives what it prints. */
async function outputOf(program: string, args: readonly string[], folder: string, env: Record<string, string>) {
  const { stdout } = await execute(program, [...args], { cwd: folder, env: { ...process.env, MNIST: folder, ...env } });
  return stdout;
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`the prototype printed nothing like ${pattern}`);
  return Number(found);
}

/** Takes exactly 60,000 samples; writes its right answers (int32) and losses (double) to the file OKF. */
const dense = (name: 'A' | 'B'): Program => ({
  source: 'mlp3.cpp',
  weights: `${name}.w`,
  refuses: (samples) => (samples === 60_000 ? null : 'it runs on all 60000 samples of MNIST only'),
  images: (samples) => samples,
  run: async (program, folder, { nodes, threads }) => {
    const text = await outputOf(program, [name], folder, { OKF: 'losses', ONLY: '1' });
    const bytes = await readFile(join(folder, 'losses'));
    const losses = new Float64Array(bytes.buffer.slice(bytes.byteOffset + 4 * nodes, bytes.byteOffset + 12 * nodes));
    return { losses, seconds: numberIn(text, new RegExp(`T=${threads} mode=2 wall ([\\d.]+)`)) };
  },
});

/**
 * Reads 4000 images more than it measures, eight at a time. Its fifth number makes it write each sample's changes
 * (float32) to C.ps, in a pass of their own before the timed one; the intact loss is printed with five digits, so that
 * the caller's is taken, if it is the same.
 */
const convolutional: Program = {
  source: 'cnnmain3.cpp',
  weights: 'C.w',
  refuses: (samples) => (samples % 8 === 0 ? null : 'it runs on multiples of 8 samples only'),
  images: (samples) => samples + 4000,
  run: async (program, folder, { samples, nodes, threads, intact }) => {
    const args = [samples, 12, 48, 0, samples].map(String);
    const text = await outputOf(program, args, folder, { TT: String(threads) });
    const printed = numberIn(text, /base loss ([\d.]+)/);
    if (!(Math.abs(printed - intact) <= 1e-5)) throw new Error(`the prototype's intact loss is ${printed}`);
    const bytes = await readFile(join(folder, 'C.ps'));
    const changes = new Float32Array(bytes.buffer, bytes.byteOffset, samples * nodes);
    const losses = new Float64Array(nodes).fill(intact);
    for (const [i, change] of changes.entries()) losses[i % nodes]! -= change / samples;
    return { losses, seconds: (numberIn(text, /wall ([\d.]+) ms\/sample/) * samples) / 1000 };
  },
};

/** By the names of the networks that they were written for; all take MNIST. */
const programs: Readonly<Record<string, Program>> = { single: dense('A'), multi: dense('B'), cnn: convolutional };

const skip = (reason: string): null => {
  console.error(`skipped prototype: ${reason}`);
  return null;
};

/** Experiments that reach the speed that the algorithms allow, built for one network each. */
export const prototype: Peer = {
  name: 'prototype',
  method: 'programs of SECATEUR_PROTOTYPES, by their own clocks; reading, sorting and packing not timed',
  open: async (network, data) => {
    const sources = process.env.SECATEUR_PROTOTYPES;
    const program = programs[network.name];
    if (!sources) return skip('SECATEUR_PROTOTYPES names no folder');
    if (!program || data.name !== 'mnist') return skip(`none for ${network.name} on ${data.name}`);
    const refusal = program.refuses(data.count);
    return refusal === null ? openSession(program, sources, network, data) : skip(refusal);
  },
};

async function openSession(program: Program, sources: string, network: Network, data: Dataset): Promise<SweepingPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'secateur-bench-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const binary = join(folder, 'program');
    const flags = ['-O3', '-march=native', '-std=c++20', '-w'];
    const libraries = ['-lopenblas', '-lpthread'];
    await execute('g++', [...flags, join(sources, program.source), '-o', binary, ...libraries]);
    await writeFile(join(folder, program.weights), weightsOf(network));
    await writeImages(folder, data, program.images(data.count));
    const { loss: intact } = await evaluate(network, data);
    const nodes = hiddenLayers(network).reduce((sum, layer) => sum + nodeCount(layer), 0);
    return {
      ablateAll: (threads) => program.run(binary, folder, { samples: data.count, nodes, threads, intact }),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Kernel and bias of layer after layer, as they lie in memory. */
function weightsOf(network: Network): Buffer {
  const weights = network.layers.flatMap(({ weights: { kernel, bias } }) => (kernel && bias ? [kernel, bias] : []));
  return Buffer.concat(weights.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
}

/** MNIST's own two files, filled up with empty images; the programs skip the headers. */
async function writeImages(folder: string, { x, y, count }: Dataset, images: number): Promise<void> {
  const [imageHeader, labelHeader] = [16, 8];
  const pixels = new Uint8Array(imageHeader + images * (x.length / count));
  const labels = new Uint8Array(labelHeader + images);
  pixels.set(x, imageHeader);
  labels.set(y, labelHeader);
  await writeFile(join(folder, 'train-images-idx3-ubyte'), pixels);
  await writeFile(join(folder, 'train-labels-idx1-ubyte'), labels);
}
