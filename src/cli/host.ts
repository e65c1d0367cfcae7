/** What of the process the program uses. */
export type Host = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env' | 'once' | 'off'>;
