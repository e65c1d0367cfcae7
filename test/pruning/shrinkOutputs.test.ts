import {
  act,
  add,
  buildWithOutputs,
  conv,
  dense,
  flatten,
  image,
  mean,
  norm,
  proveShrinking,
  relu,
  same,
} from '../support/topology.js';

const heads = [
  mean('m'),
  dense('c', 3),
  act('p', 'softmax'),
  conv('b', 2, { inputs: ['r'] }),
  flatten('f'),
  dense('d', 4),
];

proveShrinking({
  'two outputs on one trunk': {
    network: buildWithOutputs(['p', 'd'], image(6, 6, 2), conv('a', 4), norm('n'), relu('r'), ...heads),
    nodes: { a: [0, 3], b: [1] },
    left: 'a 2, c 3, b 1, d 4',
  },
  'an output in the middle, which stays': {
    network: buildWithOutputs(['d', 'r'], image(4), dense('a', 5), relu('q'), dense('b', 4), relu('r'), dense('d', 2)),
    nodes: { a: [1, 3] },
    left: 'a 3, b 4, d 2',
  },
  'an output before the activation that the next layer sees': {
    network: buildWithOutputs(
      ['n', 'd'],
      image(4),
      dense('a', 5),
      act('t', 'sigmoid'),
      dense('b', 4),
      norm('n'),
      act('s', 'sigmoid'),
      dense('d', 2),
    ),
    nodes: { a: [2] },
    left: 'a 4, b 4, d 2',
  },
  'a sum of branches of which one is an output too': {
    network: buildWithOutputs(
      ['b', 'd'],
      image(5, 5, 2),
      conv('a', 3, same),
      relu('r'),
      conv('b', 3, same),
      conv('e', 3, { ...same, inputs: ['r'] }),
      add('s', 'b', 'e'),
      mean('m'),
      dense('d', 2),
    ),
    nodes: { a: [0] },
    left: { weights: 'a 2, b 3, e 3, d 2', zero: 'a 2, b 3, e 3, d 2', mean: 'a 3, b 3, e 3, d 2' },
  },
});
