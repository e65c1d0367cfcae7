import { describe, expect, test } from 'vitest';
import { type CriterionName, scores } from '../../src/criteria/index.js';
import { layerForwards } from '../../src/engine/reference/layers/index.js';
import type { LayerForward, Values } from '../../src/engine/reference/values.js';
import { losses } from '../../src/metrics/index.js';
import {
  chooseLayers,
  type Layer,
  type LayerId,
  type LayerKind,
  type Network,
  nodeOutput,
} from '../../src/network/index.js';
import { sizeOf } from '../../src/tensor/tensor.js';
import { inDoubles } from '../support/doubles.js';
import { type RandomData, randomData, randomNetwork } from '../support/randomNetwork.js';
import { differenceStep, expectClose, slopeBound } from '../support/tolerance.js';

/** The loss of one sample when channel `node` of the output of layer `site` goes through a gate. */
function gatedLoss(
  network: Network,
  data: RandomData,
  sample: number,
  gate: { site: LayerId; node: number; by: number },
) {
  const outputs: Float64Array[] = [];
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((id) => ({ shape: network.layers[id]?.outputShape ?? [], data: outputs[id] }));
    const size = sizeOf(layer.outputShape);
    const x = Float64Array.from(data.x.subarray(sample * size, (sample + 1) * size));
    const given = (inputs.length > 0 ? inputs : [{ shape: layer.outputShape, data: x }]) as [Values, ...Values[]];
    const output = (layerForwards[layer.kind] as LayerForward<LayerKind>)(layer, ...given);
    const channels = layer.outputShape.at(-1) as number;
    const isGated = (i: number) => layer.id === gate.site && i % channels === gate.node;
    outputs.push(output.map((value, i) => (isGated(i) ? value * gate.by : value)));
  }
  const { head, targets } = data;
  const width = head.loss === 'crossentropy' ? 1 : head.width;
  const target = targets.subarray(sample * width, (sample + 1) * width);
  return losses[head.loss].measure(outputs[head.scores] as Float64Array, target);
}

/** `sum over positions of a g` of one sample: the slope of its loss along the gate. Null at a kink. */
function slope(network: Network, data: RandomData, sample: number, site: LayerId, node: number): number | null {
  const [left, middle, right] = [-1, 0, 1].map((sign) =>
    gatedLoss(network, data, sample, { site, node, by: 1 + sign * differenceStep }),
  ) as [number, number, number];
  const [before, after] = [(middle - left) / differenceStep, (right - middle) / differenceStep];
  const bend = slopeBound(middle) + 2 ** 10 * differenceStep * (1 + Math.abs(after));
  return Math.abs(before - after) > bend ? null : (before + after) / 2;
}

/** What the papers make of the slopes `s` of all samples at a place with so many positions. */
const equations: Partial<Record<CriterionName, (s: readonly number[], positions: number) => number>> = {
  taylor: (s, positions) => mean(s.map((own) => Math.abs(own / positions))),
  'taylor-squared': (s, positions) => mean(s.map((own) => (own / positions) ** 2)),
  'taylor-sum': (s) => Math.abs(mean(s)),
  'taylor-signed': (s) => -mean(s),
  'taylor-second': (s) => mean(s.map((own) => -own + own ** 2 / 2)),
};

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const count = 5;
const kinds = ['dense', 'conv2d', 'batchNorm', 'multiply', 'depthwiseConv2d'] as const;

describe.each(kinds)('activation times gradient with %s', (kind) => {
  const network = randomNetwork(1200 + kinds.indexOf(kind), { include: [kind], extra: 1 });
  const data = inDoubles(randomData(network, 4, { count }));
  const labelled = { x: data.x, y: data.targets };

  test.each(['output', 'pre'] as const)('is the slope of the loss along a gate, at the %s', async (at) => {
    let measured = 0;
    const layers = chooseLayers(network);
    const sites = layers.map((layer: Layer) => (at === 'pre' ? layer : nodeOutput(network, layer, data.head.scores)));
    const slopes = sites.map(({ id, outputShape }) =>
      [0, (outputShape.at(-1) as number) - 1].map((node) =>
        Array.from({ length: count }, (_, sample) => slope(network, data, sample, id, node)),
      ),
    );
    for (const criterion of Object.keys(equations) as CriterionName[]) {
      const options = { criterion, at, engine: 'reference', loss: data.head.loss } as const;
      const table = await scores(network, labelled, options).collect();
      for (const [i, { outputShape }] of sites.entries()) {
        const own = table.layers[i]!.scores;
        const positions = sizeOf(outputShape) / own.length;
        for (const [k, node] of [0, own.length - 1].entries()) {
          const s = slopes[i]![k]!.filter((known) => known !== null);
          if (s.length < count) continue;
          const expected = equations[criterion]!(s, positions);
          const absolute = slopeBound(1) * Math.max(1, ...s.map((known) => known * known));
          expectClose([own[node]!], [expected], { relative: 0, absolute }, `${criterion} of node ${node}`);
          measured += 1;
        }
      }
    }
    expect(measured).toBeGreaterThan(0);
  });
});
