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
  typeof part === 'string' ? parts[part] : (x) => x - part.minus;

const weightPart = (part: WeightPart): ((w: number) => number) =>
  typeof part === 'string' ? parts[part] : (w) => w + part.gamma * parts[part.of](w);

const biasPart = (part: Product['bias']): ((b: number) => number) => (part === 'none' ? () => 0 : weightPart(part));

const stabilised = (z: number, { epsilon, stabiliser }: Stabiliser): number =>
  stabiliser === 'plain' || z >= 0 ? z + epsilon : z - epsilon;

/** A product with its parts taken of all inputs, weights and biases. */
interface Taken {
  readonly x: Float64Array;
  readonly kernel: Float64Array;
  readonly biases: Float64Array;
  readonly sign: 1 | -1;
}

const take = ({ input, weight, bias, sign }: Product, connections: Connections, x: Float64Array): Taken => ({
  x: x.map(inputPart(input)),
  kernel: new Float64Array(connections.kernel).map(weightPart(weight)),
  biases: biases(connections, biasPart(bias)),
  sign,
});

/** The sum over the products of `sign * (sum_i part(x_i) part(w_ij) + part(b_j))`. */
function denominators({ outputs, each }: Connections, products: readonly Taken[]): Float64Array {
  const z = new Float64Array(outputs);
  for (const { x, kernel, biases: sums, sign } of products) {
    each((i, j, k) => {
      sums[j]! += x[i]! * kernel[k]!;
    });
    sums.forEach((sum, j) => {
      z[j]! += sign * sum;
    });
  }
  return z;
}

const plainProduct: Product = { input: 'signed', weight: 'signed', bias: 'signed', sign: 1 };

/** Whether a share takes part in each output. */
function selection(connections: Connections, x: Float64Array, { outputs }: Share): (j: number) => boolean {
  if (outputs === undefined) return () => true;
  const z = denominators(connections, [take(plainProduct, connections, x)]);
  return outputs === 'positive' ? (j) => z[j]! >= 0 : (j) => z[j]! < 0;
}

/** What a rule of shares hands back; see `Share`. */
export function passShares(
  connections: Connections,
  x: Float64Array,
  signal: Float64Array,
  shares: readonly Share[],
): { readonly signal: Float64Array; readonly dead: number } {
  const handed = new Float64Array(connections.inputs);
  let dead = 0;
  for (const share of shares) {
    const products = share.products.map((product) => take(product, connections, x));
    const z = denominators(connections, products);
    const selected = selection(connections, x, share);
    const ratios = signal.map((r, j) => {
      if (r === 0 || !selected(j)) return 0;
      const denominator = stabilised(z[j]!, share);
      dead += Number(denominator === 0);
      return denominator === 0 ? 0 : r / denominator;
    });
    for (const { x: part, kernel, sign } of products) {
      connections.each((i, j, k) => {
        handed[i]! += share.factor * sign * part[i]! * kernel[k]! * ratios[j]!;
      });
    }
  }
  return { signal: handed, dead };
}
