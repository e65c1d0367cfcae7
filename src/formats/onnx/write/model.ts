import { firstOwners, type Layer, layerAt, type Network, ownWeights } from '../../../network/index.js';
import type { Shape } from '../../../tensor/tensor.js';
import { SecateurError } from '../../../util/errors.js';
import { maxFileBytes } from '../limits.js';
import { layoutKey, lossKey } from '../metadata.js';
import { dataTypes, type ModelDraft, type ValueInfoDraft } from '../proto/messages.js';
import { type Emitted, type Emitter, emitterFor } from './emitter.js';
import { layerWriters, type Source } from './layers.js';

/** The operator set of files that need no later one, and the file versions that go with each. */
const baseOperatorSet = 17;
const irVersion = (operatorSet: number): number => (operatorSet > 18 ? 9 : 8);

/**
 * A network as an ONNX model. Images go in and come out channels first, `[N, channels, height, width]`, whatever
 * `network.inputLayout` is; the layers and their weights stay what they are.
 *
 * @throws SecateurError ERR_LIMIT if the weights are more than a file can hold.
 */
export function modelOf(network: Network): ModelDraft {
  checkSize(network);
  const emitted: Emitted = { nodes: [], constants: [], weights: new Map(), operatorSet: baseOperatorSet };
  const sources = writeLayers(network, emitted);
  const input = layerAt(network, network.input);
  return {
    irVersion: irVersion(emitted.operatorSet),
    producerName: 'secateur',
    opsetImport: [{ domain: '', version: emitted.operatorSet }],
    metadataProps: metadataOf(network, input),
    graph: {
      name: network.name,
      node: emitted.nodes,
      initializer: emitted.constants,
      input: [valueInfo({ name: input.name, shape: input.outputShape })],
      output: network.outputs.map((id) => valueInfo(sources[id] as Source)),
    },
  };
}

function writeLayers(network: Network, emitted: Emitted): Source[] {
  const names = { taken: new Set(network.layers.map(({ name }) => name)), owner: firstOwners(network) };
  const sources: Source[] = [];
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((id) => sources[id] as Source);
    const name = writeLayer(layer, inputs, emitterFor(layer.name, emitted, names));
    sources.push({ name, shape: layer.outputShape });
  }
  return sources;
}

function writeLayer(layer: Layer, inputs: readonly Source[], emit: Emitter): string {
  const write = layerWriters[layer.kind] as (layer: Layer, inputs: readonly Source[], emit: Emitter) => string;
  return write(layer, inputs, emit);
}

/** A tensor of the file's surface: any number of samples, images channels first. */
function valueInfo({ name, shape }: Source): ValueInfoDraft {
  const sizes: Shape = shape.length === 3 ? [shape[2] ?? 0, shape[0] ?? 0, shape[1] ?? 0] : shape;
  const dim = [{ dimParam: 'N' }, ...sizes.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType: dataTypes.float32, shape: { dim } } } };
}

function metadataOf({ loss }: Network, input: Layer): { key: string; value: string }[] {
  const layout = input.outputShape.length === 3 ? [{ key: layoutKey, value: 'nchw' }] : [];
  return loss === null ? layout : [...layout, { key: lossKey, value: loss }];
}

function checkSize(network: Network): void {
  const bytes = ownWeights(network).reduce((sum, { weight }) => sum + weight.data.byteLength, 0);
  if (bytes < maxFileBytes) return;
  throw new SecateurError('ERR_LIMIT', `its weights are ${bytes} bytes, and an ONNX file ends at ${maxFileBytes}`);
}
