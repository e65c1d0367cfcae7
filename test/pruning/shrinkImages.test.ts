import {
  act,
  build,
  conv,
  dense,
  depthwise,
  flatten,
  image,
  layer,
  mean,
  norm,
  pool,
  proveShrinking,
  relu,
  same,
} from '../support/topology.js';

const paddedMean = (includePadding: boolean) => {
  const padding = [
    [1, 1],
    [1, 1],
  ];
  const p = layer('avgPool2d')('p', { kernelSize: [2, 2], padding, includePadding });
  return build(image(5, 5, 1), conv('a', 3, same), norm('n'), p, flatten('f'), dense('b', 2));
};

proveShrinking({
  'batch normalisation before the activation': {
    network: build(image(6, 6, 2), conv('a', 4), norm('n'), relu('r'), conv('b', 3), mean('m'), dense('c', 2)),
    nodes: { a: [0, 3] },
    left: 'a 2, b 3, c 2',
  },
  'batch normalisation behind the activation': {
    network: build(image(6, 6, 2), conv('a', 4), relu('r'), norm('n'), conv('b', 3), mean('m'), dense('c', 2)),
    nodes: { a: [1] },
    left: 'a 3, b 3, c 2',
  },
  'a beta before a convolution that pads': {
    network: build(image(6, 6, 2), conv('a', 4), norm('n'), conv('b', 3, same), mean('m'), dense('c', 2)),
    nodes: { a: [1] },
    left: { weights: 'a 4, b 3, c 2', zero: 'a 3, b 3, c 2', mean: 'a 4, b 3, c 2' },
  },
  'a beta that relu hides before a convolution that pads': {
    network: build(image(6, 6, 2), conv('a', 3, same), relu('r'), conv('b', 3, same), mean('m'), dense('c', 2)),
    nodes: { a: [1] },
    left: { weights: 'a 2, b 3, c 2', zero: 'a 2, b 3, c 2', mean: 'a 3, b 3, c 2' },
  },
  'a flatten into a dense layer': {
    network: build(image(4, 5, 2), conv('a', 3), relu('r'), flatten('f'), dense('b', 2)),
    nodes: { a: [0] },
    left: 'a 2, b 2',
  },
  'a pool before the flatten': {
    network: build(image(6, 6, 1), conv('a', 4, same), norm('n'), pool('p'), flatten('f'), dense('b', 2)),
    nodes: { a: [0, 2] },
    left: 'a 2, b 2',
  },
  'a mean that counts its padding': {
    network: paddedMean(true),
    nodes: { a: [2] },
    left: { weights: 'a 3, b 2', zero: 'a 2, b 2', mean: 'a 3, b 2' },
  },
  'a mean that leaves its padding out': {
    network: paddedMean(false),
    nodes: { a: [2] },
    left: 'a 2, b 2',
  },
  'zeros around the image as a layer of their own': {
    network: build(
      image(5, 5, 1),
      conv('a', 3),
      norm('n'),
      layer('zeroPad2d')('z', {
        padding: [
          [1, 0],
          [0, 1],
        ],
      }),
      conv('b', 2),
      mean('m'),
    ),
    nodes: { a: [0] },
    left: { weights: 'a 3, b 2', zero: 'a 2, b 2', mean: 'a 3, b 2' },
  },
  'a global mean': {
    network: build(image(5, 5, 2), conv('a', 4), norm('n'), act('t', 'tanh'), mean('m'), dense('b', 3)),
    nodes: { a: [0, 1, 2] },
    left: 'a 1, b 3',
  },
  'a reshape back into an image': {
    network: build(
      image(6),
      dense('a', 8),
      relu('r'),
      layer('reshape')('s', { shape: [2, 2, 2] }),
      conv('b', 2, { kernelSize: [1, 1] }),
      mean('m'),
    ),
    nodes: { a: [1] },
    left: { weights: 'a 4, b 2', zero: 'a 4, b 2', mean: 'a 8, b 2' },
  },
  'a depthwise convolution': {
    network: build(
      image(5, 5, 2),
      conv('a', 4),
      relu('r'),
      depthwise('d'),
      relu('s'),
      conv('b', 3, { kernelSize: [1, 1] }),
      mean('m'),
    ),
    nodes: { a: [2] },
    left: { weights: 'a 3, d 3, b 3', zero: 'a 3, d 3, b 3', mean: 'a 3, d 3, b 3' },
  },
  'a depthwise convolution between batch normalisations': {
    network: build(
      image(5, 5, 2),
      conv('a', 4),
      norm('n'),
      act('r', 'relu6'),
      depthwise('d', { padding: 'valid' }),
      norm('o'),
      act('s', 'relu6'),
      conv('b', 3, { kernelSize: [1, 1] }),
      mean('m'),
    ),
    nodes: { d: [0, 1] },
    left: 'a 2, d 2, b 3',
  },
  'a depthwise convolution with two outputs a channel': {
    network: build(
      image(5, 5, 2),
      conv('a', 3),
      depthwise('d', { depthMultiplier: 2 }),
      conv('b', 3, { kernelSize: [1, 1] }),
      mean('m'),
    ),
    nodes: { d: [3] },
    left: 'a 2, d 4, b 3',
  },
  'a chain of depthwise convolutions': {
    network: build(
      image(5, 5, 1),
      conv('a', 3, same),
      depthwise('d'),
      relu('r'),
      depthwise('e'),
      norm('n'),
      mean('m'),
      dense('b', 2),
    ),
    nodes: { e: [1] },
    left: 'a 2, d 2, e 2, b 2',
  },
  'a convolution in groups': {
    network: build(
      image(4, 4, 2),
      conv('a', 6, same),
      relu('r'),
      conv('g', 9, { groups: 3 }),
      relu('s'),
      mean('m'),
      dense('b', 2),
    ),
    nodes: { g: [4] },
    left: 'a 4, g 6, b 2',
  },
  'strides and dilation': {
    network: build(
      image(9, 9, 2),
      conv('a', 4, { strides: [2, 2] }),
      relu('r'),
      conv('b', 3, { kernelSize: [2, 2], dilation: [2, 2] }),
      flatten('f'),
      dense('c', 2),
    ),
    nodes: { a: [1], b: [0] },
    left: 'a 3, b 2, c 2',
  },
  'padding given in numbers': {
    network: build(
      image(5, 5, 2),
      conv('a', 3, {
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
      relu('r'),
      conv('b', 2, {
        padding: [
          [0, 0],
          [0, 0],
        ],
      }),
      mean('m'),
    ),
    nodes: { a: [1] },
    left: 'a 2, b 2',
  },
});
