import { InferenceSession, Tensor } from 'onnxruntime-node';
import { referenceEngine } from '../../../src/engine/reference/index.js';
import { layerAt, type Network } from '../../../src/network/index.js';
import { sizeOf } from '../../../src/tensor/tensor.js';
import { createRandom } from '../../../src/util/random.js';
import { expectClose, float32Forward, largest } from '../../support/tolerance.js';

/** What onnxruntime makes of a file: its only output for samples of shape `dims`, the first axis theirs. */
export async function peerOutput(file: Uint8Array, x: Float32Array, dims: readonly number[]): Promise<Float32Array> {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  try {
    const [input = ''] = session.inputNames;
    const [output = ''] = session.outputNames;
    const results = await session.run({ [input]: new Tensor('float32', x, [...dims]) });
    return Float32Array.from((results[output] as Tensor).data as Float32Array);
  } finally {
    await session.release();
  }
}

/** Images `[height, width, channels]` with their channels first; anything else as it is. */
export function channelsFirst(x: Float32Array, shape: readonly number[]): Float32Array {
  const [height = 1, width = 1, channels = 1] = shape;
  if (shape.length !== 3) return x;
  const area = height * width;
  const turned = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += area * channels) {
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < channels; c++) turned[start + c * area + p] = x[start + p * channels + c] ?? 0;
    }
  }
  return turned;
}

/** The shape in which a file has samples of `shape`, images channels first. */
export function fileShape(shape: readonly number[], count: number): number[] {
  const [height = 1, width = 1, channels = 1] = shape;
  return shape.length === 3 ? [count, channels, height, width] : [count, ...shape];
}

/**
 * Runs `file` in onnxruntime and `network` in the reference engine on the same random samples and compares the outputs,
 * images channels first in the file, within what float32 costs at the size of the largest value inside.
 */
export async function expectPeerAgrees(network: Network, file: Uint8Array, seed: number, count = 3): Promise<void> {
  const { outputShape: shape } = layerAt(network, network.input);
  const random = createRandom(seed);
  const x = Float32Array.from({ length: count * sizeOf(shape) }, () => random.normal());
  using compiled = referenceEngine.compile(network);
  const samples = { x, count, scale: 1 };
  let scale = 0;
  for (const { id } of network.layers) scale = Math.max(scale, largest(await compiled.forward(samples, { layer: id })));
  const ours = channelsFirst(await compiled.forward(samples), layerAt(network, network.output).outputShape);
  const theirs = await peerOutput(file, channelsFirst(x, shape), fileShape(shape, count));
  expectClose(theirs, ours, float32Forward(network, scale), `output of ${network.name}`);
}
