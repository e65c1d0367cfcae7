import { describe, expect, test } from 'vitest';
import { referenceEngine } from '../../src/engine/reference/index.js';
import { ancestorsOf, definitionOf, type LayerSpec, layerKinds } from '../../src/network/index.js';
import { toLayersModel } from '../../src/training/index.js';
import { isExpressible } from '../support/expressible.js';
import { propagated, propagationJob } from '../support/propagate.js';
import { randomData, randomNetwork } from '../support/randomNetwork.js';
import { tfjsNode } from '../support/tfjsBackend.js';
import { expectClose, largest, tolerances } from '../support/tolerance.js';

const loaded = await tfjsNode('gradients against tfjs');

/** Samples, the first axis of every tensor. */
const count = 4;

describe.skipIf(loaded === null)('gradients of tfjs', () => {
  test.each(layerKinds.map((kind, row) => [kind, 600 + row] as const))('are ours: %s, seed %i', async (kind, seed) => {
    const network = randomNetwork(seed, { include: [kind], extra: 1, loss: 'mse', allow: isDifferentiable });
    const data = randomData(network, seed, { count });
    const reached = ancestorsOf(network, data.head.scores);
    const weighted = network.layers.filter((layer) => reached.has(layer.id) && definitionOf(layer.kind).weights);
    using compiled = referenceEngine.compile(network);
    const job = { maps: [network.input], weightGradients: weighted.map(({ id }) => id) };
    const ours = await propagated(compiled, propagationJob(network, data, job));

    const { tf } = loaded!;
    const model = await toLayersModel(tf, network);
    const shape = [count, ...(network.layers[network.input]?.outputShape ?? [])];
    const x = tf.tensor(
      Float32Array.from(data.x, (value) => value * data.scale),
      shape,
    );
    const targets = tf.tensor(Float32Array.from(data.targets), [count, data.head.width]);
    const loss = (input: typeof x) => {
      const scores = (model.apply(input) as typeof x).reshape([count, data.head.width]);
      return tf.sum(tf.mean(tf.squaredDifference(scores, targets), 1)) as ReturnType<typeof tf.scalar>;
    };
    const input = tf.grad((value) => loss(value as typeof x))(x);
    near(ours.maps[0]!, input.dataSync(), 'input');
    const variables = model.trainableWeights.map((weight) => weight.read() as ReturnType<typeof tf.variable>);
    const { grads } = tf.variableGrads(() => loss(x), variables);
    let compared = 0;
    for (const { layer, gradients } of ours.weights) {
      const { name, kind: own } = network.layers[layer]!;
      for (const [weight, values] of Object.entries(gradients)) {
        const at = model.trainableWeights.findIndex(
          ({ originalName }) => originalName === `${name}/${keras(own, weight)}`,
        );
        expect(at, `${name} ${weight}`).toBeGreaterThanOrEqual(0);
        near(values, grads[variables[at]!.name]!.dataSync(), `${name} ${weight}`);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(0);
    model.dispose();
  });
});

/** tfjs fails at the derivative of a batch normalisation without scale or offset. */
const isDifferentiable = (layer: LayerSpec): boolean =>
  isExpressible(layer) && (layer.kind !== 'batchNorm' || Object.keys(layer.weights ?? {}).length === 4);

/** What Keras calls a weight. */
const keras = (kind: string, weight: string): string =>
  kind === 'depthwiseConv2d' && weight === 'kernel' ? 'depthwise_kernel' : weight;

function near(ours: ArrayLike<number>, theirs: ArrayLike<number>, where: string): void {
  const absolute = tolerances.tfjsGradient.relative * Math.max(largest(ours), 2 ** -10);
  expectClose(theirs, ours, { relative: 0, absolute }, where);
}
