// From PyTorch and back: reads the ONNX file that torch.onnx.export makes of this module, takes half of its nodes, and
// writes an ONNX file that onnxruntime has run before it gets its name.
//
//   class Digits(torch.nn.Module):
//       def __init__(self):
//           super().__init__()
//           self.conv1 = torch.nn.Conv2d(1, 8, 3, padding=1)
//           self.pool = torch.nn.MaxPool2d(2)
//           self.fc1 = torch.nn.Linear(128, 16)
//           self.fc2 = torch.nn.Linear(16, 10)
//       def forward(self, images):
//           hidden = self.pool(torch.relu(self.conv1(images))).flatten(1)
//           return self.fc2(torch.relu(self.fc1(hidden)))
//
//   torch.onnx.export(Digits().eval(), torch.zeros(1, 1, 8, 8), 'digits.onnx', dynamo=False,
//                     input_names=['images'], output_names=['scores'], dynamic_axes={'images': {0: 'batch'}})

import { mkdir } from 'node:fs/promises';
import { loadDataset, loadModel, prune, savePruned, summarize } from 'secateur';

const original = await loadModel('examples/digits.onnx');
for (const { name, kind, nodes, parameters } of summarize(original).layers) {
  if (nodes > 0) console.log(`${name} (${kind}): ${nodes} nodes, ${parameters} parameters`);
}

// A named dataset says itself how its images lie. Your own, as PyTorch has them, are [samples, channels, height, width].
const digits = await loadDataset('digits');
const options = { criterion: 'taylor', amount: 0.5, cut: 'mean' };
const { network, certificate, plan } = await prune(original, digits, options);
await mkdir('out', { recursive: true });
const { file } = await savePruned('out/small.onnx', { original, network, certificate, plan });
console.log(`removed: ${plan.nodes.map(({ layer, nodes }) => `${nodes.length} of ${layer}`).join(', ')}`);
console.log(`out/small.onnx: ${file.bytes.after} bytes, checked by ${file.check.runtime ?? 'nobody'}`);
