import { type LayerId, layerAt, type Network } from '../../network/index.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Samples } from '../engine.js';
import type { Pace } from './pace.js';
import { layersToward, runLayers, sampleAt } from './pass.js';

/** See `CompiledNetwork.forward`. */
export async function forward(network: Network, samples: Samples, layer: LayerId, pace: Pace): Promise<Float32Array> {
  const layers = layersToward(network, [layer]);
  const size = sizeOf(layerAt(network, layer).outputShape);
  const output = new Float32Array(samples.count * size);
  for (let sample = 0; sample < samples.count; sample++) {
    const outputs = await runLayers(network, layers, sampleAt(network, samples, sample), pace);
    output.set(outputs[layer]!, sample * size);
  }
  return output;
}
