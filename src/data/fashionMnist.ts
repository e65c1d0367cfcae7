import { idxSource } from './idxSource.js';

/** H. Xiao, K. Rasul & R. Vollgraf: Zalando's article images. */
export const fashionMnist = idxSource({
  dataset: 'fashion-mnist',
  summary: '70000 pieces of clothing of 28x28 pixels (60000 train, 10000 test); 31 MB, downloaded once',
  mirrors: [
    'https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ],
  files: {
    train: {
      images: {
        name: 'train-images-idx3-ubyte',
        bytes: 26421880,
        sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      },
      labels: {
        name: 'train-labels-idx1-ubyte',
        bytes: 29515,
        sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      },
    },
    test: {
      images: {
        name: 't10k-images-idx3-ubyte',
        bytes: 4422102,
        sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      },
      labels: {
        name: 't10k-labels-idx1-ubyte',
        bytes: 5148,
        sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
      },
    },
  },
});
