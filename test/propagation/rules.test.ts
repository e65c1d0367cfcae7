import { describe, expect, test } from 'vitest';
import { layerBackwards } from '../../src/engine/reference/backward/index.js';
import type { LayerBackward } from '../../src/engine/reference/backward/step.js';
import { layerForwards } from '../../src/engine/reference/layers/index.js';
import type { LayerForward, Values } from '../../src/engine/reference/values.js';
import { definitionOf, inputShapes, type Layer, type LayerKind, layerKinds } from '../../src/network/index.js';
import {
  type ConventionName,
  conventionNames,
  type RuleName,
  resolveConvention,
  resolveRule,
  ruleNames,
} from '../../src/propagation/index.js';
import { sizeOf } from '../../src/tensor/tensor.js';
import { createRandom } from '../../src/util/random.js';
import { randomNetwork } from '../support/randomNetwork.js';
import { expectClose, largest, tolerances } from '../support/tolerance.js';

/** Large enough that no denominator of a test is small, so that errors stay small. */
const epsilon = 0.25;

/** What an output makes of its inputs: `x` and `w` of each that it sees, its bias, and the signal that comes to it. */
interface Output {
  readonly seen: readonly { readonly i: number; readonly x: number; readonly w: number }[];
  readonly b: number;
  readonly r: number;
}

/** What one output gives to each input that it sees, in the words of the papers. */
type Formula = (output: Output) => number[];

const pos = (x: number): number => Math.max(x, 0);
const neg = (x: number): number => Math.min(x, 0);
const total = (terms: readonly number[], more = 0): number => terms.reduce((sum, term) => sum + term, more);
const signed = (z: number): number => (z < 0 ? z - epsilon : z + epsilon);
const plain = (z: number): number => z + epsilon;

/** Terms over their sum with `bias`, kept away from 0, times what there is to share. */
const shared = (terms: readonly number[], bias: number, away: (z: number) => number, r: number): number[] =>
  terms.map((term) => (term / away(total(terms, bias))) * r);

const sum = (...lists: readonly number[][]): number[] => lists[0]!.map((_, i) => total(lists.map((list) => list[i]!)));
const times = (factor: number, list: readonly number[]): number[] => list.map((value) => factor * value);
const z = ({ seen, b }: Output): number =>
  total(
    seen.map(({ x, w }) => x * w),
    b,
  );
const products = ({ seen }: Output): number[] => seen.map(({ x, w }) => x * w);

/** The same for every convention but for the stabiliser. */
const common = (away: (z: number) => number) => ({
  absolute: (o: Output) => {
    const sizes = products(o).map(Math.abs);
    return total(sizes) === 0 ? sizes : sizes.map((size) => (size / total(sizes)) * o.r);
  },
  wSquare: (o: Output) =>
    shared(
      o.seen.map(({ w }) => w * w),
      0,
      away,
      o.r,
    ),
  flat: (o: Output) =>
    shared(
      o.seen.map(() => 1),
      0,
      away,
      o.r,
    ),
  zBox: (o: Output) =>
    shared(
      o.seen.map(({ x, w }) => x * w - 0 * pos(w) - 1 * neg(w)),
      0,
      away,
      o.r,
    ),
  gradient: (o: Output) => o.seen.map(({ w }) => w * o.r),
});

/** Rules that tell positive from negative weights and know no bias but a whole one or none. */
const byWeight = (away: (z: number) => number, bias: number) => {
  const plus = (o: Output) =>
    shared(
      o.seen.map(({ x, w }) => x * pos(w)),
      bias * o.b,
      away,
      o.r,
    );
  const minus = (o: Output) =>
    shared(
      o.seen.map(({ x, w }) => x * neg(w)),
      0,
      away,
      o.r,
    );
  return {
    ...common(away),
    epsilon: (o: Output) => shared(products(o), bias * o.b, away, o.r),
    zplus: plus,
    alphaBeta: (o: Output) => sum(times(2, plus(o)), times(-1, minus(o))),
    gamma: (o: Output) =>
      shared(
        o.seen.map(({ x, w }) => x * (w + 0.25 * pos(w))),
        bias * o.b,
        away,
        o.r,
      ),
  };
};

const formulas: { readonly [C in ConventionName]: { readonly [R in Exclude<RuleName, 'identity'>]: Formula } } = {
  zennit: {
    ...common(signed),
    epsilon: (o) => shared(products(o), o.b, signed, o.r),
    zplus: (o) => shared(products(o).map(pos), pos(o.b), signed, o.r),
    alphaBeta: (o) =>
      sum(
        times(2, shared(products(o).map(pos), pos(o.b), signed, o.r)),
        times(-1, shared(products(o).map(neg), neg(o.b), signed, o.r)),
      ),
    gamma: (o) => {
      const side = z(o) >= 0 ? pos : neg;
      const more = (term: number) => term + 0.25 * side(term);
      return shared(products(o).map(more), more(o.b), signed, o.r);
    },
  },
  captum: byWeight(signed, 1),
  toy: byWeight(plain, 0),
};

