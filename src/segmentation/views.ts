import type { Prediction } from './predictor.js';

/** How many views of a picture can be asked for: as it is; mirrored, too; upside down and turned by half, too. */
export const viewCounts = [1, 2, 4] as const;

export type ViewCount = (typeof viewCounts)[number];

/** What is done to a picture for the views after the first. Each undoes itself. */
const turns = ['flip-horizontal', 'flip-vertical', 'rotate-180'] as const;

/** How a view shows its picture; null as it is. */
export type ViewTurn = (typeof turns)[number] | null;

/** Planes of numbers side by side [.., height, width], each turned: new ones, the old stay as they are. */
export function turnPlanes(planes: Float32Array, height: number, width: number, turn: ViewTurn): Float32Array {
  if (turn === null) return planes;
  const area = height * width;
  const turned = new Float32Array(planes.length);
  for (let start = 0; start < planes.length; start += area) {
    for (let row = 0; row < height; row++) {
      const from = start + (turn === 'flip-horizontal' ? row : height - 1 - row) * width;
      const line = planes.slice(from, from + width);
      turned.set(turn === 'flip-vertical' ? line : line.reverse(), start + row * width);
    }
  }
  return turned;
}

/**
 * What a model says of pictures that are seen several times, mirrored and turned with the words of their sentences: the
 * mean of its logits, turned back. A view counts for the sentences whose words can follow it.
 * @param sentences one a picture
 * @param ask what the model says of one view of the pictures, of whose sentences it gets those of the view
 */
export async function predictViews(
  sentences: readonly string[],
  views: ViewCount,
  ask: (turn: ViewTurn, sentences: readonly string[]) => Promise<Prediction>,
): Promise<Prediction> {
  const first = await ask(null, sentences);
  if (views === 1) return first;
  // A whole room, which one view does without.
  const { rewriteSentence } = await import('../datasets/index.js');
  const { marginHeight: height, marginWidth: width } = first;
  const area = height * width;
  const margins = first.margins.slice();
  const exists = first.exists?.slice() ?? null;
  const counts = sentences.map(() => 1);
  for (const turn of turns.slice(0, views - 1)) {
    const turned = sentences.map((sentence) => rewriteSentence(sentence, turn));
    if (turned.every((sentence) => sentence === null)) continue;
    const seen = await ask(
      turn,
      turned.map((sentence, row) => sentence ?? sentences[row]),
    );
    const back = turnPlanes(seen.margins, height, width, turn);
    for (const [row, sentence] of turned.entries()) {
      if (sentence === null) continue;
      for (let cell = row * area; cell < (row + 1) * area; cell++) margins[cell] += back[cell];
      if (exists && seen.exists) exists[row] += seen.exists[row];
      counts[row] += 1;
    }
  }
  for (const [row, count] of counts.entries()) {
    for (let cell = row * area; cell < (row + 1) * area; cell++) margins[cell] /= count;
    if (exists) exists[row] /= count;
  }
  return { ...first, margins, exists };
}
