import { type ActivationName, activationParameters, type LayerOf } from '../../../network/index.js';
import { type Emitter, float, integer, text } from './emitter.js';

type Activation = LayerOf<'activation'>;
type WriteActivation = (layer: Activation, x: string, emit: Emitter) => string;

const plain =
  (opType: string): WriteActivation =>
  (_layer, x, emit) =>
    emit.node(opType, [x]);

const withAlpha =
  (opType: string): WriteActivation =>
  ({ config }, x, emit) =>
    emit.node(opType, [x], { attributes: { alpha: float(activationParameters(config).alpha) } });

const hardSigmoid: WriteActivation = ({ config }, x, emit) => {
  const { alpha, beta } = activationParameters(config);
  return emit.node('HardSigmoid', [x], { attributes: { alpha: float(alpha), beta: float(beta) } });
};

const relu6: WriteActivation = (_layer, x, emit) => {
  const limits = [emit.weight('low', [], Float32Array.of(0)), emit.weight('high', [], Float32Array.of(6))];
  return emit.node('Clip', [x, ...limits]);
};

const swish: WriteActivation = (_layer, x, emit) =>
  emit.node('Mul', [x, emit.node('Sigmoid', [x], { helper: 'gate' })]);

const gelu =
  (approximate: string): WriteActivation =>
  (_layer, x, emit) =>
    emit.node('Gelu', [x], { attributes: { approximate: text(approximate) }, since: 20 });

/** Over channels, which ONNX has first in images. */
const softmax: WriteActivation = ({ outputShape }, x, emit) =>
  emit.node('Softmax', [x], { attributes: { axis: integer(outputShape.length === 3 ? 1 : -1) } });

/** How each function is written. */
export const activationWriters: { readonly [F in ActivationName]: WriteActivation } = {
  linear: plain('Identity'),
  relu: plain('Relu'),
  relu6,
  leakyRelu: withAlpha('LeakyRelu'),
  elu: withAlpha('Elu'),
  selu: plain('Selu'),
  sigmoid: plain('Sigmoid'),
  hardSigmoid,
  tanh: plain('Tanh'),
  softplus: plain('Softplus'),
  swish,
  hardSwish: plain('HardSwish'),
  gelu: gelu('none'),
  geluTanh: gelu('tanh'),
  softmax,
};
