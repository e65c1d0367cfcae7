import {
  type ChannelGroup,
  channelGroups,
  channelsOf,
  createNetwork,
  describeOutputs,
  inputShapes,
  keepShared,
  type Layer,
  type LayerId,
  type LayerSpec,
  layerAt,
  type Network,
  type SharedWeight,
  sharedWeights,
  weightSpecs,
} from '../network/index.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { constantChannels } from './constants.js';
import { rulesOf } from './layers/index.js';
import type { Constants } from './layers/rules.js';
import { gateSuffix, maskNetwork } from './mask.js';
import { checkPlan, nodesOf, type PlannedNodes, type PruningPlan } from './plan.js';

/** A group of planned nodes that was masked but not deleted, and why. */
export interface Kept {
  readonly nodes: readonly PlannedNodes[];
  readonly reason: string;
}

/** A network from which planned nodes were deleted. */
export interface Shrunk {
  readonly network: Network;
  /** Nodes that are gone, in the numbering of the original network. */
  readonly removed: readonly PlannedNodes[];
  /** Nodes that are cut but still take their place, because deleting them would not be exact. */
  readonly kept: readonly Kept[];
}

/**
 * Deletes the planned nodes: columns of kernels, biases, batch normalisation, and the rows of what takes them. What a cut
 * node leaves behind (act(0), the beta of a batch normalisation, a mean) is a constant and folded into the biases of the
 * layers that take it, after Ye et al., "Rethinking the smaller-norm-less-informative assumption", ICLR 2018. Where that
 * would not be exact (a convolution that sees zeros around the image beside the constant) the node stays, cut.
 *
 * The result computes what {@link maskNetwork} computes, but for rounding. Layers that share weights still do, but for biases
 * into which different constants were folded.
 *
 * @throws SecateurError ERR_DATA or ERR_ARGUMENT for a plan that is not this network's.
 */
export function shrinkNetwork(network: Network, plan: PruningPlan): Shrunk {
  expectArguments({ network });
  const { nodes } = checkPlan(network, plan);
  const masked = maskNetwork(network, plan);
  const constants = constantChannels(masked);
  const removed: ChannelGroup[] = [];
  const kept: Kept[] = [];
  for (const group of plannedGroups(masked, nodes)) {
    const reason = whyNot(masked, group, constants, nodes);
    if (reason === null) removed.push(group);
    else kept.push({ nodes: nodesOf(masked, [group]), reason });
  }
  const shrunk = deleted(masked, removed, { constants, shared: sharedWeights(network) });
  return { network: shrunk, removed: nodesOf(masked, removed), kept };
}

function plannedGroups(masked: Network, nodes: readonly PlannedNodes[]): Set<ChannelGroup> {
  const groups = channelGroups(masked);
  const idOf = new Map(masked.layers.map(({ name, id }) => [name, id]));
  return new Set(
    nodes.flatMap(({ layer, nodes: own }) => own.map((node) => groups.of(idOf.get(layer) as LayerId, node))),
  );
}

/** Why a group cannot be deleted exactly, or null. */
function whyNot(
  masked: Network,
  group: ChannelGroup,
  constants: readonly Constants[],
  planned: readonly PlannedNodes[],
): string | null {
  if (group.stays !== null) return group.stays;
  const uncut = nodesOf(masked, [group]).find(
    ({ layer, nodes }) => !nodes.every((node) => isPlanned(planned, layer, node)),
  );
  if (uncut !== undefined) return `it goes with nodes ${uncut.nodes} of layer "${uncut.layer}", which the plan keeps`;
  for (const { layer, channel, taker } of takers(masked, group)) {
    const value = constants[layer]?.[channel] ?? null;
    const from = layerAt(masked, layer);
    if (value === null) return `layer "${taker.name}" takes more than one number from layer "${from.name}"`;
    const added = rulesOf(taker.kind).contribution!(taker, channel, value, from.outputShape);
    if (typeof added === 'string') return `layer "${taker.name}" takes it from layer "${from.name}": ${added}`;
  }
  return null;
}

const isPlanned = (planned: readonly PlannedNodes[], layer: string, node: number): boolean =>
  planned.some((entry) => entry.layer === layer && entry.nodes.includes(node));

/** The layers outside of a group that mix its channels with others. */
function* takers(
  network: Network,
  { members }: ChannelGroup,
): Iterable<{ readonly layer: LayerId; readonly channel: number; readonly taker: Layer }> {
  const channelsAt = new Map(members.map(({ layer, channels }) => [layer, channels]));
  for (const taker of network.layers) {
    const [layer] = taker.inputs;
    if (layer === undefined || !mixes(taker)) continue;
    for (const channel of channelsAt.get(layer) ?? []) yield { layer, channel, taker };
  }
}

/** Whether the channels of a layer's input are not those of its output. */
function mixes(layer: Layer): boolean {
  const { contribution, mixes: own } = rulesOf(layer.kind);
  return contribution !== undefined && (own?.(layer) ?? true);
}

/** Channels of each layer's output that go. */
type Gone = ReadonlyMap<LayerId, ReadonlySet<number>>;

/** What is known of a network besides what its mask says. */
interface Known {
  readonly constants: readonly Constants[];
  /** In the network before the mask. */
  readonly shared: readonly SharedWeight[];
}

