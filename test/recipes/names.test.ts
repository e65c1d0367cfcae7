import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { predict } from '../../src/engine/index.js';
import { loadModel, saveModel } from '../../src/formats/index.js';
import { acceptedName, type NameRule, renamedBy } from '../../src/formats/names.js';
import { initialize, type LayerSpec, type Network } from '../../src/network/index.js';
import type { SavedCertificate } from '../../src/recipes/index.js';
import { writeSamples } from '../cli/fixtures.js';
import { cli, temporaryFolder } from '../support/cli.js';
import { expectClose, float32Forward, largest } from '../support/tolerance.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** As PyTorch's exporter calls nodes, and what only other programs think of. */
const layers: readonly LayerSpec[] = [
  { name: 'images', kind: 'input', config: { shape: [6, 5, 3] } },
  {
    name: '/conv1/Conv',
    kind: 'conv2d',
    config: {
      filters: 4,
      kernelSize: [3, 3],
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  },
  { name: '/Relu', kind: 'activation', config: { fn: 'relu' } },
  { name: 'conv1/Conv', kind: 'conv2d', config: { filters: 4, kernelSize: [3, 3] } },
  { name: 'conv1_Conv', kind: 'activation', config: { fn: 'relu' } },
  { name: '//', kind: 'flatten' },
  { name: 'fc:0 größer', kind: 'dense', config: { units: 6 } },
  { name: 'fc:0 größer/activation', kind: 'activation', config: { fn: 'tanh' } },
  { name: 'scores', kind: 'dense', config: { units: 3 } },
];
const onnx = at('model.onnx');
let original: Network;
beforeAll(async () => {
  await saveModel(initialize({ name: 'graph/0', layers, inputLayout: 'nchw' }, { seed: 5 }), onnx);
  original = await loadModel(onnx);
  await writeSamples(at('x.npz'), [3, 6, 5], 40, 3);
});

const renamed = {
  tfjs: {
    '/conv1/Conv': 'conv1/Conv_2',
    '/Relu': 'Relu',
    '//': 'layer',
    'fc:0 größer': 'fc_0_gr__er',
  },
  keras: { '/conv1/Conv': 'conv1_Conv_2', '/Relu': 'Relu', 'conv1/Conv': 'conv1_Conv_3', '//': 'layer' },
};
const places = [
  { out: 'small/model.json', names: renamed.tfjs },
  { out: 'small.keras', names: renamed.keras },
  { out: 'small.h5', names: renamed.keras },
] as const;

describe.each(places)('a network with names of an ONNX file, as $out', ({ out, names }) => {
  const x = Float32Array.from({ length: 2 * 90 }, (_, i) => Math.sin(i));

  test('is converted, run by its runtime, and told by which names', async () => {
    const { code, stdout, stderr } = await cli(['convert', onnx, '--out', at(out), '--json']);
    expect(code, stderr).toBe(0);
    const { to } = JSON.parse(stdout);
    expect(to).toMatchObject({ renamed: names, check: { reason: null } });
    expect(stderr).toContain('4 layers have other names');
    expect(stderr).toContain(`/conv1/Conv is ${names['/conv1/Conv']}, `);
    const back = await loadModel(at(out));
    expect(back.layers.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.values(names)));
    const before = await predict(original, { x, layout: 'nhwc' });
    const tolerance = float32Forward(original, largest(before));
    expectClose(await predict(back, { x, layout: 'nhwc' }), before, tolerance);
    expect((await cli(['convert', at(out), '--out', at('back.onnx')])).code).toBe(0);
  });

  test.each([
    { how: 'pruned', flags: ['--amount', '0.5'], proof: 'computes what' },
    { how: 'trained', flags: ['--amount', '0.5', '--finetune', '1'], proof: 'is what came of' },
    { how: 'masked and trained', flags: ['--amount', '0.5', '--mask', '--finetune', '1'], proof: 'is what came of' },
  ])('$how, keeps the plan in the names of the original, and is proven again', async ({ flags, proof }) => {
    const data = ['--data', at('x.npz')];
    const pruning = await cli(['prune', onnx, '--criterion', 'taylor', ...flags, ...data, '--out', at(out)]);
    expect(pruning.code, pruning.stderr).toBe(0);
    const certificate = JSON.parse(readFileSync(at(`${out}.certificate.json`), 'utf8')) as SavedCertificate;
    expect(certificate.file).toMatchObject({ renamed: names, check: { reason: null } });
    const planned = certificate.plan.nodes.map(({ layer }) => layer);
    expect(planned).toEqual(['/conv1/Conv', 'conv1/Conv', 'fc:0 größer']);
    const again = await cli(['verify', onnx, at(out), at(`${out}.plan.json`), ...data]);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain(proof);
    expect(again.stdout).toContain('the loss is the one that was certified');
  });
});

test('names are replaced where they must be alone, and stay unlike all others', () => {
  const rule: NameRule = { accepts: /^[a-z]+$/, foreign: /[^a-z]/g };
  expect([...renamedBy(rule, ['a', 'a1', 'a_', '7', '8', 'b'])]).toEqual([
    ['a1', 'a_'],
    ['a_', 'a__2'],
    ['7', 'layer'],
    ['8', 'layer_2'],
  ]);
  expect(acceptedName('fine', rule)).toBe('fine');
});
