import type { LayersModel } from '@tensorflow/tfjs';
import { fromArtifacts, type TfjsArtifacts, toArtifacts } from '../formats/index.js';
import type { Network } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import type { Tf } from './tf.js';

/**
 * The network as a tfjs LayersModel on the current backend, with the same weights to the last bit.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED listing every layer that tfjs lacks.
 */
export async function toLayersModel(tf: Tf, network: Network): Promise<LayersModel> {
  expectArguments({ tf, network });
  const { modelTopology, weightSpecs, weightData } = toArtifacts(network);
  const artifacts = { modelTopology, weightSpecs: [...weightSpecs], weightData } as Parameters<
    typeof tf.io.fromMemory
  >[0];
  return await tf.loadLayersModel(tf.io.fromMemory(artifacts));
}

/**
 * A tfjs LayersModel as a network, with the same weights to the last bit.
 *
 * @throws SecateurError ERR_MODEL_UNSUPPORTED listing every layer that no kind expresses.
 */
export async function fromLayersModel(tf: Tf, model: LayersModel): Promise<Network> {
  expectArguments({ tf, layersModel: model });
  let saved: unknown;
  const modelArtifactsInfo = { dateSaved: new Date(), modelTopologyType: 'JSON' } as const;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo };
    }),
  );
  return fromArtifacts(saved as TfjsArtifacts);
}
