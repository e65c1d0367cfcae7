import { clocked, type Propagator, type Stack } from './importance.js';

type Tensor2D = import('@tensorflow/tfjs-node').Tensor2D;

/** The same formula in tfjs-node operations, a batch of samples at a time, as the published notebook did it. */
export async function openTfjs({ layers, x, samples }: Stack, batch: number): Promise<Propagator | null> {
  const tf = await import('@tensorflow/tfjs-node').catch((error: Error) => {
    console.error(`skipped tfjs: tfjs-node does not load (${error.message.split('\n')[0]}); run npm run setup`);
    return null;
  });
  if (tf === null) return null;
  const kernels = layers.map(({ kernel, bias }) => tf.tensor2d(kernel, [kernel.length / bias.length, bias.length]));
  const sizes = kernels.map((kernel) => tf.abs(kernel) as Tensor2D);
  const biases = layers.map(({ bias }) => tf.tensor1d(bias));
  const inputs = x.length / samples;
  const scores = layers.at(-1)?.bias.length ?? 0;

  const sumsOf = (from: number, to: number): Tensor2D[] =>
    tf.tidy(() => {
      const y = [tf.tensor2d(x.subarray(from * inputs, to * inputs), [to - from, inputs])];
      for (const [l, bias] of biases.slice(0, -1).entries())
        y.push(tf.relu(tf.add<Tensor2D>(tf.matMul(y[l]!, kernels[l]!), bias)));
      let relevance = tf.fill([to - from, scores], 1 / scores) as Tensor2D;
      const sums: Tensor2D[] = [];
      for (let l = layers.length - 1; l >= 0; l--) {
        const shares = tf.divNoNan(relevance, tf.matMul(y[l]!, sizes[l]!));
        relevance = tf.mul(y[l]!, tf.matMul(shares, sizes[l]!, false, true));
        sums.unshift(tf.sum(relevance, 0) as Tensor2D);
      }
      return sums;
    });

  return () =>
    clocked(async () => {
      const totals = kernels.map((kernel) => new Float64Array(kernel.shape[0]));
      for (let from = 0; from < samples; from += batch) {
        const sums = sumsOf(from, Math.min(from + batch, samples));
        for (const [l, sum] of sums.entries()) {
          const values = await sum.data();
          for (let i = 0; i < values.length; i++) totals[l]![i]! += values[i]!;
        }
        tf.dispose(sums);
      }
      return totals.slice(1).map((total) => total.map((sum) => sum / samples));
    });
}
