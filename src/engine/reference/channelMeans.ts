import { type LayerId, layerAt, type Network } from '../../network/index.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Samples } from '../engine.js';
import { blocksOf } from './blocks.js';
import type { Pace } from './pace.js';
import { layersToward, runLayers, sampleAt } from './pass.js';

/** See `CompiledNetwork.channelMeans`. */
export async function channelMeans(
  network: Network,
  samples: Samples,
  sites: readonly LayerId[],
  pace: Pace,
): Promise<Float64Array[]> {
  const layers = layersToward(network, sites);
  const newSums = () => sites.map((site) => new Float64Array(layerAt(network, site).outputShape.at(-1)!));
  const totals = newSums();
  for (const { from, to } of blocksOf(samples.count)) {
    const sums = newSums();
    for (let sample = from; sample < to; sample++) {
      const outputs = await runLayers(network, layers, sampleAt(network, samples, sample), pace);
      for (const [i, site] of sites.entries()) addChannels(sums[i]!, outputs[site]!);
    }
    for (const [i, total] of totals.entries()) addChannels(total, sums[i]!);
  }
  return totals.map((total, i) => {
    const positions = sizeOf(layerAt(network, sites[i]!).outputShape) / total.length;
    return total.map((sum) => sum / (samples.count * positions));
  });
}

/** Adds each value to the sum of its channel. */
function addChannels(sums: Float64Array, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) sums[i % sums.length]! += values[i]!;
}
