/** To be told after so many more passes through the network; gives an event where one is due. */
export type CountPasses = (passes: number) => readonly { readonly type: 'progress'; readonly done: number }[];

/** Shortest time in milliseconds between two progress events. */
const progressEvery = 100;

/** Counts work in passes: `all` for each of `count` samples. */
export function countPasses(count: number, all: number): CountPasses {
  let passed = 0;
  let told = performance.now();
  return (passes) => {
    passed += passes;
    if (passed < all * count && performance.now() - told < progressEvery) return [];
    told = performance.now();
    return [{ type: 'progress', done: Math.floor(passed / all) }];
  };
}
