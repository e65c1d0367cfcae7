import type { Network } from '../../network/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { corrupt, object } from '../keras/language/json.js';
import { fromKeras, type WeightSource } from '../keras/language/read.js';
import { readTopology } from '../keras/language/topology.js';
import type { TfjsArtifacts } from './artifacts.js';
import { checkEntries, decodeWeights } from './weights.js';

/**
 * The network that a tfjs LayersModel is.
 *
 * @throws SecateurError as {@link fromKeras}.
 */
export function fromArtifacts(artifacts: TfjsArtifacts): Network {
  const root = object('the model topology', artifacts.modelTopology);
  const weights = decodeWeights(checkEntries(artifacts.weightSpecs), joined(artifacts.weightData));
  return fromKeras({
    topology: readTopology(object('the model topology', root.model_config ?? root)),
    dialect: 'tfjs',
    weights: byName(weights),
    training: artifacts.trainingConfig ?? root.training_config,
  });
}

function joined(data: TfjsArtifacts['weightData']): Uint8Array {
  if (!Array.isArray(data)) return new Uint8Array(data as ArrayBuffer);
  return new Uint8Array(Buffer.concat(data.map((part: ArrayBuffer) => new Uint8Array(part))));
}

const byName =
  (weights: ReadonlyMap<string, Tensor>): WeightSource =>
  (layer, names) => {
    const taken = Object.entries(names).map(([ours, theirs]) => {
      const weight = weights.get(`${layer}/${theirs}`);
      if (weight === undefined) throw corrupt(`the weight "${layer}/${theirs}" is missing`);
      return [ours, weight] as const;
    });
    return Object.fromEntries(taken);
  };
