import { expect, it } from 'vitest';
import { crc32c } from './crc32c.js';

it('crc32c gives the values of RFC 3720, appendix B.4', () => {
  const bytes = (length: number, value: (index: number) => number) => Uint8Array.from({ length }, (_, i) => value(i));
  expect(crc32c(bytes(32, () => 0)).toString(16)).toBe('8a9136aa');
  expect(crc32c(bytes(32, () => 0xff)).toString(16)).toBe('62a8ab43');
  expect(crc32c(bytes(32, (index) => index)).toString(16)).toBe('46dd794e');
  expect(crc32c(bytes(32, (index) => 31 - index)).toString(16)).toBe('113fdb5c');
  expect(crc32c(new TextEncoder().encode('123456789')).toString(16)).toBe('e3069283');
});
