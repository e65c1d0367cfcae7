import type { Network } from '../../network/index.js';
import type { Shape } from '../../tensor/tensor.js';
import { expectArguments } from '../../util/arguments.js';
import { expectFinite, expectOneOf, invalid, isNonNegativeInteger } from '../../util/expect.js';
import { kernelNamed, kernelUsers, suitsPattern, type WeightsByLayer } from './masks.js';
import { blocksOf, type ParsedPattern, parsePattern, planesOf, type WeightPattern } from './pattern.js';
import { markSmallest, nthSmallest } from './smallest.js';

/** What a criterion says of every weight of a layer's kernel, in the kernel's layout. */
export interface WeightScores {
  readonly layer: string;
  readonly shape: Shape;
  readonly scores: ArrayLike<number>;
}

/** What decides how many weights go: exactly one of these, or a pattern `N:M` alone. */
export interface WeightAmounts {
  /** A share from 0 to below 1 of the weights, rounded to the nearest number; from 1 on, a number of them. */
  readonly amount?: number;
  /** Weights with a score worse than this go. */
  readonly threshold?: number;
  /** Weights with a score worse than so many times the mean score of their kernel go. */
  readonly meanThreshold?: number;
}

export interface SelectWeightsOptions extends WeightAmounts {
  /** Which scores are good: what the criterion declares. */
  readonly keep: 'high' | 'low';
  /** Whether amounts count in each kernel (default) or over all. */
  readonly scope?: 'layer' | 'global';
  /** Which weights go together; the score of a block is the mean of its weights', and amounts count blocks. */
  readonly pattern?: WeightPattern;
  /** Weights (or blocks) that are left of each kernel at least. Default 1. */
  readonly minimum?: number;
}

/**
 * The weights that go by their scores. Equal scores: the lower layer first, then the lower index in the kernel. A kernel that
 * layers share counts once, with the mean of its scores, and goes in all of them.
 *
 * @param scores of the kernels that may lose weights.
 * @throws SecateurError ERR_ARGUMENT for options or scores that make no sense, and for kernels that a pattern does not
 * suit: those of depthwise convolutions, where nothing is summed over inputs.
 */
export function selectWeights(
  network: Network,
  scores: readonly WeightScores[],
  options: SelectWeightsOptions,
): WeightsByLayer {
  expectArguments({ network, scores, options });
  const pattern = options.pattern === undefined ? null : parsePattern(options.pattern);
  checkOptions(options, pattern);
  for (const kernel of scores) checkScores(network, kernel, pattern);
  const users = kernelUsers(network);
  const inOrder = network.layers
    .filter(({ name }) => users(name).find((user) => scores.some(({ layer }) => layer === user)) === name)
    .map(({ name }) => meanOfUses(scores.filter(({ layer }) => users(name).includes(layer))));
  const sign = options.keep === 'high' ? 1 : -1;
  const values = inOrder.map((kernel) => oriented(kernel.scores, sign));
  const shapes = inOrder.map(({ shape }) => shape);
  const masks =
    pattern?.kind === 'share'
      ? values.map((own, i) => markShares(own, shapes[i]!, pattern))
      : markWorst(values, shapes, pattern, options);
  return Object.fromEntries(masks.flatMap((mask, i) => users(inOrder[i]!.layer).map((layer) => [layer, mask])));
}

/** One kernel's scores, from those of the layers that share it. */
function meanOfUses(uses: readonly WeightScores[]): WeightScores {
  const [first, ...others] = uses as [WeightScores, ...WeightScores[]];
  if (others.length === 0) return first;
  const scores = Float64Array.from(first.scores, (_, i) =>
    uses.reduce((sum, own) => sum + own.scores[i]! / uses.length, 0),
  );
  return { ...first, scores };
}

/** The scores so that low ones go. */
function oriented(scores: ArrayLike<number>, sign: 1 | -1): Float64Array {
  const found = new Float64Array(scores);
  if (sign === -1) for (let i = 0; i < found.length; i++) found[i] = -found[i]!;
  return found;
}

const amountNames = ['amount', 'threshold', 'meanThreshold'] as const;

function checkOptions(options: SelectWeightsOptions, pattern: ParsedPattern | null): void {
  const given = amountNames.filter((name) => options[name] !== undefined);
  if (pattern?.kind === 'share' && given.length > 0) {
    throw invalid('options', 'no amount beside a pattern N:M, which is one', given.join(' and '));
  }
  if (pattern?.kind !== 'share' && given.length !== 1) {
    throw invalid('options', `exactly one of ${amountNames.join(', ')}`, given.join(' and ') || 'none of them', {
      hint: 'say in one way how much goes: amount 0.5 is half of the weights',
    });
  }
  for (const name of given) expectFinite(name, options[name]);
  const { amount = 0, minimum = 1 } = options;
  if (amount < 0 || (amount > 1 && !Number.isInteger(amount))) {
    throw invalid('amount', 'a share from 0 to below 1, or a whole number', amount);
  }
  if (!isNonNegativeInteger(minimum)) throw invalid('minimum', 'an integer of at least 0', minimum);
  expectOneOf('keep', options.keep, ['high', 'low']);
  expectOneOf('scope', options.scope ?? 'layer', ['layer', 'global']);
}

