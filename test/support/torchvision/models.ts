import type { Module } from './exporters.js';
import type { Definition } from './writer.js';

/** Widths are those of torchvision, divided by this for tests that compute. */
export interface Scale {
  readonly divisor: number;
}

const residualBlock = (module: Module, x: string, path: string, block: Block): string =>
  (block.bottleneck ? bottleneck : basic)(module, x, path, block);

interface Block {
  readonly inputs: number;
  readonly width: number;
  readonly stride: number;
  readonly bottleneck: boolean;
}

const outputsOf = ({ width, bottleneck }: Block): number => (bottleneck ? 4 * width : width);

function basic(module: Module, x: string, path: string, block: Block): string {
  const { inputs, width, stride } = block;
  const a = conv3x3(module, x, path, 1, { inputs, filters: width, stride });
  const b = conv3x3(module, module.relu(a, `${path}.relu`), path, 2, { inputs: width, filters: width, stride: 1 });
  return joined(module, x, b, path, block);
}

function bottleneck(module: Module, x: string, path: string, block: Block): string {
  const { inputs, width, stride } = block;
  const a = module.conv(x, `${path}.conv1`, { inputs, filters: width, kernel: 1, norm: `${path}.bn1` });
  const b = conv3x3(module, module.relu(a, `${path}.relu`), path, 2, { inputs: width, filters: width, stride });
  const c = module.conv(module.relu(b, `${path}.relu`), `${path}.conv3`, {
    inputs: width,
    filters: 4 * width,
    kernel: 1,
    norm: `${path}.bn3`,
  });
  return joined(module, x, c, path, block);
}

const conv3x3 = (
  module: Module,
  x: string,
  path: string,
  number: number,
  settings: { inputs: number; filters: number; stride: number },
): string =>
  module.conv(x, `${path}.conv${number}`, { ...settings, kernel: 3, padding: 1, norm: `${path}.bn${number}` });

function joined(module: Module, x: string, end: string, path: string, block: Block): string {
  const { inputs, stride } = block;
  const filters = outputsOf(block);
  const around =
    stride === 1 && inputs === filters
      ? x
      : module.conv(x, `${path}.downsample.0`, { inputs, filters, kernel: 1, stride, norm: `${path}.downsample.1` });
  return module.relu(module.add(end, around, path), `${path}.relu`);
}

const resNet =
  (blocks: readonly number[], bottleneck: boolean) =>
  ({ divisor }: Scale): Definition =>
  (module, x, { classes }) => {
    const base = 64 / divisor;
    const stem = module.conv(x, 'conv1', { inputs: 3, filters: base, kernel: 7, stride: 2, padding: 3, norm: 'bn1' });
    let end = module.maxPool(module.relu(stem, 'relu'), 'maxpool', { kernel: 3, stride: 2, padding: 1 });
    let inputs = base;
    for (const [stage, count] of blocks.entries()) {
      for (let i = 0; i < count; i++) {
        const block = { inputs, width: base * 2 ** stage, stride: stage > 0 && i === 0 ? 2 : 1, bottleneck };
        end = residualBlock(module, end, `layer${stage + 1}.${i}`, block);
        inputs = outputsOf(block);
      }
    }
    return module.linear(module.flatten(module.globalPool(end, 'avgpool'), inputs), 'fc', inputs, classes);
  };

/** Filters of VGG-16's convolutions; a pooling ends each row. */
const vggRows = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];

const vgg16 =
  ({ divisor }: Scale): Definition =>
  (module, x, { size, classes }) => {
    let [end, inputs, at] = [x, 3, 0];
    for (const row of vggRows) {
      for (const filters of row.map((width) => width / divisor)) {
        const settings = { inputs, filters, kernel: 3, padding: 1, norm: `features.${at + 1}`, bias: true } as const;
        end = module.relu(module.conv(end, `features.${at}`, settings), `features.${at + 2}`);
        [inputs, at] = [filters, at + 3];
      }
      end = module.maxPool(end, `features.${at++}`, { kernel: 2, stride: 2 });
    }
    const features = inputs * (size / 32) ** 2;
    const hidden = 4096 / divisor;
    end = module.linear(module.flatten(end, features), 'classifier.0', features, hidden);
    end = module.dropout(module.relu(end, 'classifier.1'), 'classifier.2');
    end = module.linear(end, 'classifier.3', hidden, hidden);
    end = module.dropout(module.relu(end, 'classifier.4'), 'classifier.5');
    return module.linear(end, 'classifier.6', hidden, classes);
  };

