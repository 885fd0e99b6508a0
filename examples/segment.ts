/**
 * One picture, some sentences: what was found, and where.
 *
 *   npx tsx examples/segment.ts PICTURE "the red car" "all storage tanks" [--model NAME|FOLDER]
 */
import { parseArgs } from 'node:util';
import { loadModel, type Segmentation } from 'refersat';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { model: { type: 'string', default: 'open' } },
});
const [picture, ...sentences] = positionals;
if (!picture || sentences.length === 0) throw new Error('usage: segment.ts PICTURE SENTENCE... [--model NAME|FOLDER]');

// Ctrl-C ends the work before its next step.
const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('stopped')));

function describe({ sentence, found, score, area, box, unknownWords }: Segmentation): string {
  const answer = found ? `${area} px within [${box?.join(', ')}]` : 'nothing';
  // "Not there" and "not understood" differ.
  const doubt = unknownWords.length > 0 ? ` (never trained on: ${unknownWords.join(', ')})` : '';
  return `${sentence}: ${answer}, score ${score.toFixed(2)}${doubt}`;
}

const model = await loadModel(values.model);
try {
  // The picture is decoded and prepared once for all sentences.
  const answers = await model.segment(picture, sentences, { signal: stop.signal });
  for (const answer of answers) console.log(describe(answer));
} finally {
  await model.close();
}