function checkScores(
  network: Network,
  { layer: name, shape, scores }: WeightScores,
  pattern: ParsedPattern | null,
): void {
  const { layer, kernel } = kernelNamed(network, name);
  if (String(kernel.shape) !== String(shape) || scores.length !== kernel.data.length) {
    throw invalid('scores', `scores of shape [${kernel.shape}] for layer "${name}"`, `shape [${shape}]`);
  }
  let wrong = 0;
  while (Number.isFinite(scores[wrong])) wrong += 1;
  if (wrong < scores.length)
    throw invalid('scores', `a finite score for weight ${wrong} of layer "${name}"`, scores[wrong]);
  if (pattern !== null && !suitsPattern(network, layer)) {
    throw invalid('pattern', 'layers that sum over inputs', `layer "${name}", which does not`);
  }
}

/** Marks what goes so that of every `of` inputs the `stay` best are left; a shorter row at the end keeps as many. */
function markShares(values: Float64Array, shape: Shape, { stay, of }: { stay: number; of: number }): Uint8Array {
  const { taps, inputs, outputs } = planesOf(shape);
  const marks = new Uint8Array(values.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let first = 0; first < inputs; first += of) {
      const length = Math.min(of, inputs - first);
      for (let output = 0; output < outputs; output++) {
        const at = (input: number): number => (tap * inputs + first + input) * outputs + output;
        for (let input = 0; input < length; input++) {
          const value = values[at(input)]!;
          let better = 0;
          for (let other = 0; other < length; other++) {
            const rival = values[at(other)]!;
            if (rival > value || (rival === value && other > input)) better += 1;
          }
          if (better >= stay) marks[at(input)] = 1;
        }
      }
    }
  }
  return marks;
}

/** Marks the worst weights or blocks of each kernel, as many as the options say. */
function markWorst(
  values: readonly Float64Array[],
  shapes: readonly Shape[],
  block: Extract<ParsedPattern, { kind: 'block' }> | null,
  options: SelectWeightsOptions,
): Uint8Array[] {
  const blocks = shapes.map((shape) => (block === null ? null : blocksOf(shape, block)));
  const units = values.map((own, i) => (blocks[i] ? means(own, blocks[i]) : own));
  const { minimum = 1 } = options;
  const counts = countsOf(units, options).map((count, i) => Math.min(count, units[i]!.length - minimum));
  return units.map((own, i) => {
    const marks = markSmallest(own, counts[i]!);
    return blocks[i] ? Uint8Array.from(blocks[i], (unit) => marks[unit]!) : marks;
  });
}

function means(values: Float64Array, blocks: Int32Array): Float64Array {
  const size = blocks.reduce((most, block) => Math.max(most, block + 1), 0);
  const [sums, counts] = [new Float64Array(size), new Float64Array(size)];
  for (const [i, block] of blocks.entries()) {
    sums[block]! += values[i]!;
    counts[block]! += 1;
  }
  return sums.map((sum, block) => sum / counts[block]!);
}

/** How many of each kernel's units go. */
function countsOf(
  units: readonly Float64Array[],
  { amount, threshold, meanThreshold, scope = 'layer', keep }: SelectWeightsOptions,
): number[] {
  const pools = scope === 'layer' ? units.map((own) => [own]) : [units];
  return pools.flatMap((pool) => {
    if (amount !== undefined) return countSmallest(pool, amount);
    const limit = threshold !== undefined ? (keep === 'high' ? 1 : -1) * threshold : meanThreshold! * meanOf(pool);
    return pool.map((own) => own.reduce((count, value) => count + (value < limit ? 1 : 0), 0));
  });
}

/** How many of the smallest `amount` of a pool are in each of its kernels; of equal ones the first kernel's go first. */
function countSmallest(pool: readonly Float64Array[], amount: number): number[] {
  const total = pool.reduce((sum, { length }) => sum + length, 0);
  const count = Math.min(total, amount < 1 ? Math.round(amount * total) : amount);
  const [only] = pool;
  if (pool.length === 1 && only !== undefined) return [count];
  if (count === 0) return pool.map(() => 0);
  const all = new Float64Array(total);
  let at = 0;
  for (const own of pool) {
    all.set(own, at);
    at += own.length;
  }
  const limit = nthSmallest(all, count - 1);
  const below = pool.map((own) => own.reduce((sum, value) => sum + (value < limit ? 1 : 0), 0));
  let ties = count - below.reduce((sum, own) => sum + own, 0);
  return pool.map((own, i) => {
    const equal = own.reduce((sum, value) => sum + (value === limit ? 1 : 0), 0);
    const taken = Math.min(ties, equal);
    ties -= taken;
    return below[i]! + taken;
  });
}

const meanOf = (pool: readonly Float64Array[]): number =>
  pool.reduce((sum, own) => sum + own.reduce((total, value) => total + value, 0), 0) /
  pool.reduce((sum, { length }) => sum + length, 0);
