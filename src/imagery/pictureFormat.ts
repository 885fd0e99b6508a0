/** How the files of each format begin, a character a byte. */
const beginnings: readonly [string, RegExp][] = [
  ['JPEG', /^ÿØÿ/],
  ['PNG', /^.PNG\r\n/s],
  ['TIFF', /^(II[*+]|MM.[*+])/s],
  ['GIF', /^GIF8[79]a/],
  ['WebP', /^RIFF.{4}WEBP/s],
  ['AVIF', /^.{4}ftypavi[fs]/s],
];

/** The format that the first bytes of a file say (16 are enough); null for anything else. */
export function pictureFormat(bytes: Uint8Array): string | null {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  return beginnings.find(([, beginning]) => beginning.test(start))?.[0] ?? null;
}
