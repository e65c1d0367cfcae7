import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import type { CompiledNetwork, Engine, Samples } from '../../../src/engine/engine.js';
import { forwardAll } from '../../../src/engine/outputs.js';
import { referenceEngine } from '../../../src/engine/reference/index.js';
import { prepareSamples } from '../../../src/engine/samples.js';
import { decodeOnnx } from '../../../src/formats/onnx/onnx.js';
import { layerAt, type Network } from '../../../src/network/index.js';
import { sizeOf } from '../../../src/tensor/tensor.js';
import { createRandom } from '../../../src/util/random.js';
import { expectClose, float32Forward, largest } from '../../support/tolerance.js';

/** What onnxruntime makes of a file: all its outputs for samples of shape `dims`, the first axis theirs. */
export async function peerOutputs(file: Uint8Array, x: Float32Array, dims: readonly number[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  try {
    const [input = ''] = session.inputNames;
    const results = await session.run({ [input]: new Tensor('float32', x, [...dims]) });
    return session.outputNames.map((name) => Float32Array.from((results[name] as Tensor).data as Float32Array));
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

/** The largest value of any layer. */
async function largestInside(compiled: CompiledNetwork, samples: Samples): Promise<number> {
  let most = 0;
  for (const { id } of compiled.network.layers) {
    most = Math.max(most, largest(await compiled.forward(samples, { layer: id })));
  }
  return most;
}

/**
 * Runs `file` in onnxruntime and `network` in the reference engine on the same random samples and compares the outputs,
 * images channels first in the file, within what float32 costs at the size of the largest value inside.
 */
export async function expectPeerAgrees(
  network: Network,
  file: Uint8Array,
  seed: number,
  engine: Engine = referenceEngine,
): Promise<void> {
  const count = 3;
  const { outputShape: shape } = layerAt(network, network.input);
  const random = createRandom(seed);
  const x = Float32Array.from({ length: count * sizeOf(shape) }, () => random.normal());
  using compiled = engine.compile(network);
  const samples = { x, count, scale: 1 };
  const theirs = await peerOutputs(file, channelsFirst(x, shape), fileShape(shape, count));
  await expectOutputs(theirs, compiled, samples);
}

async function expectOutputs(
  theirs: readonly Float32Array[],
  compiled: CompiledNetwork,
  samples: Samples,
): Promise<void> {
  const { network } = compiled;
  expect(theirs.length).toBe(network.outputs.length);
  const tolerance = float32Forward(network, await largestInside(compiled, samples));
  for (const [i, own] of (await forwardAll(compiled, samples)).entries()) {
    const { name, outputShape } = layerAt(network, network.outputs[i]!);
    expectClose(theirs[i]!, channelsFirst(own, outputShape), tolerance, `output ${name} of ${network.name}`);
  }
}

/**
 * Reads `file` and runs it in onnxruntime and, as the network that it became, in the reference engine, on the same random
 * samples in the file's own layout, or in `engine`. `input` is the shape of the file's input, text where it is open.
 */
export async function expectFileAgrees(
  file: Uint8Array,
  input: readonly (number | string)[],
  engine: Engine = referenceEngine,
): Promise<void> {
  const dims = input.map((size) => (typeof size === 'string' ? 3 : size));
  const network = await decodeOnnx(file);
  const random = createRandom(0xbeef);
  const x = Float32Array.from({ length: sizeOf(dims) }, () => random.normal());
  using compiled = engine.compile(network);
  const samples = prepareSamples(network, { x });
  await expectOutputs(await peerOutputs(file, x, dims), compiled, samples);
}
