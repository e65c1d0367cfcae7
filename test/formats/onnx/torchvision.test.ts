import { describe, expect, test } from 'vitest';
import { scores } from '../../../src/criteria/index.js';
import { predict, selectEngine } from '../../../src/engine/index.js';
import { decodeOnnx, encodeOnnx } from '../../../src/formats/onnx/onnx.js';
import { type Network, nodeCount, outputLayers, summarize } from '../../../src/network/index.js';
import { createPlan, maskNetwork, selectNodes, shrinkNetwork } from '../../../src/pruning/index.js';
import { createRandom } from '../../../src/util/random.js';
import { expectClose, float32Forward, largest } from '../../support/tolerance.js';
import { torchvision } from '../../support/torchvision/models.js';
import { type ExportOptions, exported } from '../../support/torchvision/writer.js';
import { expectFileAgrees, expectPeerAgrees } from './peer.js';

const { engine } = selectEngine();
const small = { size: 32, classes: 10 } as const;
const ways: readonly Pick<ExportOptions, 'exporter' | 'folded'>[] = [
  { exporter: 'torchscript', folded: true },
  { exporter: 'torchscript', folded: false },
  { exporter: 'dynamo', folded: true },
  { exporter: 'dynamo', folded: false },
];
const names = ['resnet18', 'resnet50', 'vgg16_bn', 'mobilenet_v2', 'squeezenet1_1'] as const;
/** Each network by either exporter: what is the same for both is not tried twice. */
const rows = names.flatMap((name) => [ways[0]!, ways[3]!].map((way) => ({ name, ...way })));
const fileOf = ({ name, ...way }: (typeof rows)[number]): Uint8Array =>
  exported(torchvision[name]({ divisor: 8 }), { ...small, ...way });

const random = createRandom(11);
const images = Float32Array.from({ length: 4 * 3 * 32 * 32 }, () => random.normal());

async function halved(network: Network) {
  const { keep, layers } = await scores(network, null, { criterion: 'l2' }).collect();
  const scored = layers.flatMap(({ layer, scores: own }) => own.map((score, node) => ({ layer, node, score })));
  return createPlan(network, selectNodes(network, scored, { keep, amount: 0.5 }), { cut: 'zero' });
}

describe('a network as torchvision defines it', () => {
  test.each(rows)('is read as onnxruntime runs it: $name by $exporter, folded: $folded', async (row) => {
    await expectFileAgrees(fileOf(row), ['N', 3, 32, 32], engine);
  });

  test.each(rows)('loses half of its nodes: $name by $exporter, folded: $folded', async (row) => {
    const network = await decodeOnnx(fileOf(row));
    const plan = await halved(network);
    const { network: shrunk, kept } = shrinkNetwork(network, plan);
    expect(kept).toEqual([]);
    const outputs = new Set(outputLayers(network));
    for (const [i, layer] of network.layers.entries()) {
      const left = nodeCount(layer) - (outputs.has(layer.id) ? 0 : Math.round(nodeCount(layer) / 2));
      expect(nodeCount(shrunk.layers[i]!), layer.name).toBe(left);
    }
    const masked = await predict(maskNetwork(network, plan), { x: images });
    const bound = float32Forward(network, largest(masked));
    expectClose(await predict(shrunk, { x: images }), masked, bound, row.name);
    await expectPeerAgrees(shrunk, encodeOnnx(shrunk), 7, engine);
  });

  test('comes out the same, folded or not, by either exporter', async () => {
    const rowsOf = ways.map((way) => fileOf({ name: 'resnet18', ...way }));
    const [first, ...others] = await Promise.all(
      rowsOf.map(async (bytes) => predict(await decodeOnnx(bytes), { x: images }, { engine: 'reference' })),
    );
    const bound = float32Forward(await decodeOnnx(rowsOf[1] as Uint8Array), largest(first!));
    for (const other of others) expectClose(other, first!, bound);
  });
});

/** Multiplications and additions besides convolutions and dense layers, as Torch-Pruning counts them. */
function elementwise({ layers }: Network): number {
  return layers.reduce((sum, { kind, outputShape, inputs, weights }) => {
    const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
    const taken = size(layers[inputs[0] ?? 0]?.outputShape ?? []);
    const counted = {
      batchNorm: 2 * size(outputShape),
      activation: size(outputShape),
      maxPool2d: taken,
      globalAvgPool2d: taken,
      dense: weights.bias?.data.length ?? 0,
    } as Readonly<Record<string, number>>;
    return sum + (counted[kind] ?? 0);
  }, 0);
}

/** Parameters as their authors count them: what is trained, running statistics left out. */
const trained = ({ layers }: Network): number =>
  layers
    .flatMap(({ weights }) => Object.entries(weights))
    .reduce((sum, [name, { data }]) => sum + (['mean', 'variance'].includes(name) ? 0 : data.length), 0);

describe('counts at 224 x 224, as their authors tell them', () => {
  const imageNet = { exporter: 'torchscript', folded: false, size: 224, classes: 1000, zeros: true } as const;
  const published = {
    resnet50: 25_557_032,
    mobilenet_v2: 3_504_872,
    squeezenet1_0: 1_248_424,
    squeezenet1_1: 1_235_496,
  } as const;

  test.each(Object.entries(published))('%s has %i parameters', async (name, parameters) => {
    const define = torchvision[name as keyof typeof published]({ divisor: 1 });
    expect(trained(await decodeOnnx(exported(define, imageNet)))).toBe(parameters);
  });

  test('ResNet-18: 11,689,512 parameters, of which half of the nodes leave 3,055,880; 1.82 G and 487 M operations', async () => {
    const network = await decodeOnnx(exported(torchvision.resnet18({ divisor: 1 }), imageNet));
    const { network: shrunk } = shrinkNetwork(network, await halved(network));
    const counts = [network, shrunk].map((each) => [trained(each), summarize(each).macs + elementwise(each)]);
    expect(counts).toEqual([
      [11_689_512, 1_822_177_768],
      [3_055_880, 487_202_536],
    ]);
    expect(summarize(network).macs).toBe(1_814_073_344);
  });
});
