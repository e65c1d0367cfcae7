import { act, build, dense, image, layer, proveShrinking, relu } from '../support/topology.js';

proveShrinking({
  'a chain of dense layers': {
    network: build(image(4), dense('a', 5), relu('r'), dense('b', 3)),
    nodes: { a: [1, 3] },
    left: 'a 3, b 3',
  },
  'two layers in a row': {
    network: build(image(4), dense('a', 5), relu('r'), dense('b', 4), relu('s'), dense('c', 2)),
    nodes: { a: [0, 4], b: [1] },
    left: 'a 3, b 3, c 2',
  },
  'an activation that is not 0 at 0': {
    network: build(image(4), dense('a', 5), act('s', 'sigmoid'), dense('b', 3)),
    nodes: { a: [0, 2] },
    left: 'a 3, b 3',
  },
  'no activation at all': {
    network: build(image(3), dense('a', 4), dense('b', 2)),
    nodes: { a: [2] },
    left: 'a 3, b 2',
  },
  'dropout on the way': {
    network: build(image(4), dense('a', 5), relu('r'), layer('dropout')('d', { rate: 0.5 }), dense('b', 3)),
    nodes: { a: [0] },
    left: 'a 4, b 3',
  },
  'a softmax head': {
    network: build(image(4), dense('a', 5), act('e', 'elu'), dense('b', 3), act('p', 'softmax')),
    nodes: { a: [4] },
    left: 'a 4, b 3',
  },
});
