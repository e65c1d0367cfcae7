import { Option } from 'commander';

/** For commands that work long. */
export const journalOption = (): Option =>
  new Option(
    '--journal <FILE>',
    'keep what is found: the same command goes on from there and ends with the same results',
  );
