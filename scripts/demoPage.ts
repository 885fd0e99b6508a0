import { escapeHtml } from '../src/files/index.js';
import type { Segmentation } from '../src/segmentation/index.js';

/** A question, its answer, and how well both agree. */
export interface DemoAnswer {
  readonly question: { readonly sentence: string; readonly image: string; readonly origin: 'real' | 'generated' };
  readonly result: Segmentation;
  /** Share of the union that both masks cover; 1 where both are empty; null without a truth. */
  readonly iou: number | null;
  /** File of the overlay beside the page. */
  readonly overlay: string;
}

function figure({ question, result, iou, overlay }: DemoAnswer): string {
  const answer = result.found ? `${result.area.toLocaleString('en')} px` : 'nothing found';
  const agreement = iou === null ? 'no truth to compare with' : `IoU with the truth ${iou.toFixed(2)}`;
  const unknown =
    result.unknownWords.length > 0 ? `; never trained on: ${result.unknownWords.map(escapeHtml).join(', ')}` : '';
  return `<figure><img src="${overlay}" alt="${escapeHtml(question.sentence)}"><figcaption>${answer}, score ${result.score.toFixed(2)}, ${agreement}${unknown}</figcaption></figure>`;
}

/** The page of the demo: every picture with its answer, real and generated ones apart. */
export function demoPage(answers: readonly DemoAnswer[], model: string): string {
  const sections = (['real', 'generated'] as const).map((origin) => {
    const own = answers.filter(({ question }) => question.origin === origin);
    return `<h2>${origin === 'real' ? 'Real aerial pictures' : 'Generated scenes'}</h2>\n<div class="grid">\n${own.map(figure).join('\n')}\n</div>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>refersat demo</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1500px; padding: 0 1rem; color: #222; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 1rem; }
figure { margin: 0; }
img { width: 100%; height: auto; border: 1px solid #ddd; }
figcaption { font-size: 0.85rem; color: #555; }
</style>
</head>
<body>
<h1>refersat: a sentence in, the mask of what was meant out</h1>
<p>Model <code>${escapeHtml(model)}</code>. Credits of the pictures: <code>samples/README.md</code>.</p>
${sections.join('\n')}
</body>
</html>
`;
}
