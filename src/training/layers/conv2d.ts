import type { LayerConfigs } from '../../network/index.js';
import type { Tensor, Tensor4D } from '../tf.js';
import { only, type Toolbox, type Trainable } from './trainable.js';
import { dilateKernel, namedPadding, padImages, undilateKernel } from './window.js';

export const conv2d: Trainable<'conv2d'> = {
  kernels: ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'],
  pass: (tools, { config }, inputs, { kernel, bias }) => {
    const { ops } = tools;
    const convolved = convolveGroups(tools, only(inputs), kernel!, config);
    return {
      output: bias === undefined ? convolved.output : ops.addBias(convolved.output, bias),
      backward: (gradient) => ({
        inputs: [() => convolved.inputGradient(gradient)],
        weights: {
          kernel: convolved.kernelGradient(gradient),
          ...(bias === undefined ? {} : { bias: ops.biasGradient(gradient) }),
        },
      }),
    };
  },
};

interface Convolved {
  readonly output: Tensor;
  readonly inputGradient: (gradient: Tensor) => Tensor;
  readonly kernelGradient: (gradient: Tensor) => Tensor;
}

/** Each group convolves its share of the channels with its share of the filters. */
function convolveGroups(tools: Toolbox, x: Tensor, kernel: Tensor, config: LayerConfigs['conv2d']): Convolved {
  const { tf } = tools;
  const { groups } = config;
  if (groups === 1) return convolve(tools, x, kernel, config);
  const kernels = tf.split(kernel, groups, 3);
  const parts = tf.split(x, groups, 3).map((part, g) => convolve(tools, part, kernels[g]!, config));
  const join = (share: (part: Convolved, gradient: Tensor) => Tensor) => (gradient: Tensor) => {
    const gradients = tf.split(gradient, groups, 3);
    return tf.concat(
      parts.map((part, g) => share(part, gradients[g]!)),
      3,
    );
  };
  return {
    output: tf.concat(
      parts.map(({ output }) => output),
      3,
    ),
    inputGradient: join((part, gradient) => part.inputGradient(gradient)),
    kernelGradient: join((part, gradient) => part.kernelGradient(gradient)),
  };
}

function convolve({ tf }: Toolbox, x: Tensor, kernel: Tensor, config: LayerConfigs['conv2d']): Convolved {
  const named = namedPadding(config.padding);
  const padded = named === null ? padImages(tf, x, config) : (x as Tensor4D);
  const filter = dilateKernel(tf, kernel, config.dilation);
  const strides = [...config.strides] as [number, number];
  const attributes = { strides, pad: named ?? 'valid', dataFormat: 'NHWC', dilations: 1 };
  const run = (name: string, inputs: Record<string, Tensor>, shapes: object): Tensor =>
    tf.engine().runKernel(name, inputs, { ...attributes, ...shapes }) as Tensor;
  return {
    output: tf.conv2d(padded, filter, strides, attributes.pad as 'same' | 'valid'),
    inputGradient: (dy) => {
      const gradient = run('Conv2DBackpropInput', { dy, filter }, { inputShape: padded.shape });
      return named === null ? unpad(gradient) : gradient;
    },
    kernelGradient: (dy) =>
      undilateKernel(
        tf,
        run('Conv2DBackpropFilter', { x: padded, dy }, { filterShape: filter.shape }),
        config.dilation,
      ),
  };

  function unpad(gradient: Tensor): Tensor {
    if (named !== null || typeof config.padding === 'string') return gradient;
    const [[top], [left]] = config.padding;
    return tf.slice(gradient, [0, top, left, 0], x.shape);
  }
}
