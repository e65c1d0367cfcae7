import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { invalid } from '../util/expect.js';
import { definitionOf } from './layers/index.js';
import { consumersOf, type Layer, type LayerId, layerAt, type Network } from './network.js';

/** How many nodes a layer has: dense units or convolution filters; 0 for every other kind. */
export function nodeCount(layer: Layer): number {
  expectArguments({ vertex: layer });
  return definitionOf(layer.kind).hasNodes ? (layer.outputShape.at(-1) ?? 0) : 0;
}

/**
 * The layer behind which a node's output reaches the next layers: past the batch normalisations, activations and
 * dropouts that follow the layer alone, but not past an output of the network or layer `end` (where the loss takes its
 * scores).
 */
export function nodeOutput(network: Network, layer: Layer, end: LayerId = network.output): Layer {
  const consumers = consumersOf(network);
  const ends = new Set([...network.outputs, end]);
  let last = layer;
  for (;;) {
    const [next, ...others] = (consumers[last.id] ?? []).map((id) => layerAt(network, id));
    const alone = next !== undefined && others.length === 0 && !ends.has(last.id);
    if (!alone || !definitionOf(next.kind).carriesNodes?.(next.config)) return last;
    last = next;
  }
}

/** Layers with nodes that have no other such layer between them and an output. */
export function outputLayers(network: Network): LayerId[] {
  const found = new Set<LayerId>();
  const seen = new Set<LayerId>();
  const search = [...network.outputs];
  for (let id = search.pop(); id !== undefined; id = search.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const layer = layerAt(network, id);
    if (nodeCount(layer) > 0) found.add(id);
    else search.push(...layer.inputs);
  }
  return [...found].sort((a, b) => a - b);
}

/** The layers that ablation takes by default: those with nodes that reach the measured output, but for output layers. */
export function hiddenLayers(network: Network): Layer[] {
  expectArguments({ network });
  const outputs = new Set(outputLayers(network));
  const reaching = ancestorsOf(network, network.output);
  return network.layers.filter((layer) => nodeCount(layer) > 0 && !outputs.has(layer.id) && reaching.has(layer.id));
}

/**
 * The layers with these names, in graph order; without names the {@link hiddenLayers}.
 *
 * @throws SecateurError ERR_ARGUMENT for a name that is no layer's with nodes, listing those that are, and for a network
 * without hidden layers.
 */
export function chooseLayers(network: Network, names?: readonly string[]): Layer[] {
  expectArguments({ network });
  if (names !== undefined && !Array.isArray(names)) throw invalid('layers', 'a list of names', names);
  const reaching = ancestorsOf(network, network.output);
  const possible = network.layers.filter((layer) => nodeCount(layer) > 0 && reaching.has(layer.id));
  const list = possible.map(({ name }) => name).join(', ') || 'there is none';
  if (names === undefined) {
    const hidden = hiddenLayers(network);
    if (hidden.length > 0) return hidden;
    throw new SecateurError('ERR_ARGUMENT', 'the network has no hidden dense or convolution layer', {
      hint: `name the layers to take an output layer: ${list}`,
    });
  }
  const wrong = names.find((name) => !possible.some((layer) => layer.name === name));
  if (wrong === undefined && names.length > 0) return possible.filter(({ name }) => names.includes(name));
  throw invalid('layers', 'names of layers with nodes', wrong ?? names, { hint: `layers with nodes: ${list}` });
}

/** All layers that the output of `id` depends on, `id` included. */
export function ancestorsOf(network: Network, id: LayerId): Set<LayerId> {
  const found = new Set<LayerId>();
  const search = [id];
  for (let next = search.pop(); next !== undefined; next = search.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    search.push(...layerAt(network, next).inputs);
  }
  return found;
}
