// A model of TensorFlow.js that is in memory already: its nodes are ablated, half of them go, and what is left is a
// tf.LayersModel again. From files `loadModel('folder/model.json')` reads the same.

import { fromLayersModel, loadBackend, loadDataset, prune, toLayersModel } from 'secateur';

const { tf } = await loadBackend({ backend: 'cpu' }); // or your own `import * as tf from '@tensorflow/tfjs'`
const model = tf.sequential({
  layers: [
    tf.layers.flatten({ inputShape: [8, 8, 1] }),
    tf.layers.dense({ units: 20, activation: 'relu', name: 'hidden' }),
    tf.layers.dense({ units: 10, activation: 'softmax', name: 'classes' }),
  ],
});
const digits = await loadDataset('digits', { limit: 300 });
const images = tf.tensor4d(
  Float32Array.from(digits.x, (pixel) => pixel * digits.scale),
  [digits.count, ...digits.shape],
);
const labels = tf.oneHot(tf.tensor1d(digits.y, 'int32'), 10);
model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
await model.fit(images, labels, { epochs: 5, verbose: 0 });

const network = await fromLayersModel(tf, model);
const { network: small } = await prune(network, digits, { criterion: 'ablation', amount: 0.5 });
const smallModel = await toLayersModel(tf, small);
smallModel.summary();
console.log(`predictions of ${smallModel.predict(images).shape.join(' x ')}`);
