import type { LayerKind } from '../../network/index.js';
import { activation } from './activation.js';
import { add } from './add.js';
import { avgPool2d } from './avgPool2d.js';
import { batchNorm } from './batchNorm.js';
import { concat } from './concat.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { depthwiseConv2d } from './depthwiseConv2d.js';
import { dropout } from './dropout.js';
import { flatten } from './flatten.js';
import { globalAvgPool2d } from './globalAvgPool2d.js';
import { input } from './input.js';
import { maxPool2d } from './maxPool2d.js';
import { multiply } from './multiply.js';
import { reshape } from './reshape.js';
import type { Trainable } from './trainable.js';
import { zeroPad2d } from './zeroPad2d.js';

const trainables: { readonly [K in LayerKind]: Trainable<K> } = {
  input,
  dense,
  conv2d,
  depthwiseConv2d,
  batchNorm,
  activation,
  maxPool2d,
  avgPool2d,
  globalAvgPool2d,
  flatten,
  reshape,
  dropout,
  add,
  concat,
  multiply,
  zeroPad2d,
};

/** How a kind learns, with its settings' type forgotten, for code that treats all kinds alike. */
export function trainableOf(kind: LayerKind): Trainable<LayerKind> {
  return trainables[kind] as Trainable<LayerKind>;
}
