import { type LayerId, layerAt, type Network } from '../../network/index.js';
import type { Samples } from '../engine.js';
import type { ActivationSums } from '../propagation.js';
import { channelSums } from './backward/connections.js';
import { blocksOf } from './blocks.js';
import type { Pace } from './pace.js';
import { layersToward, type Outputs, runLayers, sampleAt } from './pass.js';

/** See `CompiledNetwork.activationSums`. */
export async function activationSums(
  network: Network,
  samples: Samples,
  sites: readonly LayerId[],
  pace: Pace,
): Promise<ActivationSums[]> {
  const layers = layersToward(network, sites);
  let totals: ActivationSums[] | undefined;
  for (const { from, to } of blocksOf(samples.count)) {
    let sums: ActivationSums[] | undefined;
    for (let sample = from; sample < to; sample++) {
      const outputs = await runLayers(network, layers, sampleAt(network, samples, sample), pace);
      sums = added(sums, sumsOf(network, outputs, sites));
    }
    totals = added(totals, sums!);
  }
  return totals!;
}

/** Of one sample. */
function sumsOf(network: Network, outputs: Outputs, sites: readonly LayerId[]): ActivationSums[] {
  return sites.map((site) => {
    const a = outputs[site]!;
    const channels = layerAt(network, site).outputShape.at(-1)!;
    const square = channelSums(
      channels,
      a.map((value) => value * value),
    );
    return {
      count: a.length / channels,
      sum: channelSums(channels, a),
      absolute: channelSums(channels, a.map(Math.abs)),
      square,
      zeros: channelSums(
        channels,
        a.map((value) => Number(value === 0)),
      ),
      norm: square.map(Math.sqrt),
    };
  });
}

/** The sums of both, by site. */
function added(sums: readonly ActivationSums[] | undefined, more: readonly ActivationSums[]): ActivationSums[] {
  if (sums === undefined) return [...more];
  return sums.map((own, i) => {
    const plus = (key: 'sum' | 'absolute' | 'square' | 'zeros' | 'norm'): Float64Array =>
      own[key].map((sum, c) => sum + more[i]![key][c]!);
    const [sum, absolute, square] = [plus('sum'), plus('absolute'), plus('square')];
    return { count: own.count + more[i]!.count, sum, absolute, square, zeros: plus('zeros'), norm: plus('norm') };
  });
}
