import {
  channelsOf,
  createNetwork,
  describeOutputs,
  keepShared,
  type Layer,
  type LayerId,
  type LayerSpec,
  layerAt,
  type Network,
  nodeOutput,
  sharedWeights,
} from '../network/index.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { rulesOf } from './layers/index.js';
import { checkPlan, type PlannedNodes, type PruningPlan } from './plan.js';
import { masksOf, maskWeights } from './weights/masks.js';

/** Added to the name of a layer whose output is masked. */
export const gateSuffix = '/mask';

/**
 * The network with the planned weights at 0, the planned nodes cut and everything else as it was: a *soft* pruning, of the
 * same size. Where a cut can be said by the weights of the node's layer (or of the batch normalisation behind it), they say
 * it; else a layer `<name>/mask` follows, a batch normalisation that passes the other channels on, bit for bit.
 *
 * @throws SecateurError ERR_DATA or ERR_ARGUMENT for a plan that is not this network's.
 */
export function maskNetwork(original: Network, plan: PruningPlan): Network {
  expectArguments({ original });
  const { cut, nodes, weights: single } = checkPlan(original, plan);
  const network = single === undefined ? original : maskWeights(original, masksOf(single));
  if (nodes.length === 0) return network;
  const { held, gates } = cutSites(network, cut, nodes);
  const weights = new Map([...held].map(([id, values]) => [id, holdConstants(layerAt(network, id), values)]));
  return rebuilt(network, weights, gates);
}

/** What a training must leave alone so that a masked network stays masked. */
export interface Held {
  /** Numbers that stay, by layer and weight, in the weight's layout: 1 where one stays. */
  readonly hold: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>;
  /** Names of layers that stay as a whole. */
  readonly freeze: readonly string[];
}

/**
 * What {@link maskNetwork} has set in a network, for `trainNetwork`: trained with it, the network stays masked exactly.
 *
 * @param network the one that was masked, before the mask.
 * @throws SecateurError ERR_DATA or ERR_ARGUMENT for a plan that is not this network's.
 */
export function heldBy(network: Network, plan: PruningPlan): Held {
  expectArguments({ network });
  const { cut, nodes, weights: single = [] } = checkPlan(network, plan);
  const { held, gates } = cutSites(network, cut, nodes);
  const hold = new Map<string, Record<string, Uint8Array>>();
  for (const [layer, kernel] of Object.entries(masksOf(single))) hold.set(layer, { kernel });
  for (const [id, values] of held) {
    const layer = layerAt(network, id);
    const masked = holdConstants(layer, values);
    const own = hold.get(layer.name) ?? {};
    hold.set(layer.name, own);
    const { factor, offset } = rulesOf(layer.kind).holders!;
    for (const name of [factor, offset]) {
      const size = masked[name]?.data.length;
      if (size !== undefined) own[name] = withChannels(own[name] ?? new Uint8Array(size), layer, values);
    }
  }
  return {
    hold: Object.fromEntries(hold),
    freeze: [...gates.keys()].map((id) => layerAt(network, id).name + gateSuffix),
  };
}

/** Marks every number of a weight that belongs to some channels of the output. */
function withChannels(mask: Uint8Array, layer: Layer, values: ReadonlyMap<number, number>): Uint8Array {
  const channels = channelsOf(layer.outputShape);
  return mask.map((stays, i) => (values.has(i % channels) ? 1 : stays));
}

/** By layer, channels and the numbers that they become. */
type Channels = Map<LayerId, Map<number, number>>;

/** Where cuts can be said by weights, and where a gate must say them. */
function cutSites(
  network: Network,
  cut: PruningPlan['cut'],
  nodes: readonly PlannedNodes[],
): { readonly held: Channels; readonly gates: Channels } {
  const [held, gates]: [Channels, Channels] = [new Map(), new Map()];
  for (const planned of nodes) {
    const layer = network.layers.find(({ name }) => name === planned.layer) as Layer;
    for (const [node, value] of constantsOf(planned)) {
      const holder = cut === 'weights' ? layer : holderOf(network, layer, value);
      const [sites, site] = holder === null ? [gates, nodeOutput(network, layer).id] : [held, holder.id];
      sites.set(site, (sites.get(site) ?? new Map()).set(node, value));
    }
  }
  return { held, gates };
}

