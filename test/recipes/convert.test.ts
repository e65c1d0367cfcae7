import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { predict } from '../../src/engine/index.js';
import { type FormatName, formats, loadModel, saveModel } from '../../src/formats/index.js';
import { initialize, type LayerKind, type LayerSpec, layerKinds, type Network } from '../../src/network/index.js';
import { convert } from '../../src/recipes/index.js';
import { sizeOf } from '../../src/tensor/tensor.js';
import { cli } from '../support/cli.js';
import { isExpressible } from '../support/expressible.js';
import { randomNetwork } from '../support/randomNetwork.js';
import { expectClose, float32Forward, largest } from '../support/tolerance.js';

const folder = mkdtempSync(join(tmpdir(), 'secateur-convert-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const endings: { readonly [F in FormatName]: string } = { tfjs: '', keras: '.keras', 'keras-h5': '.h5', onnx: '.onnx' };
const names = Object.keys(formats) as FormatName[];
const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })));

/** Every kind in some network, only layers that all formats have words for; each pair converts two of them. */
const networks = layerKinds.map((kind: LayerKind, i) =>
  randomNetwork(0x700 + i, { include: [kind], allow: isExpressible }),
);

const outputs = (network: Network, x: Float32Array): Promise<Float32Array> =>
  predict(network, { x, layout: 'nhwc' }, { engine: 'reference' });

describe.for(pairs.map((pair, i) => ({ ...pair, i })))('from $from to $to', ({ from, to, i }) => {
  test('the network computes the same, in both runtimes too', async () => {
    for (const network of [networks[i % networks.length]!, networks[(i + 8) % networks.length]!]) {
      const [source, target] = [at(`source${endings[from]}`), at(`target${endings[to]}`)];
      await saveModel(network, source);
      const done = await convert(source, target);
      expect([done.from.format, done.to.format]).toEqual([from, to]);
      for (const { check } of [done.from, done.to]) {
        if (check.runtime === null) expect(check.reason, 'only Keras flattens rows').toMatch(/min_ndim=3/);
        else expect(check.maxAbsDifference).toBeLessThanOrEqual(check.tolerance as number);
      }
      const size = sizeOf(network.layers[network.input]!.outputShape);
      const x = Float32Array.from({ length: 3 * size }, (_, at) => Math.sin(at));
      const before = await outputs(network, x);
      expectClose(await outputs(await loadModel(target), x), before, float32Forward(network, largest(before)));
    }
  });
});

test('what the other format has no word for is refused by name, and nothing is written', async () => {
  const layers: LayerSpec[] = [
    { name: 'in', kind: 'input', config: { shape: [6, 6, 4] } },
    { name: 'split', kind: 'conv2d', config: { filters: 4, kernelSize: [3, 3], groups: 2 } },
    { name: 'odd', kind: 'activation', config: { fn: 'hardSwish' } },
  ];
  await saveModel(initialize({ layers }, { seed: 1 }), at('grouped.onnx'));
  const before = readdirSync(folder).sort();
  await expect(convert(at('grouped.onnx'), at('never'))).rejects.toMatchObject({
    code: 'ERR_MODEL_UNSUPPORTED',
    message: expect.stringMatching(/"split".*"odd"/s),
  });
  expect(readdirSync(folder).sort()).toEqual(before);
});

test('secateur convert tells what ran the files', async () => {
  await saveModel(networks[1]!, at('net.h5'));
  const { code, stdout } = await cli(['convert', at('net.h5'), '--out', at('net.onnx'), '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    from: { format: 'keras-h5' },
    to: { format: 'onnx', check: { runtime: expect.stringMatching(/^onnxruntime/), samples: 16 } },
  });
  const { stdout: table } = await cli(['convert', at('net.h5'), '--out', at('net')]);
  expect(table).toMatch(/tfjs \d/);
  expect((await cli(['convert', at('net.h5'), '--out', at('net.txt')])).code).toBe(1);
  expect(existsSync(at('net.txt'))).toBe(false);
});
