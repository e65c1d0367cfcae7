import { type LayerId, layerAt, type Network } from '../../network/index.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Samples } from '../engine.js';
import { layersToward, runSample, sampleAt } from './pass.js';

/** See `CompiledNetwork.forward`. */
export async function forward(
  network: Network,
  samples: Samples,
  layer: LayerId,
  pace: () => Promise<void>,
): Promise<Float32Array> {
  const layers = layersToward(network, [layer]);
  const size = sizeOf(layerAt(network, layer).outputShape);
  const output = new Float32Array(samples.count * size);
  for (let sample = 0; sample < samples.count; sample++) {
    await pace();
    output.set(runSample(network, layers, sampleAt(network, samples, sample))[layer]!, sample * size);
  }
  return output;
}
