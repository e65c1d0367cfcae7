import type { LayerKind } from '../../../network/index.js';
import { activation } from './activation.js';
import { add } from './add.js';
import { avgPool2d } from './avgPool2d.js';
import { batchNorm } from './batchNorm.js';
import { concat } from './concat.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { depthwiseConv2d } from './depthwiseConv2d.js';
import { globalAvgPool2d } from './globalAvgPool2d.js';
import { maxPool2d } from './maxPool2d.js';
import { multiply } from './multiply.js';
import type { LayerBackward } from './step.js';
import { unchanged } from './unchanged.js';
import { zeroPad2d } from './zeroPad2d.js';

/** How each layer kind hands a signal back. */
export const layerBackwards: { readonly [K in LayerKind]: LayerBackward<K> } = {
  input: unchanged,
  dense,
  conv2d,
  depthwiseConv2d,
  batchNorm,
  activation,
  maxPool2d,
  avgPool2d,
  globalAvgPool2d,
  flatten: unchanged,
  reshape: unchanged,
  dropout: unchanged,
  add,
  concat,
  multiply,
  zeroPad2d,
};
