import { createHash } from 'node:crypto';
import { expectArguments } from '../util/arguments.js';
import type { Network } from './network.js';

/**
 * SHA-256 of everything that decides what a network computes: layers, edges, settings and the bytes of the weights, which
 * are floats or doubles in the order of their names. Names of layers count, since plans name them. Which of several outputs
 * is measured does not.
 */
export function networkDigest(network: Network): string {
  expectArguments({ network });
  const hash = createHash('sha256');
  const { input, outputs, loss, inputLayout } = network;
  const output = outputs.length === 1 ? outputs[0] : outputs;
  hash.update(JSON.stringify({ input, output, loss, inputLayout }));
  for (const { name, kind, inputs, config, weights, outputShape } of network.layers) {
    hash.update(JSON.stringify([name, kind, inputs, sortedEntries(config), outputShape]));
    for (const [key, { shape, data }] of sortedEntries(weights)) {
      hash.update(JSON.stringify([key, shape, data.BYTES_PER_ELEMENT]));
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  return hash.digest('hex');
}

/** The digest with the output that is measured: what all that is measured follows from. */
export const measuredDigest = (network: Network): string => `${networkDigest(network)} ${network.output}`;

const sortedEntries = <T>(object: Readonly<Record<string, T>> | object): [string, T][] =>
  Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)) as [string, T][];