const constantsOf = ({ nodes, values }: PlannedNodes): [node: number, value: number][] =>
  nodes.map((node, i) => [node, values?.[i] ?? 0]);

/**
 * The layer whose weights can make the node's output this value: the last one with weights up to the cut, if all
 * activations behind it leave the value alone. Null if there is none.
 */
function holderOf(network: Network, layer: Layer, value: number): Layer | null {
  for (let at = nodeOutput(network, layer); ; at = layerAt(network, at.inputs[0] as LayerId)) {
    const { holders, passes } = rulesOf(at.kind);
    if (holders !== undefined) return at;
    if (passes?.(at, value) === false) return null;
  }
}

/** Weights that make channels of a layer's output their values, whatever comes in: no factors, and the value added. */
function holdConstants(layer: Layer, values: ReadonlyMap<number, number>): Record<string, Tensor> {
  const channels = channelsOf(layer.outputShape);
  const { factor, missing, offset } = rulesOf(layer.kind).holders!;
  const factors = copyOf(layer.weights[factor] ?? filled(channels, missing));
  // The channels of the output are the fastest axis of every kernel, a depthwise kernel's two last ones together.
  const held = [...values.keys()];
  for (let start = 0; start < factors.data.length; start += channels) {
    for (const channel of held) factors.data[start + channel] = 0;
  }
  const idle = layer.weights[offset] === undefined && [...values.values()].every((value) => value === 0);
  if (idle) return { ...layer.weights, [factor]: factors };
  const offsets = copyOf(layer.weights[offset] ?? filled(channels, 0));
  for (const [channel, value] of values) offsets.data[channel] = value;
  return { ...layer.weights, [factor]: factors, [offset]: offsets };
}

const copyOf = ({ shape, data }: Tensor): Tensor => tensor(shape, data.slice());
const filled = (channels: number, value: number): Tensor => tensor([channels], new Float32Array(channels).fill(value));

function rebuilt(
  network: Network,
  weights: ReadonlyMap<LayerId, Readonly<Record<string, Tensor>>>,
  gates: ReadonlyMap<LayerId, ReadonlyMap<number, number>>,
): Network {
  const outside = (id: LayerId): string => layerAt(network, id).name + (gates.has(id) ? gateSuffix : '');
  const layers = network.layers.flatMap((layer) => {
    const { id, name, kind, config, inputs } = layer;
    const spec = { name, kind, config, inputs: inputs.map(outside), weights: weights.get(id) ?? layer.weights };
    const held = gates.get(id);
    return held ? [spec as LayerSpec, gate(layer, held)] : [spec as LayerSpec];
  });
  const { name, loss, inputLayout } = network;
  const kept = keepShared(layers, sharedWeights(network));
  return createNetwork({ name, layers: kept, ...describeOutputs(network, outside), loss, inputLayout });
}

/** Passes `1 * (x - 0) / sqrt(1 + 0) + 0`, which is x, and holds some channels. */
function gate({ name, outputShape }: Layer, held: ReadonlyMap<number, number>): LayerSpec {
  const channels = channelsOf(outputShape);
  const row = (value: (channel: number) => number): Tensor =>
    tensor(
      [channels],
      Float32Array.from({ length: channels }, (_, channel) => value(channel)),
    );
  return {
    name: name + gateSuffix,
    kind: 'batchNorm',
    inputs: [name],
    config: { epsilon: 0 },
    weights: {
      gamma: row((channel) => (held.has(channel) ? 0 : 1)),
      beta: row((channel) => held.get(channel) ?? 0),
      mean: row(() => 0),
      variance: row(() => 1),
    },
  };
}
