import type { Part, Product, Share, Stabiliser, WeightPart } from '../../propagation.js';
import { biases, type Connections } from './connections.js';

const parts: { readonly [P in Part]: (x: number) => number } = {
  signed: (x) => x,
  positive: (x) => Math.max(x, 0),
  negative: (x) => Math.min(x, 0),
  absolute: Math.abs,
  square: (x) => x * x,
  one: () => 1,
};

const inputPart = (part: Product['input']): ((x: number) => number) =>
  typeof part === 'string' ? parts[part] : () => part.constant;

const weightPart = (part: WeightPart): ((w: number) => number) =>
  typeof part === 'string' ? parts[part] : (w) => w + part.gamma * parts[part.of](w);

const biasPart = (part: Product['bias']): ((b: number) => number) => (part === 'none' ? () => 0 : weightPart(part));

const stabilised = (z: number, { epsilon, stabiliser }: Stabiliser): number =>
  stabiliser === 'plain' || z >= 0 ? z + epsilon : z - epsilon;

/** A product's parts of all inputs and weights. */
interface Taken {
  readonly x: Float64Array;
  readonly kernel: Float64Array;
  readonly sign: 1 | -1;
}

const take = ({ input, weight, sign }: Product, { kernel }: Connections, x: Float64Array): Taken => ({
  x: x.map(inputPart(input)),
  kernel: Float64Array.from(kernel, weightPart(weight)),
  sign,
});

/** Adds `sign * (sum_i part(x_i) part(w_ij) + part(b_j))` to `z`. */
function addProduct(z: Float64Array, connections: Connections, x: Float64Array, product: Product): void {
  const taken = take(product, connections, x);
  const sums = biases(connections, biasPart(product.bias));
  connections.each((i, j, k) => {
    sums[j]! += taken.x[i]! * taken.kernel[k]!;
  });
  sums.forEach((sum, j) => {
    z[j]! += taken.sign * sum;
  });
}

const plainProduct: Product = { input: 'signed', weight: 'signed', bias: 'signed', sign: 1 };

/** Whether a share takes part in each output. */
function selection(connections: Connections, x: Float64Array, { outputs }: Share): (j: number) => boolean {
  if (outputs === undefined) return () => true;
  const z = new Float64Array(connections.outputs);
  addProduct(z, connections, x, plainProduct);
  return outputs === 'positive' ? (j) => z[j]! >= 0 : (j) => z[j]! < 0;
}

/** What a rule of shares hands back; see `Share`. */
export function passShares(
  connections: Connections,
  x: Float64Array,
  signal: Float64Array,
  shares: readonly Share[],
): { readonly signal: Float64Array; readonly dead: number } {
  const sums = new Float64Array(connections.inputs);
  let dead = 0;
  for (const share of shares) {
    const z = new Float64Array(connections.outputs);
    for (const product of share.products) addProduct(z, connections, x, product);
    const selected = selection(connections, x, share);
    const ratios = signal.map((r, j) => {
      if (r === 0 || !selected(j)) return 0;
      const denominator = stabilised(z[j]!, share);
      dead += Number(denominator === 0);
      return denominator === 0 ? 0 : r / denominator;
    });
    for (const product of share.products) {
      const taken = take(product, connections, x);
      connections.each((i, j, k) => {
        sums[i]! += share.factor * taken.sign * taken.x[i]! * taken.kernel[k]! * ratios[j]!;
      });
    }
  }
  return { signal: sums, dead };
}
