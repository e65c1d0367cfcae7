import type { InferenceSession } from 'onnxruntime-node';
import { layerAt, type Network } from '../network/index.js';
import { type Shape, sizeOf } from '../tensor/tensor.js';
import { SecateurError } from '../util/errors.js';
import { toChannelsFirst, toChannelsLast } from './layout.js';
import { type Found, type RunningModel, reasonOf } from './runtime.js';

export type Ort = typeof import('onnxruntime-node');

/** The module onnxruntime-node with the name of its version, or why it cannot be used here. */
export async function loadOrt(): Promise<{ ort: Ort; name: string } | { reason: string }> {
  try {
    const ort = await import('onnxruntime-node');
    return { ort, name: `onnxruntime ${ort.env.versions.node ?? ort.env.versions.common}` };
  } catch (error) {
    return { reason: reasonOf('onnxruntime-node', error) };
  }
}

/** onnxruntime, which runs ONNX files. */
export async function findOnnxruntime(): Promise<Found> {
  const found = await loadOrt();
  if ('reason' in found) return found;
  const { ort, name } = found;
  return {
    runtime: { name, open: async (path, network) => opened(ort, await openSession(ort, path), network) },
  };
}

/** A session on one thread that keeps its warnings to itself. */
export const openSession = (ort: Ort, model: string | Uint8Array, threads = 1): Promise<InferenceSession> =>
  ort.InferenceSession.create(model as string, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });

function opened(ort: Ort, session: InferenceSession, network: Network): RunningModel {
  const { inputLayout } = network;
  const taken = layerAt(network, network.input).outputShape;
  const given = network.outputs.map((id) => layerAt(network, id).outputShape);
  const batch = batchOf(session);
  const pass = async (x: Float32Array, count: number): Promise<Float32Array[]> => {
    const result = await session.run({
      [session.inputNames[0]!]: new ort.Tensor('float32', x, sizes(count, taken, inputLayout)),
    });
    return session.outputNames.map((name) => result[name]!.data as Float32Array);
  };
  return {
    run: async (x, count) => {
      const images = taken.length === 3 && inputLayout === 'nchw' ? toChannelsFirst(x, taken) : x;
      const outputs = await inBatches(images, count, batch ?? count, pass);
      const turned = (shape: Shape): boolean => shape.length === 3 && inputLayout === 'nchw';
      return outputs.map((rows, i) => (turned(given[i] ?? []) ? toChannelsLast(rows, given[i]!) : rows));
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

function sizes(count: number, shape: Shape, layout: Network['inputLayout']): number[] {
  const [height = 1, width = 1, channels = 1] = shape;
  return shape.length === 3 && layout === 'nchw' ? [count, channels, height, width] : [count, ...shape];
}

/** Samples that a file takes at once; null for any number. */
function batchOf({ inputMetadata: [input] }: InferenceSession): number | null {
  if (!input?.isTensor || input.type !== 'float32') {
    throw new SecateurError('ERR_BACKEND', 'the file takes no float32 numbers');
  }
  const [samples] = input.shape;
  return typeof samples === 'number' && samples > 0 ? samples : null;
}

/** Runs samples as many at a time as a file takes, the last ones filled up with zeros. */
async function inBatches(
  x: Float32Array,
  count: number,
  batch: number,
  pass: (x: Float32Array, count: number) => Promise<readonly Float32Array[]>,
): Promise<Float32Array[]> {
  const size = x.length / count;
  const parts: Float32Array[][] = [];
  for (let start = 0; start < count; start += batch) {
    const part = new Float32Array(batch * size);
    part.set(x.subarray(start * size, Math.min(start + batch, count) * size));
    const share = Math.min(batch, count - start) / batch;
    parts.push((await pass(part, batch)).map((rows) => rows.subarray(0, rows.length * share)));
  }
  return parts[0]!.map((_, output) => joined(parts.map((part) => part[output]!)));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(sizeOf([parts.reduce((sum, { length }) => sum + length, 0)]));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