function deleted(masked: Network, groups: readonly ChannelGroup[], { constants, shared }: Known): Network {
  const gone = new Map<LayerId, Set<number>>();
  for (const { layer, channels } of groups.flatMap(({ members }) => members)) {
    const own = gone.get(layer) ?? new Set();
    gone.set(layer, own);
    for (const channel of channels) own.add(channel);
  }
  const specs = masked.layers.map((layer) => smaller(masked, layer, gone, constants));
  const { name, loss, inputLayout } = masked;
  const layers = keepShared(withoutIdleGates(specs), shared);
  const outputs = describeOutputs(masked, (id) => nameAmong(layers, layerAt(masked, id).name));
  return createNetwork({ name, layers, ...outputs, loss, inputLayout });
}

function smaller(masked: Network, layer: Layer, gone: Gone, constants: readonly Constants[]): LayerSpec {
  const before = channelsOf(layer.outputShape);
  const after = before - (gone.get(layer.id)?.size ?? 0);
  const { resized } = rulesOf(layer.kind);
  const config = after === before ? layer.config : (resized?.(layer, { before, after }) ?? layer.config);
  const weights = sliced(masked, layer, withConstants(masked, layer, gone, constants), gone);
  const inputs = layer.inputs.map((id) => layerAt(masked, id).name);
  return { name: layer.name, kind: layer.kind, inputs, config, weights } as LayerSpec;
}

/** The layer's weights with what its deleted, constant inputs give added to the bias. */
function withConstants(
  masked: Network,
  layer: Layer,
  gone: Gone,
  constants: readonly Constants[],
): Readonly<Record<string, Tensor>> {
  const [source] = layer.inputs;
  const channels = source === undefined ? undefined : gone.get(source);
  if (source === undefined || channels === undefined || !mixes(layer)) return layer.weights;
  const [shape = []] = inputShapes(masked, layer);
  const sums = Float64Array.from({ length: channelsOf(layer.outputShape) }, (_, c) => layer.weights.bias?.data[c] ?? 0);
  let changed = false;
  for (const channel of channels) {
    const value = constants[source]?.[channel] ?? 0;
    if (value === 0) continue;
    changed = true;
    const added = rulesOf(layer.kind).contribution!(layer, channel, value, shape) as Float64Array;
    for (let c = 0; c < sums.length; c++) sums[c]! += added[c]!;
  }
  if (!changed) return layer.weights;
  const Floats = (layer.weights.kernel as Tensor).data.constructor as Float32ArrayConstructor;
  return { ...layer.weights, bias: tensor([sums.length], Floats.from(sums)) };
}

/** Cuts deleted channels out of every weight, along the axes that count them. */
function sliced(
  masked: Network,
  layer: Layer,
  weights: Readonly<Record<string, Tensor>>,
  gone: Gone,
): Record<string, Tensor> {
  const byAxis = { in: gone.get(layer.inputs[0] as LayerId), out: gone.get(layer.id) };
  const axesOf = new Map(weightSpecs(masked, { ...layer, weights } as Layer).map(([name, { axes }]) => [name, axes]));
  const cut = Object.entries(weights).map(([name, weight]) => {
    const axes = axesOf.get(name) ?? [];
    return [
      name,
      axes.reduce((rest, counts, axis) => without(rest, axis, counts === null ? undefined : byAxis[counts]), weight),
    ] as const;
  });
  return Object.fromEntries(cut);
}

/** A tensor without some indices of one axis. */
function without(weight: Tensor, axis: number, indices: ReadonlySet<number> | undefined): Tensor {
  if (indices === undefined || indices.size === 0) return weight;
  const size = weight.shape[axis] ?? 1;
  const inner = weight.shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const shape = weight.shape.with(axis, size - indices.size);
  const left = Array.from({ length: size }, (_, index) => index).filter((index) => !indices.has(index));
  const Floats = weight.data.constructor as Float32ArrayConstructor;
  const data = new Floats(shape.reduce((product, n) => product * n, 1));
  let to = 0;
  for (let start = 0; start < weight.data.length; start += size * inner) {
    for (const index of left) {
      const from = start + index * inner;
      for (let i = 0; i < inner; i++) data[to++] = weight.data[from + i]!;
    }
  }
  return tensor(shape, data);
}

/** A gate whose held channels are all gone passes everything on: its takers can have what goes in. */
function withoutIdleGates(specs: readonly LayerSpec[]): LayerSpec[] {
  const idle = new Map(specs.filter(isIdleGate).map(({ name, inputs }) => [name, inputs?.[0] ?? '']));
  return specs
    .filter(({ name }) => !idle.has(name))
    .map((spec) => ({ ...spec, inputs: spec.inputs?.map((name) => idle.get(name) ?? name) }) as LayerSpec);
}

const isIdleGate = ({ name, inputs, weights }: LayerSpec): boolean =>
  name === `${inputs?.[0]}${gateSuffix}` && (weights?.gamma?.data.every((factor) => factor === 1) ?? false);

/** The name of a layer, or of the one before it where it was a gate that is gone. */
const nameAmong = (layers: readonly LayerSpec[], name: string): string =>
  layers.some((layer) => layer.name === name) ? name : name.slice(0, -gateSuffix.length);
