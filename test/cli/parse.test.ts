import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import {
  parseBytes,
  parseCount,
  parseNames,
  parseNodes,
  parseNotNegative,
  parseNumber,
  parsePositive,
  parseSeed,
  parseWidths,
} from '../../src/cli/parse.js';

const accepted: [parse: (text: string) => unknown, text: string, value: unknown][] = [
  [parseBytes, '4096', 4096],
  [parseBytes, '512MiB', 512 * 2 ** 20],
  [parseBytes, '1.5 GiB', 1.5 * 2 ** 30],
  [parseBytes, '2GB', 2e9],
  [parseNodes, '0-9,12', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12]],
  [parseNodes, '5, 3,3-4', [5, 3, 4]],
  [parseNames, 'conv1,/dense 2', ['conv1', '/dense 2']],
  [parseWidths, '128,64', [128, 64]],
  [parseNumber, '-1e-5', -1e-5],
  [parseNotNegative, '0', 0],
  [parsePositive, '0.001', 0.001],
  [parseCount, '1', 1],
  [parseSeed, '4294967295', 4294967295],
];

const refused: [parse: (text: string) => unknown, ...texts: string[]][] = [
  [parseBytes, '', '0', '-1', '512mib', '1TB', '0.1B', '9e9', '99999999999GiB'],
  [parseNodes, '', '-1', '3-1', '1,,2', '1.5', 'a', '0-', '0-99999999999'],
  [parseNames, '', 'a,,b', ' '],
  [parseWidths, '', '0', '128,', '12x', '-4'],
  [parseNumber, '', ' ', 'x', 'NaN', 'Infinity'],
  [parseNotNegative, '-1e-9'],
  [parsePositive, '0', '-1'],
  [parseCount, '0', '1.0', '1e3', ''],
  [parseSeed, '-1', '4294967296', '0x1'],
];

describe('the parsers of flags', () => {
  test.each(accepted)('%o takes %j', (parse, text, value) => expect(parse(text)).toEqual(value));

  test.each(refused)('%o refuses %j and its like, saying what is expected', (parse, ...texts) => {
    for (const text of texts) {
      expect(() => parse(text), text).toThrow(InvalidArgumentError);
      expect(() => parse(text), text).toThrow(/^Expected .*\.$/);
    }
  });
});