/** The matrix of a layer with weights, from what it makes of unit vectors, and its bias, from what it makes of zeros. */
function matrixOf(layer: Layer, input: Values): { readonly rows: Float64Array[]; readonly bias: Float64Array } {
  const forward = layerForwards[layer.kind] as LayerForward<LayerKind>;
  const zeros = new Float64Array(input.data.length);
  const bias = forward(layer, { ...input, data: zeros });
  const rows = Array.from(zeros, (_, i) =>
    forward(layer, { ...input, data: zeros.with(i, 1) }).map((value, j) => value - bias[j]!),
  );
  return { rows, bias };
}

const weightedKinds = layerKinds.filter((kind) => definitionOf(kind).weights !== undefined);

/** A weight that is found as a difference of two outputs is off by a rounding of the bias: what is smaller is none. */
const isConnected = (w: number, bias: number): boolean => Math.abs(w) > 2 ** -48 * (1 + Math.abs(bias));

function drawLayer(kind: LayerKind, seed: number) {
  const network = randomNetwork(seed, { include: [kind], extra: 0 });
  const layer = network.layers.findLast((own) => own.kind === kind)!;
  const random = createRandom(seed);
  const [shape = []] = inputShapes(network, layer);
  const draw = (length: number) => Float64Array.from({ length }, () => random.normal());
  return { layer, input: { shape, data: draw(sizeOf(shape)) }, signal: draw(sizeOf(layer.outputShape)) };
}

const cases = weightedKinds.flatMap((kind, row) => [0, 1, 2, 3].map((i) => [kind, 700 + 10 * row + i] as const));

/** Dead denominators that were met. */
let blind = 0;

describe.each(cases)('%s, seed %i', (kind, seed) => {
  const { layer, input, signal } = drawLayer(kind, seed);
  const { rows, bias } = matrixOf(layer, input);
  const outputs = Array.from(signal, (r, j): Output => {
    const seen = rows.flatMap((row, i) =>
      isConnected(row[j]!, bias[j]!) ? [{ i, x: input.data[i]!, w: row[j]! }] : [],
    );
    return { seen, b: bias[j]!, r };
  });
  const backward = layerBackwards[layer.kind] as LayerBackward<LayerKind>;
  const pass = (rule: RuleName, convention: ConventionName) => {
    const { weighted } = resolveRule(rule, resolveConvention({ base: convention, epsilon }));
    return backward.pass(layer, { rule: weighted, inputs: [input], output: new Float64Array(), signal });
  };

  test.each(
    conventionNames.flatMap((convention) =>
      ruleNames.filter((rule) => rule !== 'identity').map((rule) => [rule, convention] as const),
    ),
  )('%s as %s has it is the formula of its paper', (rule, convention) => {
    const expected = new Float64Array(input.data.length);
    for (const output of outputs) {
      const given = formulas[convention][rule](output);
      output.seen.forEach(({ i }, k) => {
        expected[i]! += given[k]!;
      });
    }
    const { signals } = pass(rule, convention);
    const tolerance = {
      relative: tolerances.double.relative,
      absolute: tolerances.double.absolute * largest(expected),
    };
    expectClose(signals[0]!, expected, tolerance, rule);
  });

  test('importance counts the outputs that see nothing but zeros, and loses what they had', () => {
    const dark = { ...input, data: input.data.map((value, i) => (i % 4 === 0 ? value : 0)) };
    const lost = outputs.filter(({ seen }) => seen.every(({ i }) => dark.data[i] === 0));
    const { weighted } = resolveRule('absolute', resolveConvention('zennit'));
    const step = { rule: weighted, inputs: [dark], output: new Float64Array(), signal };
    const { signals, dead } = backward.pass(layer, step);
    expect(dead).toBe(lost.length);
    blind += dead;
    const kept = total([...signal], -total(lost.map(({ r }) => r)));
    const absolute = tolerances.double.absolute * signal.length * largest(signal);
    expectClose([total([...signals[0]!])], [kept], { relative: 0, absolute });
  });

  test('identity hands on unchanged', () => {
    expect(pass('identity', 'zennit').signals[0]).toEqual(signal);
  });
});

test('some outputs saw nothing but zeros', () => {
  expect(blind).toBeGreaterThan(20);
});
