import type { Network } from '../../src/network/index.js';

/**
 * The toy study's networks and scores a second time, in plain loops of doubles: every sample by itself, from the formulas of
 * the study alone. Layers are those with weights; `relus` says which of them a relu follows.
 */
export interface HandNetwork {
  readonly kernels: readonly (readonly (readonly number[])[])[];
  readonly biases: readonly (readonly number[])[];
  readonly relus: readonly boolean[];
}

export function byHand({ layers }: Network): HandNetwork {
  const dense = layers.filter(({ kind }) => kind === 'dense');
  return {
    kernels: dense.map(({ weights }) => {
      const { shape, data } = weights.kernel!;
      const [rows = 0, columns = 0] = shape;
      return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns)));
    }),
    biases: dense.map(({ weights }) => Array.from(weights.bias!.data)),
    relus: dense.map(({ name }) => layers.some((layer) => layer.name === `${name}/activation`)),
  };
}

/** Pre-activations and outputs of every layer for one sample. */
function forward({ kernels, biases, relus }: HandNetwork, x: readonly number[]): { z: number[][]; a: number[][] } {
  const [z, a]: [number[][], number[][]] = [[], [[...x]]];
  for (const [l, kernel] of kernels.entries()) {
    const input = a[l]!;
    const sums = biases[l]!.map((bias, j) => input.reduce((sum, value, i) => sum + value * kernel[i]![j]!, bias));
    z.push(sums);
    a.push(relus[l] ? sums.map((value) => Math.max(0, value)) : sums);
  }
  return { z, a };
}

export const logitsByHand = (network: HandNetwork, x: readonly number[]): number[] => forward(network, x).a.at(-1)!;

/** By layer and unit, for one sample. */
type Units = readonly (readonly number[])[];

/** Gradients of the sample's own cross-entropy at the pre-activations. */
function gradients(network: HandNetwork, x: readonly number[], label: number): { g: Units; z: Units } {
  const { kernels, relus } = network;
  const { z, a } = forward(network, x);
  const logits = a.at(-1)!;
  const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
  let above = logits.map((value, k) => Math.exp(value) / total - Number(k === label));
  const g: number[][] = [];
  for (let l = kernels.length - 1; l > 0; l--) {
    above = kernels[l]!.map((row, i) => {
      const passed = row.reduce((sum, weight, j) => sum + weight * above[j]!, 0);
      return relus[l - 1] && z[l - 1]![i]! <= 0 ? 0 : passed;
    });
    g.unshift(above);
  }
  return { g, z: z.slice(0, -1) };
}

/** z-plus from the logit of the label: `R_i = a_i sum_j (R_j / (sum_i a_i w+_ij + 1e-9)) w+_ij`, biases left out. */
export function relevance(network: HandNetwork, x: readonly number[], label: number): Units {
  const { kernels } = network;
  const { a } = forward(network, x);
  let above = a.at(-1)!.map((value, k) => (k === label ? value : 0));
  const found: number[][] = [];
  for (let l = kernels.length - 1; l > 0; l--) {
    const positive = kernels[l]!.map((row) => row.map((weight) => Math.max(weight, 0)));
    const shares = above.map((r, j) => r / (positive.reduce((sum, row, i) => sum + a[l]![i]! * row[j]!, 0) + 1e-9));
    above = positive.map((row, i) => a[l]![i]! * row.reduce((sum, weight, j) => sum + weight * shares[j]!, 0));
    found.unshift(above);
  }
  return found;
}

type Samples = { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> };

const values: Readonly<Record<string, (network: HandNetwork, x: readonly number[], label: number) => Units>> = {
  lrp: relevance,
  grad: (network, x, label) => gradients(network, x, label).g,
  taylor: (network, x, label) => {
    const { g, z } = gradients(network, x, label);
    return g.map((layer, l) => layer.map((value, i) => value * z[l]![i]!));
  },
};

/** Scores of all hidden units; `corrected`: sizes are taken before samples are summed. */
export function scoresByHand(network: HandNetwork, criterion: string, { x, y }: Samples, corrected = false): number[] {
  if (criterion === 'weight') {
    return network.kernels.slice(0, -1).flatMap((kernel) => {
      const sums = kernel[0]!.map((_, j) => kernel.reduce((sum, row) => sum + Math.abs(row[j]!), 0));
      const total = sums.reduce((sum, value) => sum + value, 0);
      return sums.map((value) => value / total);
    });
  }
  const sums: number[][] = [];
  for (let i = 0; i < y.length; i++) {
    const units = values[criterion]!(network, [x[2 * i]!, x[2 * i + 1]!], y[i]!);
    for (const [l, layer] of units.entries()) {
      sums[l] ??= layer.map(() => 0);
      for (const [unit, value] of layer.entries()) sums[l]![unit]! += corrected ? Math.abs(value) : value;
    }
  }
  return sums.flatMap((layer) => {
    if (criterion === 'lrp') {
      const total = layer.reduce((sum, value) => sum + value, 0);
      return layer.map((value) => value / total);
    }
    const norm = Math.sqrt(layer.reduce((sum, value) => sum + value * value, 0));
    return layer.map((value) => Math.abs(value) / norm);
  });
}
