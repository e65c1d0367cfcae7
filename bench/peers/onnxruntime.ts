import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, type Network, saveModel } from 'secateur';
import { floats, logitsOf, meanCrossEntropy, withoutNode } from './modified.js';
import { type NodewisePeer, type Peer, peerBatch } from './peer.js';

type Ort = typeof import('onnxruntime-node');

/** One session a node (making it is not timed), whole forward passes in batches. */
export const onnxruntime: Peer = {
  name: 'onnxruntime',
  method: `session.run at batch ${peerBatch}, a session a node; making the session and the loss not timed; the median node times all nodes`,
  open: async (network, data) => {
    const ort = await load();
    return ort && openSession(ort, logitsOf(network), data);
  },
};

const load = (): Promise<Ort | null> =>
  import('onnxruntime-node').catch((error: Error) => {
    console.error(`skipped onnxruntime: ${error.message}`);
    return null;
  });

/** The intact network in one session: mean cross-entropy and the seconds of the passes over all samples. */
export async function openForward(network: Network, data: Dataset) {
  const ort = await load();
  if (ort === null) return null;
  const folder = await mkdtemp(join(tmpdir(), 'secateur-bench-'));
  const path = join(folder, 'network.onnx');
  await saveModel(logitsOf(network), path);
  const session = await ort.InferenceSession.create(path);
  const batches = batchesOf(ort, network, data);
  return {
    run: async () => {
      const { logits, seconds } = await runAll(session, batches);
      return { loss: meanCrossEntropy(logits, data.y), seconds };
    },
    [Symbol.asyncDispose]: async () => {
      await session.release();
      await rm(folder, { recursive: true });
    },
  };
}

async function openSession(ort: Ort, network: Network, data: Dataset): Promise<NodewisePeer> {
  const folder = await mkdtemp(join(tmpdir(), 'secateur-bench-'));
  const batches = batchesOf(ort, network, data);
  return {
    ablate: async (layer, node) => {
      const path = join(folder, 'node.onnx');
      await saveModel(withoutNode(network, layer, node), path);
      const session = await ort.InferenceSession.create(path);
      const { logits, seconds } = await runAll(session, batches);
      await session.release();
      return { loss: meanCrossEntropy(logits, data.y), seconds };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

type Batch = InstanceType<Ort['Tensor']>;

/** Channels first, as ONNX takes images. */
function batchesOf(ort: Ort, network: Network, data: Dataset): Batch[] {
  const shape = network.layers[network.input]?.outputShape ?? [];
  const [height = 1, width = 1, channels = 1] = shape.length === 3 ? shape : [1, 1, shape[0]];
  const size = height * width * channels;
  const x = floats(data);
  const moved = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const [sample, within] = [Math.floor(i / size), i % size];
    moved[sample * size + (within % channels) * height * width + Math.floor(within / channels)] = x[i] ?? 0;
  }
  const starts = Array.from({ length: Math.ceil(data.count / peerBatch) }, (_, i) => i * peerBatch);
  return starts.map((start) => {
    const count = Math.min(peerBatch, data.count - start);
    const dims = shape.length === 3 ? [count, channels, height, width] : [count, size];
    return new ort.Tensor('float32', moved.subarray(start * size, (start + count) * size), dims);
  });
}

async function runAll(
  session: Awaited<ReturnType<Ort['InferenceSession']['create']>>,
  batches: readonly Batch[],
): Promise<{ logits: Float32Array; seconds: number }> {
  const input = session.inputNames[0] ?? '';
  const output = session.outputNames[0] ?? '';
  const outputs: Float32Array[] = [];
  const started = performance.now();
  for (const batch of batches) {
    const result = await session.run({ [input]: batch });
    outputs.push(result[output]?.data as Float32Array);
  }
  const seconds = (performance.now() - started) / 1000;
  return { logits: concatenate(outputs), seconds };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
