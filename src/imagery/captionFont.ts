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

/** Cuts a text into lines of at most `widthPx`, between words, or between characters where a word is too long or Chinese. */
export function wrapText(context: SKRSContext2D, text: string, widthPx: number): string[] {
  const pieces = text.match(/\p{Script=Han}|[^\s\p{Script=Han}]+|\s+/gu) ?? [];
  const lines: string[] = [];
  let line = '';
  const add = (piece: string): void => {
    if (context.measureText((line + piece).trimEnd()).width <= widthPx) {
      line += piece;
      return;
    }
    if (line.trim() !== '') {
      lines.push(line.trimEnd());
      line = '';
      add(piece.trimStart());
      return;
    }
    const characters = [...piece];
    let fitting = characters.length;
    while (fitting > 1 && context.measureText(characters.slice(0, fitting).join('')).width > widthPx) fitting--;
    line = characters.slice(0, fitting).join('');
    if (fitting < characters.length) {
      lines.push(line);
      line = '';
      add(characters.slice(fitting).join(''));
    }
  };
  for (const piece of pieces) add(line === '' ? piece.trimStart() : piece);
  if (line.trim() !== '') lines.push(line.trimEnd());
  return lines;
}
