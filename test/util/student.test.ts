import { describe, test } from 'vitest';
import { studentQuantile, studentTails } from '../../src/util/student.js';
import { expectClose, tolerances } from '../support/tolerance.js';

/** `P(T > t)` with `t = sqrt(n) tan(angle)`, whose density is `cos(angle)^(n - 1)`: by Simpson's rule in two parts. */
function tailBeyond(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const simpson = (from: number, to: number): number => {
    const steps = 20_000;
    let sum = 0;
    for (let i = 0; i <= steps; i++) {
      const weight = i === 0 || i === steps ? 1 : 2 + 2 * (i % 2);
      sum += weight * Math.cos(from + ((to - from) * i) / steps) ** (degrees - 1);
    }
    return (sum * (to - from)) / steps / 3;
  };
  const [inside, outside] = [simpson(0, angle), simpson(angle, Math.PI / 2)];
  return outside / (inside + outside) / 2;
}

describe('studentQuantile(tail, degrees)', () => {
  const tails = [0.25, 0.1, 0.025, 1e-3, 1e-6, 1e-9];

  test('is a cotangent for one degree, and algebraic for two', () => {
    for (const p of tails) {
      expectClose([studentQuantile(p, 1)], [1 / Math.tan(Math.PI * p)], tolerances.double);
      expectClose([studentQuantile(p, 2)], [(1 - 2 * p) / Math.sqrt(2 * p * (1 - p))], tolerances.double);
    }
  });

  test.each([3, 4, 7, 30, 1000])('has the tail it was asked for with %i degrees', (degrees) => {
    for (const p of tails) expectClose([tailBeyond(studentQuantile(p, degrees), degrees)], [p], tolerances.integral);
  });
});

describe('studentTails(t, degrees)', () => {
  test.each([1, 2, 3, 4, 7, 30])('is what Student variables with %i degrees do, to both sides', (degrees) => {
    for (const t of [1e-3, 0.5, 1, 2.5, 12]) {
      expectClose([1 - studentTails(t, degrees)], [1 - 2 * tailBeyond(t, degrees)], tolerances.integral);
    }
    expectClose([studentTails(0, degrees)], [1], tolerances.double);
  });
});
