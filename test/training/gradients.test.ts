import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/engine/index.js';
import { type LayerKind, layerAt, layerKinds } from '../../src/network/index.js';
import { toFloats } from '../../src/tensor/tensor.js';
import { takeBatch } from '../../src/training/batches.js';
import { type LoadedBackend, loadBackend } from '../../src/training/index.js';
import type { Toolbox } from '../../src/training/layers/trainable.js';
import { lossGradient } from '../../src/training/loss.js';
import { type Ops, opsFor, portableOps } from '../../src/training/ops.js';
import { createProgram, type Program, runBackward, runForward, withValues } from '../../src/training/program.js';
import { scoped, type Tf } from '../../src/training/tf.js';
import { createRandom, type Random } from '../../src/util/random.js';
import { type RandomData, randomData, randomNetwork } from '../support/randomNetwork.js';
import { slopeStep, trainingTolerances } from '../support/trainingTolerance.js';

const samples = 6;
const lengthOf = (vector: ArrayLike<number>): number => Math.sqrt(dot(vector, vector));

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Our gradients of the mean loss, one a parameter. */
function gradientsOf(tf: Tf, ops: Ops, program: Program, data: RandomData): Float32Array[] {
  return scoped(tf, () => {
    const tools: Toolbox = { tf, ops, learning: null };
    const batch = takeBatch(
      data,
      Uint32Array.from({ length: data.count }, (_, i) => i),
    );
    const values = program.parameters.map(({ layer, name }) => {
      const { data: weight, shape } = layer.weights[name]!;
      return tf.tensor(weight, [...shape]);
    });
    const shape = [data.count, ...layerAt(program.network, program.network.input).outputShape];
    const forward = runForward(program, tools, values, tf.tensor(batch.x, shape));
    const scores = forward.scores.dataSync<'float32'>();
    const gradient = tf.tensor(lossGradient(data.head, scores, batch.targets), forward.scores.shape);
    return runBackward(program, tools, forward, gradient).map((g) => g.dataSync<'float32'>());
  });
}

/** Moves one parameter there and back along a direction: the difference of the two losses, and of the two weights. */
async function slope(program: Program, data: RandomData, moved: number, direction: ArrayLike<number>) {
  const weights = program.parameters.map(({ layer, name }) => toFloats(layer.weights[name]!));
  const size = (slopeStep * Math.max(lengthOf(weights[moved]!), 1)) / lengthOf(direction);
  const sides = [1, -1].map((sign) => weights[moved]!.map((w, i) => w + sign * size * direction[i]!));
  const losses = [];
  for (const side of sides) {
    const values = weights.map((weight, i) => (i === moved ? side : weight));
    const { x, scale, targets: y } = data;
    const options = { engine: 'reference', loss: data.head.loss } as const;
    losses.push((await evaluate(withValues(program, values), { x, y, scale }, options)).loss);
  }
  return {
    difference: losses[0]! - losses[1]!,
    way: Float64Array.from(sides[0]!, (value, i) => value - sides[1]![i]!),
  };
}

async function checkGradients(kind: LayerKind, seed: number, loaded: LoadedBackend, opsOf: (tf: Tf) => Ops) {
  const network = randomNetwork(seed, { include: [kind], extra: 1 });
  const data = randomData(network, seed, { count: samples });
  const program = createProgram(network, data.head);
  const gradients = gradientsOf(loaded.tf, opsOf(loaded.tf), program, data);
  const random: Random = createRandom(seed);
  const { relative, absolute } = trainingTolerances.slope;
  for (const [i, { layer, name }] of program.parameters.filter(({ fixed }) => !fixed).entries()) {
    const gradient = gradients[i]!;
    const drawn = Float64Array.from(gradient, () => random.normal());
    const place = program.parameters.findIndex((p) => p.layer === layer && p.name === name);
    for (const direction of lengthOf(gradient) > 0 ? [gradient, drawn] : [drawn]) {
      const { difference, way } = await slope(program, data, place, direction);
      const granted = (relative * lengthOf(gradient) + absolute) * lengthOf(way);
      const error = Math.abs(difference - dot(gradient, way));
      expect(error, `${layer.name}/${name}, seed ${seed}, length ${lengthOf(gradient)}`).toBeLessThanOrEqual(granted);
    }
  }
}

describe('the gradient of a network', () => {
  let loaded: LoadedBackend;
  beforeAll(async () => {
    loaded = await loadBackend();
  });

  for (const kind of layerKinds) {
    it(`with ${kind} is the slope of the reference engine's loss`, async () => {
      for (const seed of [0x31, 0x32, 0x33]) {
        await checkGradients(kind, seed, loaded, opsFor);
      }
    });
  }

  it('is the same slope with the portable operations', async () => {
    for (const kind of ['dense', 'conv2d'] as const) await checkGradients(kind, 0x34, loaded, portableOps);
  });
});
