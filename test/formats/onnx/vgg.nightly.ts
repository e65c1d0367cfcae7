import { expect, test } from 'vitest';
import { decodeOnnx } from '../../../src/formats/onnx/onnx.js';
import { summarize } from '../../../src/network/index.js';
import { torchvision } from '../../support/torchvision/models.js';
import { exported } from '../../support/torchvision/writer.js';

test('VGG-16 with batch normalisation at 224 x 224: 138,357,544 parameters and 15.5 G, in a process of 2 GiB', async () => {
  const imageNet = { exporter: 'torchscript', size: 224, classes: 1000, zeros: true } as const;
  const file = exported(torchvision.vgg16_bn({ divisor: 1 }), { ...imageNet, folded: true });
  const started = performance.now();
  const { parameters, macs } = summarize(await decodeOnnx(file));
  expect([parameters, macs]).toEqual([138_357_544, 15_470_264_320]);
  expect(performance.now() - started).toBeLessThan(60_000);
  expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(2 ** 31);
});
