import type { Network } from '../../network/index.js';
import { legacyConfig, lossSetting } from '../keras/language/legacy.js';
import { toKeras, type WrittenModel } from '../keras/language/write.js';
import type { TfjsArtifacts } from './artifacts.js';
import { encodeWeights } from './weights.js';

/**
 * The tfjs LayersModel that a network is, as a Functional model: what {@link toKeras} says in tfjs' dialect.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED listing every layer that tfjs cannot express.
 */
export function toArtifacts(network: Network): TfjsArtifacts & { readonly weightData: ArrayBuffer } {
  return artifactsOf(toKeras(network, 'tfjs'), lossSetting(network));
}

/** The artifacts of what was said in tfjs' dialect. */
export function artifactsOf(model: WrittenModel, loss: ReturnType<typeof lossSetting>) {
  const named = model.layers.flatMap(({ name, weights }) =>
    [...weights].map(([weight, values]) => [`${name}/${weight}`, values] as const),
  );
  const { specs, data } = encodeWeights(new Map(named));
  return {
    modelTopology: {
      ...legacyConfig(model),
      class_name: 'Model',
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightSpecs: specs,
    weightData: data,
    ...(loss === null ? {} : { trainingConfig: { ...loss, metrics: {}, optimizer_config: adam } }),
  };
}

/** tfjs compiles what it loads with this. */
const adam = {
  class_name: 'Adam',
  config: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
};
