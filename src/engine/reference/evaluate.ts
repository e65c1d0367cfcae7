import type { LossHead, Network } from '../../network/index.js';
import type { Evaluation, LabelledSamples } from '../engine.js';
import { blocksOf } from './blocks.js';
import { addTo, classesOf, emptySum, measureAt } from './measure.js';
import type { Pace } from './pace.js';
import { layersToward, runLayers, sampleAt } from './pass.js';

/** See `CompiledNetwork.evaluate`. */
export async function evaluate(
  network: Network,
  samples: LabelledSamples,
  head: LossHead,
  pace: Pace,
): Promise<Evaluation> {
  const layers = layersToward(network, [head.scores]);
  const measure = measureAt(head, samples);
  const newClasses = () => Array.from({ length: classesOf(head) }, () => ({ samples: 0, ...emptySum() }));
  const total = emptySum();
  const perClass = newClasses();
  const losses = new Float64Array(samples.count);
  for (const { from, to } of blocksOf(samples.count)) {
    const block = emptySum();
    const blockClasses = newClasses();
    for (let sample = from; sample < to; sample++) {
      const measured = measure(await runLayers(network, layers, sampleAt(network, samples, sample), pace), sample);
      addTo(block, measured);
      losses[sample] = measured.lossSum;
      const own = blockClasses[samples.targets[sample]!];
      if (own) {
        own.samples += 1;
        addTo(own, measured);
      }
    }
    addTo(total, block);
    blockClasses.forEach((own, label) => {
      perClass[label]!.samples += own.samples;
      addTo(perClass[label]!, own);
    });
  }
  return { ...total, perClass, losses };
}
