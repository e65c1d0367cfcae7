import { type Layer, type LayerKind, layerAt, type Network } from '../../network/index.js';
import type { PropagationEvent, PropagationJob, PropagationResult, TapSums, WeightGradients } from '../propagation.js';
import type { NativePropagation } from './addon.js';
import { roundSamples } from './floats.js';
import { nativeHead } from './head.js';

/** What the addon finds: for each layer whose gradients were asked for the weights in the order of its description. */
interface Found {
  readonly taps: readonly TapSums[];
  readonly weights: readonly (readonly { readonly gradient: Float64Array; readonly square: Float64Array }[])[];
  readonly weightedSquares: readonly Float64Array[];
  readonly totals: Float64Array;
  readonly dead: Float64Array;
}

const kernelAndBias = ['kernel', 'bias'] as const;

/** The weights that have gradients, in the order in which `encodeNetwork` hands them over. */
const gradientNames: { readonly [K in LayerKind]?: readonly string[] } = {
  dense: kernelAndBias,
  conv2d: kernelAndBias,
  depthwiseConv2d: kernelAndBias,
  batchNorm: ['gamma', 'beta'],
};

/** A job as the addon takes it; `signals` is the room for the maps, in the order of the job's. */
export function encodePropagation(job: PropagationJob, signals: readonly Float32Array[]): NativePropagation {
  return {
    samples: roundSamples(job.samples),
    targets: job.samples.targets,
    head: nativeHead(job.head),
    start: job.start,
    rules: job.rules,
    taps: job.taps,
    maps: job.maps.map((layer, i) => ({ layer, signal: signals[i]! })),
    weightGradients: job.weightGradients,
    squaredGradients: job.squaredGradients,
    weightedSquares: job.weightedSquares,
    totals: job.totals,
  };
}

/** What the addon found, as the last event of a propagation. */
export function decodePropagation(
  network: Network,
  job: PropagationJob,
  signals: readonly Float32Array[],
  result: unknown,
): PropagationEvent & PropagationResult {
  const { taps, weights, weightedSquares, totals, dead } = result as Found;
  return {
    type: 'result',
    taps,
    maps: signals,
    weights: job.weightGradients.map((id, i) =>
      namedGradients(layerAt(network, id), weights[i]!, job.squaredGradients),
    ),
    weightedSquares,
    layers: Array.from(totals, (total, i) => ({ total, dead: dead[i]! })),
  };
}

/** Without those of weights that the layer does not have. */
function namedGradients(layer: Layer, found: Found['weights'][number], squared: boolean): WeightGradients {
  const names = (gradientNames[layer.kind] ?? []).map((name, i) => ({ name, sums: found[i]! }));
  const present = names.filter(({ name }) => name in layer.weights);
  const column = (key: 'gradient' | 'square') =>
    Object.fromEntries(present.map(({ name, sums }) => [name, sums[key]] as const));
  return { layer: layer.id, gradients: column('gradient'), squares: squared ? column('square') : null };
}
