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
import type { PruningRules } from './rules.js';
import { zeroPad2d } from './zeroPad2d.js';

const rules: { readonly [K in LayerKind]: PruningRules<K> } = {
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

/** A kind's rules with its settings' type forgotten, for code that treats all kinds alike. */
export function rulesOf(kind: LayerKind): PruningRules<LayerKind> {
  return rules[kind] as PruningRules<LayerKind>;
}
