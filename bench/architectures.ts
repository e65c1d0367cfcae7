import type { LayerSpec, NetworkSpec, Shape } from 'secateur';

/** Networks that are no presets: the general case of strides, sums, batch normalisation and groups. */

const normalize = (name: string): LayerSpec => ({ name: `${name}/norm`, kind: 'batchNorm' });
const activate = (name: string, fn: 'relu' | 'relu6', inputs?: readonly string[]): LayerSpec => ({
  name: `${name}/activation`,
  kind: 'activation',
  config: { fn },
  ...(inputs && { inputs }),
});

interface Convolution {
  readonly filters: number;
  readonly size: number;
  readonly stride?: number;
  readonly input?: string;
}

/** A convolution and the batch normalisation behind it. */
function convolution(name: string, { filters, size, stride = 1, input }: Convolution): LayerSpec[] {
  const config = { filters, kernelSize: [size, size], strides: [stride, stride], padding: 'same' } as const;
  return [{ name, kind: 'conv2d', config, ...(input && { inputs: [input] }) }, normalize(name)];
}

const classifier = (classes: number): LayerSpec[] => [
  { name: 'pool', kind: 'globalAvgPool2d' },
  { name: 'output', kind: 'dense', config: { units: classes } },
  { name: 'output/activation', kind: 'activation', config: { fn: 'softmax' } },
];

/** Two convolutions beside a shortcut, which is a 1x1 convolution where the shape changes. */
function residualBlock(name: string, input: string, filters: number, stride: number, project: boolean): LayerSpec[] {
  const shortcut = project ? convolution(`${name}_project`, { filters, size: 1, stride, input }) : [];
  return [
    ...convolution(`${name}_1`, { filters, size: 3, stride, input }),
    activate(`${name}_1`, 'relu'),
    ...convolution(`${name}_2`, { filters, size: 3 }),
    ...shortcut,
    { name, kind: 'add', inputs: [`${name}_2/norm`, project ? `${name}_project/norm` : input] },
    activate(name, 'relu'),
  ];
}

/** Three stages of 16, 32 and 64 channels, two blocks each (He et al. 2016, the family for small images). */
export function residual(inputShape: Shape, classes: number): NetworkSpec {
  const blocks = [16, 32, 64].flatMap((filters, stage) =>
    [0, 1].map((block) => ({ name: `block_${stage + 1}${'ab'[block]}`, filters, widens: stage > 0 && block === 0 })),
  );
  const inputs = ['stem/activation', ...blocks.map(({ name }) => `${name}/activation`)];
  return {
    name: 'residual',
    layers: [
      { name: 'input', kind: 'input', config: { shape: inputShape } },
      ...convolution('stem', { filters: 16, size: 3 }),
      activate('stem', 'relu'),
      ...blocks.flatMap(({ name, filters, widens }, i) =>
        residualBlock(name, inputs[i] ?? '', filters, widens ? 2 : 1, widens),
      ),
      ...classifier(classes),
    ],
    loss: 'crossentropy',
  };
}

/** A filter a channel, then a mixing of channels (Howard et al. 2017). */
function separableBlock(name: string, filters: number, stride: number): LayerSpec[] {
  const depthwise = `${name}_depthwise`;
  const window = { kernelSize: [3, 3], strides: [stride, stride], padding: 'same' } as const;
  return [
    { name: depthwise, kind: 'depthwiseConv2d', config: window },
    normalize(depthwise),
    activate(depthwise, 'relu6'),
    ...convolution(`${name}_pointwise`, { filters, size: 1 }),
    activate(`${name}_pointwise`, 'relu6'),
  ];
}

const separableBlocks = [
  { filters: 32, stride: 1 },
  { filters: 64, stride: 2 },
  { filters: 64, stride: 1 },
  { filters: 128, stride: 2 },
  { filters: 128, stride: 1 },
  { filters: 256, stride: 2 },
] as const;

/** A stem of 16 filters and six depthwise-separable blocks. */
export function separable(inputShape: Shape, classes: number): NetworkSpec {
  return {
    name: 'separable',
    layers: [
      { name: 'input', kind: 'input', config: { shape: inputShape } },
      ...convolution('stem', { filters: 16, size: 3 }),
      activate('stem', 'relu6'),
      ...separableBlocks.flatMap(({ filters, stride }, i) => separableBlock(`block_${i + 1}`, filters, stride)),
      ...classifier(classes),
    ],
    loss: 'crossentropy',
  };
}
