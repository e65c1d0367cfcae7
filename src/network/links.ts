import type { Shape } from '../tensor/tensor.js';
import type { ChannelLink, NeededChannel } from './definition.js';

/** Size of the last axis: nodes, filters, features. */
export const channelsOf = (shape: Shape): number => shape.at(-1) ?? 1;

/** Layers that treat every channel alike: each channel of each input is the same channel of the output. */
export function* sameChannels(_config: unknown, inputs: readonly Shape[], output: Shape): Iterable<ChannelLink> {
  for (const [input, shape] of inputs.entries()) {
    const channels = channelsOf(shape);
    if (channels !== channelsOf(output)) continue;
    for (let channel = 0; channel < channels; channel++) yield [input, channel, channel];
  }
}

/** Elementwise operations: the only channel of an input that is repeated along the channels serves all of them. */
export function* repeatedChannels(_config: unknown, inputs: readonly Shape[], output: Shape): Iterable<NeededChannel> {
  for (const [input, shape] of inputs.entries()) if (channelsOf(shape) !== channelsOf(output)) yield [input, 0];
}

/** The same numbers in another shape: number `i` lies in channel `i mod channels` of both. */
export function* sameNumbers(_config: unknown, inputs: readonly Shape[], output: Shape): Iterable<ChannelLink> {
  const [before, after] = [channelsOf(inputs[0] ?? []), channelsOf(output)];
  for (let number = 0; number < leastCommonMultiple(before, after); number++) {
    yield [0, number % before, number % after];
  }
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
const leastCommonMultiple = (a: number, b: number): number => (a / divisor(a, b)) * b;

/** Blocks of channels that each feed a block of the output's: a block can only go as a whole. */
export function* blocks(count: number, inputs: readonly Shape[], output: Shape): Iterable<ChannelLink> {
  const [before, after] = [channelsOf(inputs[0] ?? []) / count, channelsOf(output) / count];
  for (let block = 0; block < count; block++) {
    const [from, to] = [block * before, block * after];
    for (let i = 0; i < before; i++) yield [0, from + i, to];
    for (let i = 1; i < after; i++) yield [0, from, to + i];
  }
}
