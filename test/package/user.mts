// Compiled against the installed package: its types are whole without the sources.
import { type AblationEvent, ablate, denseNetwork, initialize } from 'secateur';

const network = initialize(denseNetwork([4], [3], 2), { seed: 1 });
const data = { x: new Float32Array(8), y: Int32Array.of(0, 1) };

export async function changes(): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const event of ablate(network, data) satisfies AsyncIterable<AblationEvent>) {
    if (event.type === 'node') found.push(event.change);
  }
  return found;
}

// @ts-expect-error samples belong to it
ablate(network, { y: data.y });
