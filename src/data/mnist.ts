import { idxSource } from './idxSource.js';

/** Y. LeCun, C. Cortes & C. J. C. Burges: handwritten digits. */
export const mnist = idxSource({
  dataset: 'mnist',
  summary: '70000 handwritten digits of 28x28 pixels (60000 train, 10000 test); 12 MB, downloaded once',
  mirrors: ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
  files: {
    train: {
      images: {
        name: 'train-images-idx3-ubyte',
        bytes: 9912422,
        sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      },
      labels: {
        name: 'train-labels-idx1-ubyte',
        bytes: 28881,
        sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      },
    },
    test: {
      images: {
        name: 't10k-images-idx3-ubyte',
        bytes: 1648877,
        sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      },
      labels: {
        name: 't10k-labels-idx1-ubyte',
        bytes: 4542,
        sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
      },
    },
  },
});
