import { createRequire } from 'node:module';
import type { SKRSContext2D } from '@napi-rs/canvas';

/** Characters that no font has: each draws as the box that stands for a missing one. */
const missingCharacter = '\ue000';
const family = 'Refersat Caption';
let loading: Promise<typeof import('@napi-rs/canvas')> | undefined;

/**
 * The canvas library with the caption font registered: B612 (SIL Open Font License), which comes with the package, so that Latin
 * text is drawn alike on machines without a font. Other scripts come from the machine's fonts.
 */
export function loadCanvas(): Promise<typeof import('@napi-rs/canvas')> {
  loading ??= import('@napi-rs/canvas').then((canvas) => {
    const file = createRequire(import.meta.url).resolve('@fontsource/b612/files/b612-latin-400-normal.woff2');
    canvas.GlobalFonts.registerFromPath(file, family);
    return canvas;
  });
  return loading;
}

/** A font of the canvas in pixels: the caption font, then what machines have for Chinese. */
export function captionFont(sizePx: number): string {
  return `${sizePx}px "${family}", "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei", sans-serif`;
}

/** The characters of a text that no font of this machine has, each once: they would be drawn as boxes. */
export async function undrawableCharacters(text: string): Promise<string[]> {
  const { createCanvas } = await loadCanvas();
  const sidePx = 32;
  const context = createCanvas(sidePx, sidePx).getContext('2d');
  context.font = captionFont(20);
  const drawn = (character: string): string => {
    context.clearRect(0, 0, sidePx, sidePx);
    context.fillText(character, 2, 24);
    return Buffer.from(context.getImageData(0, 0, sidePx, sidePx).data).toString('base64');
  };
  const box = drawn(missingCharacter);
  return [...new Set(text)].filter((character) => character.trim() !== '' && drawn(character) === box);
}

/** How many characters from `start` on fit into a width, at least one: found by measuring no more than about two lines. */
function fittingCharacters(
  context: SKRSContext2D,
  characters: readonly string[],
  start: number,
  widthPx: number,
): number {
  const left = characters.length - start;
  const fits = (count: number): boolean =>
    context.measureText(characters.slice(start, start + count).join('')).width <= widthPx;
  let fitting = 1;
  while (fitting < left && fits(Math.min(left, 2 * fitting))) fitting = Math.min(left, 2 * fitting);
  let tooMany = Math.min(left + 1, 2 * fitting);
  while (tooMany - fitting > 1) {
    const middle = (fitting + tooMany) >> 1;
    if (fits(middle)) fitting = middle;
    else tooMany = middle;
  }
  return fitting;
}

/**
 * Cuts a text into lines of at most `widthPx`, between words, or between characters where a word is too long or Chinese.
 * @param mostLines where the text ends with an ellipsis if it is longer
 */
export function wrapText(
  context: SKRSContext2D,
  text: string,
  widthPx: number,
  mostLines = Number.POSITIVE_INFINITY,
): string[] {
  const lines: string[] = [];
  let line = '';
  const end = (): void => {
    if (line.trim() !== '') lines.push(line.trimEnd());
    line = '';
  };
  for (const [found] of text.matchAll(/\p{Script=Han}|[^\s\p{Script=Han}]+|\s+/gu)) {
    if (lines.length > mostLines) break;
    const piece = line === '' ? found.trimStart() : found;
    if (context.measureText((line + piece).trimEnd()).width <= widthPx) {
      line += piece;
      continue;
    }
    end();
    const characters = [...piece.trimStart()];
    for (let start = 0; start < characters.length && lines.length <= mostLines; ) {
      end();
      const count = fittingCharacters(context, characters, start, widthPx);
      line = characters.slice(start, start + count).join('');
      start += count;
    }
  }
  end();
  if (lines.length <= mostLines) return lines;
  const last = [...lines[mostLines - 1]].slice(0, -1).join('');
  return [...lines.slice(0, mostLines - 1), `${last.trimEnd()}…`];
}
