// The library in TypeScript: asks which criterion this network lets you trust, and lets it take a quarter of the nodes.
// Node.js 22.18 and later run it as it stands, `node examples/library.ts`; for others tsc makes JavaScript of it.

import { audit, type Certificate, type CriterionName, evaluate, loadDataset, loadModel, prune } from 'secateur';

const network = await loadModel('examples/digits.onnx');
const data = await loadDataset('digits');
const unseen = await loadDataset('digits', { split: 'test' });

/** The cheapest criterion that orders the nodes as ablation does; ablation itself where there is none. */
async function trustedCriterion(): Promise<CriterionName> {
  const { trusted, verdict } = await audit(network, data).collect();
  console.log(verdict);
  return trusted[0] ?? 'ablation';
}

function report({ before, after, maxAbsDifference, tolerance }: Certificate): void {
  console.log(`parameters ${before.parameters} -> ${after.parameters}, multiply-adds ${before.macs} -> ${after.macs}`);
  console.log(
    `the shrunk network differs from the masked one by ${maxAbsDifference.random}; rounding may do ${tolerance}`,
  );
}

const criterion = await trustedCriterion();
const { network: small, certificate } = await prune(network, data, { criterion, amount: 1 / 4 });
report(certificate);
for (const [name, one] of Object.entries({ intact: network, small })) {
  const { accuracy } = await evaluate(one, unseen);
  console.log(`${name}: right on ${((accuracy ?? 0) * 100).toFixed(1)} % of ${unseen.count} digits it has not seen`);
}