/** Expansion, channels, repetitions, stride. */
const invertedRows = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

const mobileNetV2 =
  ({ divisor }: Scale): Definition =>
  (module, x, { classes }) => {
    const clipped = (from: string, path: string, settings: Parameters<Module['conv']>[2]): string =>
      module.relu6(module.conv(from, `${path}.0`, { ...settings, norm: `${path}.1` }), `${path}.2`);
    let inputs = 32 / divisor;
    let end = clipped(x, 'features.0', { inputs: 3, filters: inputs, kernel: 3, stride: 2, padding: 1 });
    let at = 1;
    for (const [expansion, channels, repetitions, firstStride] of invertedRows) {
      for (let i = 0; i < repetitions; i++) {
        const [filters, stride, hidden] = [channels / divisor, i === 0 ? firstStride : 1, inputs * expansion];
        const path = `features.${at++}.conv`;
        const wide = expansion === 1 ? end : clipped(end, `${path}.0`, { inputs, filters: hidden, kernel: 1 });
        const step = expansion === 1 ? 0 : 1;
        const moved = clipped(wide, `${path}.${step}`, {
          inputs: hidden,
          filters: hidden,
          kernel: 3,
          stride,
          padding: 1,
          groups: hidden,
        });
        const norm = `${path}.${step + 2}`;
        const narrow = module.conv(moved, `${path}.${step + 1}`, { inputs: hidden, filters, kernel: 1, norm });
        end = stride === 1 && inputs === filters ? module.add(end, narrow, path) : narrow;
        inputs = filters;
      }
    }
    const last = 1280 / divisor;
    end = module.globalPool(clipped(end, `features.${at}`, { inputs, filters: last, kernel: 1 }), '');
    return module.linear(module.dropout(module.flatten(end, last), 'classifier.0'), 'classifier.1', last, classes);
  };

/** Squeezed and expanded channels of each fire module, `pool` between them. */
type SqueezeRow = 'pool' | readonly [squeezed: number, expanded: number];

const squeezeNet =
  (stem: { filters: number; kernel: number }, rows: readonly SqueezeRow[]) =>
  ({ divisor }: Scale): Definition =>
  (module, x, { classes }) => {
    let inputs = stem.filters / divisor;
    let end = module.conv(x, 'features.0', { inputs: 3, filters: inputs, kernel: stem.kernel, stride: 2 });
    end = module.relu(end, 'features.1');
    for (const [i, row] of rows.entries()) {
      const path = `features.${i + 2}`;
      if (row === 'pool') {
        end = module.maxPool(end, path, { kernel: 3, stride: 2, ceil: true });
        continue;
      }
      const [squeezed, expanded] = row.map((width) => width / divisor) as [number, number];
      const layer = (from: string, name: string, channels: number, filters: number, kernel: number): string => {
        const settings = { inputs: channels, filters, kernel, padding: (kernel - 1) / 2 };
        return module.relu(module.conv(from, `${path}.${name}`, settings), `${path}.${name}_activation`);
      };
      const narrow = layer(end, 'squeeze', inputs, squeezed, 1);
      const parts = [1, 3].map((kernel) => layer(narrow, `expand${kernel}x${kernel}`, squeezed, expanded, kernel));
      end = module.concat(parts, path);
      inputs = 2 * expanded;
    }
    end = module.conv(module.dropout(end, 'classifier.0'), 'classifier.1', { inputs, filters: classes, kernel: 1 });
    return module.flatten(module.globalPool(module.relu(end, 'classifier.2'), 'classifier.3'), classes);
  };

/** Networks of torchvision, as their authors define them. */
export const torchvision = {
  resnet18: resNet([2, 2, 2, 2], false),
  resnet50: resNet([3, 4, 6, 3], true),
  vgg16_bn: vgg16,
  mobilenet_v2: mobileNetV2,
  squeezenet1_0: squeezeNet({ filters: 96, kernel: 7 }, [
    'pool',
    [16, 64],
    [16, 64],
    [32, 128],
    'pool',
    [32, 128],
    [48, 192],
    [48, 192],
    [64, 256],
    'pool',
    [64, 256],
  ]),
  squeezenet1_1: squeezeNet({ filters: 64, kernel: 3 }, [
    'pool',
    [16, 64],
    [16, 64],
    'pool',
    [32, 128],
    [32, 128],
    'pool',
    [48, 192],
    [48, 192],
    [64, 256],
    [64, 256],
  ]),
} as const satisfies Record<string, (scale: Scale) => Definition>;
