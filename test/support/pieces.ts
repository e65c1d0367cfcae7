import { activationNames, type LayerKind, type Window } from '../../src/network/index.js';
import type { Shape } from '../../src/tensor/tensor.js';
import type { Random } from '../../src/util/random.js';
import { between, chance, type Draft, pick } from './draft.js';

/** A few layers that show one kind at work. */
interface Piece {
  /** What it can stand behind. */
  readonly on: 'image' | 'flat' | 'any';
  readonly add: (draft: Draft) => void;
}

/** One row a layer kind: a kind without a row does not compile, and the conformance test fails. */
export const pieces: { readonly [K in LayerKind]: Piece } = {
  input: { on: 'any', add: () => {} },
  dense: {
    on: 'flat',
    add: (draft) => {
      draft.add('dense', { units: pick(draft.random, [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 33]) });
      addActivation(draft, 0.8);
    },
  },
  conv2d: {
    on: 'image',
    add: (draft) => {
      const channels = draft.end.shape[2] as number;
      const groups = pick(draft.random, divisors(channels));
      const filters = groups * between(draft.random, 1, Math.max(1, Math.floor(9 / groups)));
      draft.add('conv2d', { ...slidingWindow(draft), filters, groups });
      addActivation(draft, 0.8);
    },
  },
  depthwiseConv2d: {
    on: 'image',
    add: (draft) => {
      draft.add('depthwiseConv2d', { ...slidingWindow(draft), depthMultiplier: between(draft.random, 1, 2) });
      addActivation(draft, 0.5);
    },
  },
  batchNorm: {
    on: 'any',
    add: (draft) => {
      addSameShape(draft);
      draft.add('batchNorm', { epsilon: pick(draft.random, [1e-3, 1e-5]) });
      addActivation(draft, 0.5);
    },
  },
  activation: { on: 'any', add: (draft) => addActivation(draft, 1) },
  maxPool2d: { on: 'image', add: (draft) => void draft.add('maxPool2d', poolingWindow(draft)) },
  avgPool2d: {
    on: 'image',
    add: (draft) => {
      draft.add('avgPool2d', { ...poolingWindow(draft), includePadding: chance(draft.random, 0.5) });
    },
  },
  globalAvgPool2d: {
    on: 'image',
    add: (draft) => {
      draft.add('globalAvgPool2d', { keepDims: false });
      const [channels] = draft.end.shape as [number];
      draft.add('reshape', { shape: [1, 1, channels] });
    },
  },
  flatten: {
    on: 'any',
    add: (draft) => {
      const { shape } = draft.end;
      draft.add('flatten', {});
      draft.add('reshape', { shape });
    },
  },
  reshape: { on: 'any', add: (draft) => void draft.add('reshape', { shape: [...draft.end.shape].reverse() }) },
  dropout: { on: 'any', add: (draft) => void draft.add('dropout', { rate: 0.25 }) },
  add: {
    on: 'any',
    add: (draft) => {
      const trunk = draft.end.name;
      const branch = chance(draft.random, 0.3) ? addBroadcastable(draft) : addSameShape(draft);
      draft.add('add', {}, [trunk, branch]);
      addActivation(draft, 0.5);
    },
  },
  concat: {
    on: 'any',
    add: (draft) => {
      const trunk = draft.end.name;
      const rank = draft.end.shape.length;
      const branch = addSameShape(draft);
      draft.add('concat', { axis: between(draft.random, -rank, rank - 1) }, [branch, trunk, branch]);
    },
  },
  multiply: {
    on: 'any',
    add: (draft) => {
      const trunk = draft.end.name;
      addBroadcastable(draft);
      const gate = draft.add('activation', { fn: 'sigmoid' });
      draft.add('multiply', {}, chance(draft.random, 0.5) ? [trunk, gate] : [gate, trunk]);
    },
  },
  zeroPad2d: {
    on: 'image',
    add: (draft) => void draft.add('zeroPad2d', { padding: [zeros(draft.random, 2), zeros(draft.random, 2)] }),
  },
};

function addActivation({ random, add }: Draft, probability: number): void {
  if (!chance(random, probability)) return;
  const fn = pick(random, activationNames);
  add('activation', fn === 'leakyRelu' && chance(random, 0.5) ? { fn, alpha: 0.05 } : { fn });
}

/** A layer with nodes whose output has the shape of its input. */
function addSameShape({ end, add }: Draft): string {
  const channels = end.shape.at(-1) as number;
  if (end.shape.length === 1) return add('dense', { units: channels });
  return add('conv2d', { filters: channels, kernelSize: [3, 3], padding: 'same' });
}

/** Squeeze: one number a channel, which elementwise operations repeat; flat inputs have nothing to repeat. */
function addBroadcastable(draft: Draft): string {
  if (draft.end.shape.length === 1) return addSameShape(draft);
  const channels = draft.end.shape[2] as number;
  draft.add('globalAvgPool2d', { keepDims: true });
  return draft.add('conv2d', { filters: channels, kernelSize: [1, 1] });
}

const divisors = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);

const zeros = (random: Random, most: number) => [random.integer(most), random.integer(most)] as const;

const pair = (random: Random, from: number, to: number) =>
  [between(random, from, to), between(random, from, to)] as const;

function slidingWindow(draft: Draft): Window {
  const { random, end } = draft;
  const [kernelSize, strides] = [pair(random, 1, 3), pair(random, 1, 2)];
  const dilation = chance(random, 0.25) ? pair(random, 1, 2) : ([1, 1] as const);
  const explicit = [zeros(random, 2), zeros(random, 2)] as const;
  const window = { kernelSize, strides, dilation, padding: pick(random, ['same', 'valid', explicit] as const) };
  return fits(window, end.shape) ? window : { ...window, padding: 'same' };
}

/** A window that is nowhere all padding: it fits into the image, and less is padded than it spans. */
function poolingWindow({ random, end }: Draft): Window {
  const most = Math.min(3, ...end.shape.slice(0, 2));
  const [kernelSize, strides] = [pair(random, 1, most), pair(random, 1, 2)];
  const explicit = [zeros(random, kernelSize[0] - 1), zeros(random, kernelSize[1] - 1)] as const;
  const window = { kernelSize, strides, padding: pick(random, ['same', 'valid', explicit] as const) };
  const dilated = { ...window, dilation: [2, 2] as const };
  return chance(random, 0.2) && fits(dilated, end.shape) ? dilated : { ...window, dilation: [1, 1] };
}

/** Whether the window without its padding fits into the image. */
const fits = ({ kernelSize, dilation }: Window, shape: Shape): boolean =>
  kernelSize.every((size, axis) => (size - 1) * (dilation[axis] as number) + 1 <= (shape[axis] as number));
