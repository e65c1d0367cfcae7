import {
  ancestorsOf,
  type Layer,
  type LayerId,
  type LossHead,
  layerAt,
  type Network,
  sharedWeights,
  withWeights,
} from '../network/index.js';
import { type Tensor as HostTensor, tensor } from '../tensor/tensor.js';
import { invalid } from '../util/expect.js';
import { trainableOf } from './layers/index.js';
import type { Pass, Toolbox, Weights } from './layers/trainable.js';
import type { Tensor } from './tf.js';

/** One weight of a network. */
export interface Parameter {
  readonly layer: Layer;
  /** All layers that have it: several where they share it, which learns from all of them. */
  readonly uses: readonly Layer[];
  readonly name: string;
  /** Whether it does not follow the gradient: it follows the data, or stays as it is. */
  readonly fixed: boolean;
}

/** A network as something that can be run forwards and backwards up to the scores of its loss. */
export interface Program {
  readonly network: Network;
  readonly head: LossHead;
  /** The layers that the scores depend on, in order. */
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  /** Whether something that learns lies before a layer's output. */
  readonly learns: ReadonlySet<LayerId>;
  /** Layers that only answer while the others learn. */
  readonly frozen: ReadonlySet<LayerId>;
}

/**
 * @param freeze names of layers with weights that stay as they are.
 * @throws SecateurError ERR_ARGUMENT for a name that is no layer's.
 */
export function createProgram(network: Network, head: LossHead, freeze: readonly string[] = []): Program {
  const frozen = new Set(freeze.map((name) => layerNamed(network, name).id));
  const needed = ancestorsOf(network, head.scores);
  const layers = network.layers.filter(({ id }) => needed.has(id));
  const parameters = parametersOf(network, layers, frozen);
  const learns = new Set<LayerId>();
  for (const { id, inputs } of layers) {
    const own = parameters.some(({ uses, fixed }) => !fixed && uses.some((layer) => layer.id === id));
    if (own || inputs.some((input) => learns.has(input))) learns.add(id);
  }
  return { network, head, layers, parameters, learns, frozen };
}

function parametersOf(network: Network, layers: readonly Layer[], frozen: ReadonlySet<LayerId>): Parameter[] {
  const usersOf = new Map(
    sharedWeights(network).flatMap(({ weight, layers: names }) => {
      const uses = network.layers.filter(({ name }) => names.includes(name));
      return names.map((name) => [JSON.stringify([name, weight]), uses] as const);
    }),
  );
  const known = new Set<readonly Layer[]>();
  return layers.flatMap((layer) => {
    const { fixed = [] } = trainableOf(layer.kind);
    return Object.keys(layer.weights).flatMap((name) => {
      const uses = usersOf.get(JSON.stringify([layer.name, name])) ?? [layer];
      if (known.has(uses)) return [];
      known.add(uses);
      return [{ layer, uses, name, fixed: fixed.includes(name) || uses.some(({ id }) => frozen.has(id)) }];
    });
  });
}

/** @throws SecateurError ERR_ARGUMENT if there is no such layer. */
export function layerNamed({ layers }: Network, name: string): Layer {
  const layer = layers.find((candidate) => candidate.name === name);
  if (layer === undefined) throw invalid('layers', 'names of layers of the network', name);
  return layer;
}

/** tfjs kernels that a network's gradients need, besides those that every backend has. */
export function neededKernels({ layers }: Program): string[] {
  return [...new Set(layers.flatMap(({ kind }) => trainableOf(kind).kernels ?? []))];
}

/** What went forwards. */
export interface Forward {
  readonly scores: Tensor;
  readonly passes: ReadonlyMap<LayerId, Pass>;
}

/** Runs a batch `[samples, ...]` up to the scores. `values` are the parameters', in their order. */
export function runForward(program: Program, tools: Toolbox, values: readonly Tensor[], batch: Tensor): Forward {
  const { network, layers, head, frozen } = program;
  const weights = weightsByLayer(program, values);
  const answering = { ...tools, learning: null };
  const passes = new Map<LayerId, Pass>();
  for (const layer of layers) {
    const inputs = layer.id === network.input ? [batch] : layer.inputs.map((id) => passes.get(id)!.output);
    const own = frozen.has(layer.id) ? answering : tools;
    passes.set(layer.id, trainableOf(layer.kind).pass(own, layer, inputs, weights.get(layer.id) ?? {}));
  }
  return { scores: passes.get(head.scores)!.output, passes };
}

function weightsByLayer({ parameters }: Program, values: readonly Tensor[]): Map<LayerId, Record<string, Tensor>> {
  const byLayer = new Map<LayerId, Record<string, Tensor>>();
  for (const [i, { uses, name }] of parameters.entries()) {
    for (const { id } of uses) byLayer.set(id, { ...byLayer.get(id), [name]: values[i]! });
  }
  return byLayer;
}

/** Gradients of the parameters that learn, in their order, from the gradient of the scores. */
export function runBackward(program: Program, { tf }: Toolbox, { passes }: Forward, gradient: Tensor): Tensor[] {
  const { layers, parameters, learns, head } = program;
  const arriving = new Map<LayerId, Tensor>([[head.scores, gradient]]);
  const weights = new Map<LayerId, Weights>();
  for (const layer of layers.toReversed()) {
    const own = arriving.get(layer.id);
    if (own === undefined || !learns.has(layer.id)) continue;
    const gradients = passes.get(layer.id)!.backward(own);
    weights.set(layer.id, gradients.weights);
    for (const [i, input] of layer.inputs.entries()) {
      if (!learns.has(input)) continue;
      const before = arriving.get(input);
      const passed = gradients.inputs[i]!();
      arriving.set(input, before === undefined ? passed : tf.add(before, passed));
    }
  }
  return parameters
    .filter(({ fixed }) => !fixed)
    .map(({ uses, name }) => {
      const gradients = uses.flatMap(({ id }) => weights.get(id)?.[name] ?? []);
      return gradients.reduce((sum, own) => tf.add(sum, own));
    });
}

/** The network with these values in the place of its weights. */
export function withValues({ network, parameters, head }: Program, values: readonly Float32Array[]): Network {
  const replaced = new Map<LayerId, Record<string, HostTensor>>();
  for (const [i, { layer, uses, name }] of parameters.entries()) {
    const weight = tensor(layer.weights[name]!.shape, values[i]!);
    for (const { id, weights } of uses) replaced.set(id, { ...(replaced.get(id) ?? weights), [name]: weight });
  }
  return Object.freeze({ ...withWeights(network, replaced), loss: head.loss });
}

/** Shape of a batch of `count` samples. */
export function batchShape({ network }: Program, count: number): number[] {
  return [count, ...layerAt(network, network.input).outputShape];
}
