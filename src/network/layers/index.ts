import type { LayerDefinition } from '../definition.js';
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
import { zeroPad2d } from './zeroPad2d.js';

/** Every layer kind. A kind also has a row in the table of each room that must know it; the compiler names them. */
export const layerDefinitions = {
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
} as const;

/** What a layer does. */
export type LayerKind = keyof typeof layerDefinitions;

/** All layer kinds. */
export const layerKinds = Object.keys(layerDefinitions) as LayerKind[];

/** The settings of each kind. */
export type LayerConfigs = {
  [K in LayerKind]: (typeof layerDefinitions)[K] extends LayerDefinition<infer Config> ? Config : never;
};

/** A kind's definition with its settings' type forgotten, for code that treats all kinds alike. */
export function definitionOf(kind: LayerKind): LayerDefinition<unknown> {
  return layerDefinitions[kind] as LayerDefinition<unknown>;
}
