import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, type Network, saveModel } from 'secateur';
import { floats, logitsOf, withoutNode } from './modified.js';
import { type NodewisePeer, type Peer, peerBatch } from './peer.js';

type Tf = typeof import('@tensorflow/tfjs-node');
type TfTensor = import('@tensorflow/tfjs-node').Tensor;

/** `model.evaluate`, as the published ablation studies did in Keras. */
export const tfjs: Peer = {
  name: 'tfjs',
  method: `tfjs-node model.evaluate at batch ${peerBatch}; loading the model a node not timed; the median node times all nodes`,
  open: async (network, data) => {
    const tf = await import('@tensorflow/tfjs-node').catch((error: Error) => {
      console.error(`skipped tfjs: tfjs-node does not load (${error.message.split('\n')[0]}); run npm run setup`);
      return null;
    });
    return tf && openSession(tf, logitsOf(network), data);
  },
};

async function openSession(tf: Tf, network: Network, data: Dataset): Promise<NodewisePeer> {
  const folder = await mkdtemp(join(tmpdir(), 'secateur-bench-'));
  const shape = network.layers[network.input]?.outputShape ?? [];
  const x = tf.tensor(floats(data), [data.count, ...shape]);
  const y = tf.tidy(() => tf.oneHot(Int32Array.from(data.y), data.classes ?? 1).toFloat());
  return {
    ablate: async (layer, node) => {
      await saveModel(withoutNode(network, layer, node), folder);
      const model = await load(tf, folder);
      model.compile({ optimizer: 'sgd', loss: crossEntropy(tf) });
      const started = performance.now();
      const mean = model.evaluate(x, y, { batchSize: peerBatch }) as import('@tensorflow/tfjs-node').Scalar;
      const loss = (await mean.data())[0] ?? Number.NaN;
      const seconds = (performance.now() - started) / 1000;
      tf.dispose([mean]);
      model.dispose();
      return { loss, seconds };
    },
    [Symbol.asyncDispose]: async () => {
      tf.dispose([x, y]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** From logits: tfjs's own cross-entropy clips probabilities at 1e-7 and would differ. */
function crossEntropy(tf: Tf): (oneHot: TfTensor, logits: TfTensor) => TfTensor {
  return (oneHot, logits) => tf.logSumExp(logits, -1).sub(tf.sum(logits.mul(oneHot), -1));
}

async function load(tf: Tf, folder: string): Promise<import('@tensorflow/tfjs-node').LayersModel> {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
  type Group = { paths: string[]; weights: unknown[] };
  const groups = weightsManifest as Group[];
  const shards = await Promise.all(groups.flatMap(({ paths }) => paths).map((path) => readFile(join(folder, path))));
  const joined = Buffer.concat(shards);
  const weightData = joined.buffer.slice(joined.byteOffset, joined.byteOffset + joined.byteLength) as ArrayBuffer;
  const weightSpecs = groups.flatMap(({ weights }) => weights);
  type Artifacts = Parameters<Tf['io']['fromMemory']>[0];
  return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData } as Artifacts));
}
