import { describeReport } from './compare.js';
import { runParity } from './runParity.js';

const files = process.argv.slice(2);
if (files.length === 0) {
  process.stderr.write('usage: npm run parity -- FILE...   (reference files, .safetensors)\n');
  process.exitCode = 2;
}
let failed = 0;
for (const file of files) {
  const report = await runParity(file);
  if (report.failures.length > 0) failed += 1;
  process.stdout.write(`${describeReport(report)}\n`);
}
if (files.length > 1) process.stdout.write(`${files.length - failed} of ${files.length} files agree\n`);
if (failed > 0) process.exitCode = 1;
